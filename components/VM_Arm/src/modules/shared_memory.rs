//! Memory that the guest has together with other components.

use alloc::string::String;

use component::config::read::{Interface, Kind};
use guest_memory::{GuestAddress, GuestRange};

use crate::{Error, Module, Setup};

const PAGE: u64 = 0x1000;

/// Dataports that the assembly has mapped for the guest (`<interface>_guest_address`).
#[derive(Debug)]
pub struct SharedMemory;

impl Module for SharedMemory {
    fn name(&self) -> &'static str {
        "shared_memory"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        for interface in setup.runtime.config().interfaces() {
            if let Some(place) = place(&interface) {
                setup.builder.take(String::from(interface.name), place)?;
            }
        }
        Ok(())
    }
}

/// Where the guest has the memory of an interface, in whole pages.
pub fn place(interface: &Interface<'static>) -> Option<GuestRange> {
    let Kind::Dataport(memory) = interface.kind else {
        return None;
    };
    let address = interface.properties.get("guest_address")?.as_integer()?;
    let size = memory.region.size.checked_next_multiple_of(PAGE)?;
    GuestRange::new(GuestAddress(address), size)
}
