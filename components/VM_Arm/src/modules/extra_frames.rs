//! Frames of somebody else's.

use vmm_sel4::modules;

use crate::{Error, Module, Setup};

/// Frames of somebody else's that are mapped for the guest (`num_extra_frame_caps`,
/// `extra_frame_map_address`), as `map_frame_hack` did.
#[derive(Debug)]
pub struct ExtraFrames;

impl Module for ExtraFrames {
    fn name(&self) -> &'static str {
        "map_frame_hack"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        Ok(setup.add(modules::ExtraFrames)?)
    }
}
