//! Where the guest sees which device.

use alloc::boxed::Box;
use alloc::vec::Vec;

use guest_memory::{GuestAddress, GuestRange, Name, NamedRange, Width};

use crate::mmio::{Access, MmioDevice, Widths};
use crate::report::{DeviceLog, Mistake, MistakeLog};
use crate::vcpu::VcpuId;

/// Why a device could not be put on a bus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Two devices share addresses.
    #[error("device {second} overlaps device {first}")]
    Overlap {
        /// The one that was there.
        first: NamedRange,
        /// The one that was to be added.
        second: NamedRange,
    },
}

/// No device is at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no device at {0}")]
pub struct NoDevice(pub GuestAddress);

struct Slot {
    name: Name,
    range: GuestRange,
    widths: Widths,
    is_timed: bool,
    device: Box<dyn MmioDevice>,
}

impl Slot {
    /// Whether the device takes an access as it is, which nearly every one is.
    #[inline]
    fn takes(&self, offset: u64, width: Width) -> bool {
        let bytes = width.bytes();
        (self.widths.min..=self.widths.max).contains(&width)
            && offset & (bytes - 1) == 0
            && self.range.size() - offset >= bytes
    }

    /// A load that a device doesn't take as it is.
    #[cold]
    fn read_oddly(
        &mut self, offset: u64, width: Width, vcpu: VcpuId, log: &mut dyn MistakeLog,
    ) -> u64 {
        let Self { name, range, widths, device, .. } = self;
        let log = &mut DeviceLog::new(name, log);
        if !suits(*range, widths.min, offset, width, "read", log) {
            return 0;
        }
        if width < widths.min {
            let inside = offset % widths.min.bytes();
            let access = Access { offset: offset - inside, width: widths.min, vcpu };
            let value = device.read(access, log);
            return width.truncate(value >> (inside * 8));
        }
        let step = width.min(widths.max);
        let mut value = 0;
        let mut done = 0;
        while done < width.bytes() {
            let access = Access { offset: offset + done, width: step, vcpu };
            value |= step.truncate(device.read(access, log)) << (done * 8);
            done += step.bytes();
        }
        value
    }

    /// A store that a device doesn't take as it is.
    #[cold]
    fn write_oddly(
        &mut self, offset: u64, width: Width, value: u64, vcpu: VcpuId, log: &mut dyn MistakeLog,
    ) {
        let Self { name, range, widths, device, .. } = self;
        let log = &mut DeviceLog::new(name, log);
        if !suits(*range, widths.min, offset, width, "wrote", log) {
            return;
        }
        if width < widths.min {
            log.mistake(Mistake {
                kind: "narrow-store",
                detail: 0,
                did: format_args!("wrote {width} at offset {offset:#x}, ignored"),
                rule: "its registers take no store that narrow",
            });
            return;
        }
        let step = width.min(widths.max);
        let mut done = 0;
        while done < width.bytes() {
            let access = Access { offset: offset + done, width: step, vcpu };
            device.write(access, step.truncate(value >> (done * 8)), log);
            done += step.bytes();
        }
    }
}

/// Maps ranges of guest addresses to devices.
///
/// A device sees offsets. What doesn't suit it never reaches it:
/// - An access that isn't aligned to its own width, or that runs out of the device, reads as zero
///   or is ignored, and is reported. (Memory of type Device has no unaligned accesses, Arm ARM B2;
///   the guest mapped it as something else.)
/// - A wider one than the device understands becomes several of the device's widest, lower
///   addresses first, as behind a bridge to a narrower bus.
/// - A narrower load than the device understands gets its part of the device's narrowest. A
///   narrower store is ignored and reported, since the bytes around it can't be made up.
#[derive(Default)]
pub struct Bus {
    /// By ascending address.
    slots: Vec<Slot>,
    /// The one that was used last, and is likely to be used next.
    last: usize,
    /// Whether one that wants to be woken was used since somebody asked.
    used_timed: bool,
}

