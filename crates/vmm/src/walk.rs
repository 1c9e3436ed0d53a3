//! The guest's own translation, walked in software (Arm ARM D8, stage 1 of the EL1&0 regime).
//!
//! The program counter of a guest is a virtual address, and the monitor sees memory by
//! guest-physical ones. So an instruction that it has to decode is found through the guest's
//! translation tables. Only that is done here: permissions don't matter, since the processor has
//! already fetched the instruction.

use guest_memory::{GuestAddress, GuestMemory, Width};

use crate::vcpu::{Register, Vcpu};

/// The page sizes of a translation (Arm ARM D8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Granule {
    Kib4,
    Kib16,
    Kib64,
}

impl Granule {
    /// Bits of an address within a page.
    const fn bits(self) -> u32 {
        match self {
            Self::Kib4 => 12,
            Self::Kib16 => 14,
            Self::Kib64 => 16,
        }
    }

    /// Bits of an address that one level of tables resolves: a table is a page of 8-byte entries.
    const fn stride(self) -> u32 {
        self.bits() - 3
    }

    /// Whether an entry of a level may be a block.
    const fn has_blocks(self, level: u32) -> bool {
        match self {
            Self::Kib4 => level == 1 || level == 2,
            Self::Kib16 | Self::Kib64 => level == 2,
        }
    }
}

/// One of the two halves of the virtual address space.
struct Half {
    table: u64,
    granule: Granule,
    /// The number of significant bits of an address.
    bits: u32,
}

/// The half that `address` belongs to, or `None` if it belongs to none or the configuration is
/// reserved.
fn half(address: u64, vcpu: &mut impl Vcpu) -> Option<Half> {
    let tcr = vcpu.read(Register::TcrEl1);
    // Bit 55 decides, since the bits above may be a tag.
    let upper = address >> 55 & 1 == 1;
    let (size, tag_ignored, disabled) = if upper {
        (tcr >> 16 & 0x3f, tcr >> 38 & 1, tcr >> 23 & 1)
    } else {
        (tcr & 0x3f, tcr >> 37 & 1, tcr >> 7 & 1)
    };
    // The two halves encode the same sizes differently (TG1, TG0).
    let granule = if upper {
        match tcr >> 30 & 3 {
            1 => Granule::Kib16,
            2 => Granule::Kib4,
            3 => Granule::Kib64,
            _ => return None,
        }
    } else {
        match tcr >> 14 & 3 {
            0 => Granule::Kib4,
            1 => Granule::Kib64,
            2 => Granule::Kib16,
            _ => return None,
        }
    };
    // 48 bits at most; 52-bit addresses need a processor that the guests don't have.
    if disabled == 1 || !(16..=39).contains(&size) {
        return None;
    }
    let bits = 64 - u32::try_from(size).ok()?;
    let significant = if tag_ignored == 1 { address << 8 >> 8 } else { address };
    let top = if tag_ignored == 1 { 56 } else { 64 };
    let expected = if upper { (1 << (top - bits)) - 1 } else { 0 };
    if significant >> bits != expected {
        return None;
    }
    let table = vcpu.read(if upper { Register::Ttbr1El1 } else { Register::Ttbr0El1 });
    Some(Half { table, granule, bits })
}

/// Bits 47:1 of a table base register without the address space identifier, and of a descriptor
/// without attributes.
const ADDRESS: u64 = 0xffff_ffff_ffff;

/// The guest-physical address of a virtual one, or `None` if the guest hasn't mapped it, its
/// tables aren't in its memory, or it uses a translation that isn't known here (52-bit addresses).
pub fn translate(
    address: u64, vcpu: &mut impl Vcpu, memory: &impl GuestMemory,
) -> Option<GuestAddress> {
    if vcpu.read(Register::SctlrEl1) & 1 == 0 {
        // The MMU is off.
        return (address <= ADDRESS).then_some(GuestAddress(address));
    }
    let Half { table, granule, bits } = half(address, vcpu)?;
    let stride = granule.stride();
    let page = granule.bits();
    let levels = (bits - page).div_ceil(stride);
    let mut level = 4 - levels;
    // The first table may be smaller than a page; its base is aligned to its size.
    let first_bits = bits - page - (levels - 1) * stride;
    let mut table = table & ADDRESS & !((8 << first_bits) - 1);
    let mut index_bits = first_bits;
    loop {
        let shift = page + (3 - level) * stride;
        let index = address >> shift & ((1 << index_bits) - 1);
        let entry = memory.load(GuestAddress(table + index * 8), Width::Eight).ok()?;
        let within = (1 << shift) - 1;
        let leaf = match (entry & 3, level) {
            (3, 3) => true,
            (3, _) => false,
            (1, level) if granule.has_blocks(level) => true,
            _ => return None,
        };
        if leaf {
            return Some(GuestAddress(entry & ADDRESS & !within | address & within));
        }
        table = entry & ADDRESS & !((1 << page) - 1);
        index_bits = stride;
        level += 1;
    }
}

/// Reads the instruction at the program counter, or says that it can't: for
/// [`data_abort`](crate::emulate::data_abort).
pub fn fetch(vcpu: &mut impl Vcpu, memory: &impl GuestMemory) -> Option<u32> {
    let pc = vcpu.read(Register::Pc);
    let at = translate(pc, vcpu, memory)?;
    let word = memory.load(at, Width::Four).ok()?;
    u32::try_from(word).ok()
}

#[cfg(test)]
mod test;
