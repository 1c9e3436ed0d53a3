//! The guest's memory.

use alloc::vec::Vec;

use guest_memory::GuestAddress;
use vmm_sel4::mapped::Mapped;
use vmm_sel4::modules;

use crate::{Error, Module, Setup};

/// The guest's memory, as the assembly has mapped it.
#[derive(Debug)]
pub struct InitRam;

impl Module for InitRam {
    fn name(&self) -> &'static str {
        "init_ram"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        let mut regions = Vec::new();
        for memory in setup.described.memory() {
            let window = memory.window;
            let place = (usize::try_from(window.address), usize::try_from(window.size));
            let (Ok(address), Ok(size)) = place else {
                return Err("the guest's memory is beyond this program's addresses".into());
            };
            // SAFETY: the assembler has mapped the guest's frames there for good, and nothing of
            // this program is in them.
            #[allow(unsafe_code)]
            let mapped = unsafe { Mapped::new(address, size) };
            regions.push((GuestAddress(memory.guest), mapped));
        }
        Ok(setup.add(modules::InitRam { regions })?)
    }
}
