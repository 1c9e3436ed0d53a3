//! Interrupts of devices (section 2.4) and their numbers at Arm's GIC.

mod gic;
mod map;
mod resolve;

pub(crate) use gic::stands_before_gic;
pub use gic::{Interrupt, Kind, Trigger, is_gic};
pub use resolve::Source;
