//! What a person is told when a guest starts: its processors, memory, images and devices.

use core::fmt;

use guest_memory::{GuestRange, NamedRange};

use crate::boot::Ready;
use crate::config::GuestConfig;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// A guest that is about to start, in words.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it was told to be.
    pub config: &'a GuestConfig,
    /// Its images.
    pub ready: &'a Ready<'a>,
    /// Its devices, emulated or not.
    pub devices: &'a [NamedRange],
}

/// A size, in the largest unit that makes it at least one.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            MIB.. => (MIB, "MiB"),
            KIB.. => (KIB, "KiB"),
            _ => return write!(f, "{} bytes", self.0),
        };
        if self.0.is_multiple_of(unit) {
            return write!(f, "{} {name}", self.0 / unit);
        }
        let tenths = self.0.saturating_mul(10).div_ceil(unit);
        write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
    }
}

fn line(f: &mut fmt::Formatter<'_>, range: GuestRange, what: impl fmt::Display) -> fmt::Result {
    write!(f, "\n  {:#x}..={:#x}  {what} ({})", range.start(), range.last().0, Size(range.size()))
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, config, ready, devices } = self;
        let vcpus = if config.vcpus == 1 { "vCPU" } else { "vCPUs" };
        let (count, entry) = (config.vcpus, ready.plan.boot.pc);
        write!(f, "guest {name}: {count} {vcpus}, {}, starts at {entry}", ready.kernel)?;
        let place = match config.ram.physical {
            Some(physical) if physical == config.ram.range.start().0 => "RAM, one to one",
            Some(_) => "RAM, at fixed addresses",
            None => "RAM",
        };
        line(f, config.ram.range, place)?;
        for part in ready.plan.parts() {
            line(f, part.range, &part.name)?;
        }
        if let Some(frames) = config.extra_frames {
            line(f, frames, "extra frames")?;
        }
        for device in *devices {
            line(f, device.range, format_args!("device {}", device.name))?;
        }
        for note in &config.notes {
            write!(f, "\n  note: {note}")?;
        }
        for note in ready.notes() {
            write!(f, "\n  note: {note}")?;
        }
        Ok(())
    }
}
