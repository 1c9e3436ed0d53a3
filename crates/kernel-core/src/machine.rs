//! What the algorithms need from the hardware.

use core::fmt;

use crate::memory::Memory;
use crate::word::{PhysAddr, Word};

/// An interrupt number of the interrupt controller.
pub type Irq = Word;

/// The hardware below the kernel: memory, interrupts, a tick and a console,
/// and what the architecture adds.
pub trait Machine: Memory + crate::arch::aarch64::Hardware {
    /// Whether thread names and the debug system calls that don't print exist
    /// (`CONFIG_DEBUG_BUILD`).
    const DEBUG: bool;
    /// Whether the kernel prints, and user level can (`CONFIG_PRINTING`).
    const PRINTING: bool;
    /// log2 of the number of slots in the root task's CNode.
    const ROOT_CNODE_BITS: u32;
    /// Timer ticks of a time slice.
    const TIME_SLICE: Word;
    /// Most objects that one retype makes.
    const RETYPE_FAN_OUT_LIMIT: Word;
    /// Steps of a long operation between two looks at pending interrupts.
    const WORK_UNITS_PER_PREEMPTION: Word;
    /// Most entries in the list of untyped memory in the bootinfo.
    const MAX_BOOTINFO_UNTYPEDS: Word;
    /// The highest interrupt number.
    const MAX_IRQ: Irq;
    /// The interrupt of the kernel's own timer.
    const TIMER_IRQ: Irq;

    /// The interrupt that waits to be handled, made active.
    fn active_irq(&mut self) -> Option<Irq>;

    /// Whether an interrupt waits.
    fn irq_pending(&mut self) -> bool;

    /// Keeps an interrupt from being signalled, or no longer.
    fn mask_irq(&mut self, irq: Irq, masked: bool);

    /// Tells the interrupt controller that an active interrupt is dealt with.
    fn finish_irq(&mut self, irq: Irq);

    /// Tells the interrupt controller the same, except that the interrupt isn't to come
    /// again before [`release_irq`](Self::release_irq): user level deals with it.
    fn hand_over_irq(&mut self, irq: Irq);

    /// User level has dealt with the interrupt: it may come again.
    fn release_irq(&mut self, irq: Irq);

    /// Makes an interrupt edge-triggered, or level-sensitive.
    fn set_irq_trigger(&mut self, irq: Irq, edge: bool);

    /// Lets the timer tick. A tick that was due while it was stopped comes at once.
    fn start_tick(&mut self);

    /// Puts the next tick one period from now.
    fn next_tick(&mut self);

    /// Keeps ticks from coming.
    fn stop_tick(&mut self);

    /// Makes everything that the boot code wrote visible to user level and to
    /// the translation walks, and drops what was cached before.
    fn finish_boot(&mut self);

    /// Writes one byte to the console.
    fn put_byte(&mut self, byte: u8);

    /// Stops the machine.
    fn halt(&mut self) -> !;

    /// Prints a formatted text on the console, if the kernel prints at all.
    fn print(&mut self, text: fmt::Arguments<'_>) {
        if Self::PRINTING {
            // The adapter never fails.
            let _ = fmt::write(&mut Console(self), text);
        }
    }
}

/// Writes text to a machine's console.
struct Console<'a, M: ?Sized>(&'a mut M);

impl<M: Machine + ?Sized> fmt::Write for Console<'_, M> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0.put_byte(byte);
        }
        Ok(())
    }
}

/// Prints on the console of a [`Machine`], as `print!` does on the standard output.
macro_rules! report {
    ($machine:expr, $($argument:tt)*) => {
        $crate::machine::Machine::print(&mut $machine, format_args!($($argument)*))
    };
}
pub(crate) use report;

/// A range of physical memory, its end excluded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhysRange {
    /// First byte.
    pub start: PhysAddr,
    /// First byte behind.
    pub end: PhysAddr,
}

impl PhysRange {
    /// The range from `start` to `end`.
    pub const fn new(start: Word, end: Word) -> Self {
        Self { start: PhysAddr(start), end: PhysAddr(end) }
    }

    /// Its size in bytes.
    pub const fn len(self) -> Word {
        self.end.0 - self.start.0
    }

    /// Whether it holds nothing.
    pub const fn is_empty(self) -> bool {
        self.end.0 <= self.start.0
    }
}