impl Bus {
    /// A bus without devices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a device at a range.
    ///
    /// # Errors
    /// Another one is there; both are named.
    pub fn add(
        &mut self, name: impl Into<Name>, range: GuestRange, device: Box<dyn MmioDevice>,
    ) -> Result<(), BusError> {
        let name = name.into();
        if let Some(there) = self.slots.iter().find(|slot| slot.range.overlaps(range)) {
            return Err(BusError::Overlap {
                first: NamedRange { name: there.name.clone(), range: there.range },
                second: NamedRange { name, range },
            });
        }
        let at = self.slots.partition_point(|slot| slot.range.start() < range.start());
        let (widths, is_timed) = (device.widths(), device.is_timed());
        self.slots.insert(at, Slot { name, range, widths, is_timed, device });
        Ok(())
    }

    /// The devices' names and ranges, by ascending address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, GuestRange)> {
        self.slots.iter().map(|slot| (slot.name.as_ref(), slot.range))
    }

    /// Resets all devices, in the order of their addresses.
    pub fn reset(&mut self) {
        for slot in &mut self.slots {
            slot.device.reset();
        }
    }

    /// The name of the device at `address`.
    #[must_use]
    pub fn name_at(&self, address: GuestAddress) -> Option<&str> {
        self.position(address).map(|at| self.slots[at].name.as_ref())
    }

    /// Whether a guest's access may have changed when a device [wants to be
    /// woken](MmioDevice::is_timed) since this was last asked.
    pub fn take_used_timed(&mut self) -> bool {
        core::mem::take(&mut self.used_timed)
    }

    /// A guest's load. The bits of the result above `width` are zero.
    ///
    /// # Errors
    /// No device is at the address.
    pub fn read(
        &mut self, address: GuestAddress, width: Width, vcpu: VcpuId, log: &mut dyn MistakeLog,
    ) -> Result<u64, NoDevice> {
        let slot = self.find(address)?;
        let offset = address.0 - slot.range.start().0;
        if slot.takes(offset, width) {
            let access = Access { offset, width, vcpu };
            let mut log = DeviceLog::new(&slot.name, log);
            return Ok(width.truncate(slot.device.read(access, &mut log)));
        }
        Ok(slot.read_oddly(offset, width, vcpu, log))
    }

    /// A guest's store. The bits of `value` above `width` don't matter.
    ///
    /// # Errors
    /// No device is at the address.
    pub fn write(
        &mut self, address: GuestAddress, width: Width, value: u64, vcpu: VcpuId,
        log: &mut dyn MistakeLog,
    ) -> Result<(), NoDevice> {
        let slot = self.find(address)?;
        let offset = address.0 - slot.range.start().0;
        if slot.takes(offset, width) {
            let access = Access { offset, width, vcpu };
            let mut log = DeviceLog::new(&slot.name, log);
            slot.device.write(access, width.truncate(value), &mut log);
        } else {
            slot.write_oddly(offset, width, value, vcpu, log);
        }
        Ok(())
    }

    fn position(&self, address: GuestAddress) -> Option<usize> {
        let after = self.slots.partition_point(|slot| slot.range.start() <= address);
        let at = after.checked_sub(1)?;
        self.slots[at].range.contains(address).then_some(at)
    }

    fn find(&mut self, address: GuestAddress) -> Result<&mut Slot, NoDevice> {
        let last = self.slots.get(self.last);
        if !last.is_some_and(|slot| slot.range.contains(address)) {
            self.last = self.position(address).ok_or(NoDevice(address))?;
        }
        let slot = self.slots.get_mut(self.last).ok_or(NoDevice(address))?;
        self.used_timed |= slot.is_timed;
        Ok(slot)
    }
}

/// Whether an access is one that may reach a device at `range` at all, widened to `min`.
fn suits(
    range: GuestRange, min: Width, offset: u64, width: Width, verb: &str, log: &mut DeviceLog<'_>,
) -> bool {
    let reached = width.max(min).bytes();
    let start = if width < min { offset - offset % reached } else { offset };
    let (kind, rule) = if range.size() - start < reached {
        ("straddling", "an access ends in the device in which it starts")
    } else if !offset.is_multiple_of(width.bytes()) {
        (
            "unaligned",
            "Arm ARM B2, Device memory: accesses to device memory are aligned to their width",
        )
    } else {
        return true;
    };
    log.mistake(Mistake {
        kind,
        detail: 0,
        did: format_args!("{verb} {width} at offset {offset:#x}, without effect"),
        rule,
    });
    false
}

#[cfg(test)]
mod test;
