//! What the register frames of both versions have in common.

use core::fmt;

use guest_memory::Width;
use vmm::mmio::Access;
use vmm::report::{DeviceLog, Mistake};

use crate::engine::registers::Register;

/// Implementer of the IIDR registers: Arm's JEP106 code, as other virtual GICs have it; the
/// product identifier is "C" (IHI 0048B 4.3.3).
pub(crate) const IIDR: u32 = 0x43 << 24 | 0x43b;

/// Identification registers, the last 12 words of a frame, all but PIDR2 (IHI 0048B 4.3.18). Those
/// of Arm's own controllers.
const IDENTIFICATION: [u8; 12] = [
    0x04, 0, 0, 0, // PIDR4 to 7
    0x92, 0xb4, 0, 0, // PIDR0 to 3
    0x0d, 0xf0, 0x05, 0xb1, // CIDR0 to 3
];

/// The word at `offset` from the first identification register of a GIC of version `version`.
pub(crate) fn identification(offset: u64, version: u8) -> u32 {
    // PIDR2: the version, and that the manufacturer's code is JEP106's.
    let index = usize::try_from(offset / 4).unwrap_or(usize::MAX);
    match index {
        6 => u32::from(version) << 4 | 0xb,
        _ => IDENTIFICATION.get(index).copied().unwrap_or(0).into(),
    }
}

/// One access, with where to say what is wrong with it.
pub(crate) struct Request<'a, 'b> {
    pub access: Access,
    pub log: &'a mut DeviceLog<'b>,
    rule: &'static str,
}

impl<'a, 'b> Request<'a, 'b> {
    pub fn new(access: Access, log: &'a mut DeviceLog<'b>, rule: &'static str) -> Self {
        Self { access, log, rule }
    }

    /// Whether the access has a width that its register understands; if not, says so. (What
    /// happens then is up to the implementation: here it is without effect.)
    pub fn is_word(&mut self) -> bool {
        self.has_width(&[Width::Four])
    }

    /// The same for a register of the shared families.
    pub fn suits(&mut self, register: Register) -> bool {
        if register.has_bytes() {
            self.has_width(&[Width::Four, Width::One])
        } else {
            self.is_word()
        }
    }

    /// Whether the width is one of `widths`; if not, says so.
    pub fn has_width(&mut self, widths: &[Width]) -> bool {
        let fits = widths.contains(&self.access.width);
        if !fits {
            let Access { offset, width, .. } = self.access;
            self.mistake(
                "width",
                format_args!("accessed {width} at offset {offset:#x}, without effect"),
                self.rule,
            );
        }
        fits
    }

    /// Notes that the register of a write is read-only, or that there is none.
    pub fn not_writable(&mut self, value: u64) {
        let offset = self.access.offset;
        self.mistake(
            "not-writable",
            format_args!("wrote {value:#x} at offset {offset:#x}, ignored"),
            "there is no register there that can be written",
        );
    }

    /// Notes a mistake, once for each offset.
    pub fn mistake(&mut self, kind: &'static str, did: fmt::Arguments<'_>, rule: &'static str) {
        self.log.mistake(Mistake { kind, detail: self.access.offset, did, rule });
    }
}

/// The 32 bits of a value that a word-wide register gets.
pub(crate) const fn word(value: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    let word = value as u32;
    word
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn identification_registers_are_those_that_drivers_probe() {
        // IHI 0048B 4.3.18: PIDR2 at 0xfe8, CIDR0 at 0xff0.
        assert_eq!(identification(0xfe8 - 0xfd0, 2), 0x2b);
        assert_eq!(identification(0xfe8 - 0xfd0, 3), 0x3b);
        let cidr = [0xff0, 0xff4, 0xff8, 0xffc].map(|o| identification(o - 0xfd0, 2));
        assert_eq!(cidr, [0x0d, 0xf0, 0x05, 0xb1]);
        assert_eq!(identification(0x1000, 2), 0);
    }
}
