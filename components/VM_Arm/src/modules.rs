//! The standard modules.

mod board_devices;
mod clock;
mod console;
mod extra_frames;
mod init_ram;
mod interrupt_controller;
mod power_button;
pub(crate) mod shared_memory;

use alloc::boxed::Box;

pub use board_devices::BoardDevices;
pub use clock::EmulatedClock;
pub use console::Console;
pub use extra_frames::ExtraFrames;
pub use init_ram::InitRam;
pub use interrupt_controller::InterruptController;
pub use power_button::PowerButton;
pub use shared_memory::SharedMemory;

use crate::Modules;

/// All of them, as a VM has them that says nothing else: the guest's memory, the interrupt
/// controller, console, clock and power button if their interfaces are connected, and what
/// attributes and settings give to the guest.
#[must_use]
pub fn standard() -> Modules {
    alloc::vec![
        Box::new(InitRam),
        Box::new(InterruptController),
        Box::new(Console::default()),
        Box::new(EmulatedClock),
        Box::new(PowerButton::default()),
        Box::new(BoardDevices),
        Box::new(SharedMemory),
        Box::new(ExtraFrames),
    ]
}
