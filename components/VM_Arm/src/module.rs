//! What a module is.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{Error, Running, Setup, Signal};

/// The modules of a guest's machine, in the order in which they are added. A module that others
/// need, as the memory and the interrupt controller, comes before them.
pub type Modules = Vec<Box<dyn Module>>;

/// A part of a guest's machine, and of the component that serves it.
///
/// A module lives as long as the component, through all starts of its guest. What it has on the
/// guest's bus is a device model, which it shares with the bus
/// ([`Shared`](devices::shared::Shared)).
pub trait Module {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Adds it to the machine, once: memory, devices and nodes of the device tree by
    /// [`Setup::builder`], and the events that it wants to be told of by [`Setup::listen`].
    ///
    /// # Errors
    /// It contradicts what is there, or something isn't connected. Then the guest isn't started.
    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error>;

    /// An event has come that it listens to. The interrupts that its devices raise meanwhile are
    /// the guest's when it returns.
    fn event(&mut self, signal: Signal, guest: &mut Running<'_>) {
        let _ = (signal, guest);
    }

    /// Something happened while its [`Watch`](crate::Watch) was set. Whether it has changed a
    /// device.
    fn watched(&mut self, occasion: Occasion) -> bool {
        let _ = occasion;
        false
    }

    /// The guest is about to be started, for the first time or again. Its processors are stopped,
    /// and its memory is as it was; what is on its bus is reset afterwards.
    fn reset(&mut self) {}
}

/// What a module is told of whose watch is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// One of the guest's processors had stopped for something, which has been done.
    Exit,
    /// An interrupt for the guest has come, or the alarm.
    Interrupt,
}
