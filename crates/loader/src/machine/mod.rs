//! The part that runs on the machine.

mod console;
mod cpu;
mod entry;
mod gic;
mod head;
mod memory;
mod start;

use core::panic::PanicInfo;

use loader::Description;

/// Filled in by the packer.
#[used]
#[unsafe(link_section = ".description")]
static DESCRIPTION: Description = Description::EMPTY;

/// What the packer wrote.
fn description() -> Description {
    // SAFETY: the static is valid for reads, and every bit pattern is a valid
    // `Description`. Volatile because the packer changes it after compilation.
    unsafe { core::ptr::read_volatile(&raw const DESCRIPTION) }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    console::Console::new(&description().platform).report(info);
    cpu::park()
}
