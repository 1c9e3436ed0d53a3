//! Device models as a bus sees them.

use crate::report::DeviceLog;
use crate::vcpu::VcpuId;
use guest_memory::Width;

/// One load or store of a guest in a device's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// From the start of the device, in bytes.
    pub offset: u64,
    /// How wide it is.
    pub width: Width,
    /// Who makes it, for registers that each processor has its own of.
    pub vcpu: VcpuId,
}

/// The widths that a device's registers understand.
///
/// What the guest does otherwise is made to fit by the bus: see [`Bus`](crate::bus::Bus).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// The narrowest.
    pub min: Width,
    /// The widest.
    pub max: Width,
}

impl Widths {
    /// 32 bits and nothing else.
    pub const WORDS: Self = Self { min: Width::Four, max: Width::Four };
    /// 8, 16 and 32 bits.
    pub const UP_TO_WORDS: Self = Self { min: Width::One, max: Width::Four };
    /// Everything.
    pub const ANY: Self = Self { min: Width::One, max: Width::Eight };
}

/// A model of a device that is reached by loads and stores.
///
/// It sees offsets, never addresses: where the guest finds it isn't its business. It gets only
/// accesses inside of itself that are aligned to their width, and of a width that it declares.
///
/// Interrupts it raises through [`InterruptLine`](crate::interrupt::InterruptLine)s that it was
/// made with, and time it takes from a [`Clock`](crate::clock::Clock).
pub trait MmioDevice {
    /// The widths that [`read`](Self::read) and [`write`](Self::write) understand, always the same.
    fn widths(&self) -> Widths {
        Widths::WORDS
    }

    /// Whether an access may change when it wants to be woken, always the same. A device that time
    /// is nothing to says no, and its accesses take less time themselves.
    fn is_timed(&self) -> bool {
        true
    }

    /// A load. The result is cut off above the access's width. A register that doesn't exist
    /// reads as zero.
    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64;

    /// A store. `value` has no bits set above the access's width. A register that doesn't exist
    /// ignores it.
    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>);

    /// Back to the state after power-on, interrupt lines included.
    fn reset(&mut self);
}
