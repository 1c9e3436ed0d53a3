//! What the register interfaces of PrimeCell peripherals have in common.

use vmm::mmio::Access;
use vmm::report::{DeviceLog, Mistake};

/// The register of an access: its offset, or `None` in the middle of a word, where there is none.
///
/// A peripheral bus has no narrow accesses; the peripheral sees the whole word, of which the bits
/// above the access's width are zero.
pub(crate) fn register(access: Access, log: &mut DeviceLog<'_>) -> Option<u64> {
    let Access { offset, width, .. } = access;
    if offset.is_multiple_of(4) {
        return Some(offset);
    }
    log.mistake(Mistake {
        kind: "unaligned",
        detail: offset,
        did: format_args!("accessed {width} at offset {offset:#x}, without effect"),
        rule: "registers start at multiples of 4",
    });
    None
}

/// Notes a write to a register that can't be written.
pub(crate) fn not_writable(offset: u64, value: u32, log: &mut DeviceLog<'_>) {
    log.mistake(Mistake {
        kind: "not-writable",
        detail: offset,
        did: format_args!("wrote {value:#x} at offset {offset:#x}, ignored"),
        rule: "there is no register there that can be written",
    });
}

/// The 32 bits that a register gets.
pub(crate) const fn word(value: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    let word = value as u32;
    word
}
