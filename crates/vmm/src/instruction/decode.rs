//! The encodings. Bit positions are those of the diagrams in Arm ARM C4.1.

use guest_memory::Width;

use super::{Address, Direction, Extend, Index, IndexPart, LoadStore, Refusal, Transfer};
use crate::vcpu::Gpr;

const fn bits(word: u32, high: u32, low: u32) -> u32 {
    (word >> low) & ((1 << (high - low + 1)) - 1)
}

/// A field as a two's complement number.
fn signed(word: u32, high: u32, low: u32) -> i64 {
    let above = 31 - high;
    i64::from((word << above).cast_signed() >> (above + low))
}

const fn rt(word: u32) -> Gpr {
    Gpr::from_bits(word)
}

const fn rn(word: u32) -> Gpr {
    Gpr::from_bits(word >> 5)
}

const fn ones(word: u32, high: u32, low: u32) -> bool {
    bits(word, high, low) == (1 << (high - low + 1)) - 1
}

/// Decodes an A64 instruction.
///
/// # Errors
/// It isn't a load or store that can be emulated; the error says what it is.
pub fn decode(word: u32) -> Result<LoadStore, Refusal> {
    if bits(word, 28, 25) == 0b0010 || (bits(word, 31, 31) == 1 && bits(word, 28, 25) == 0) {
        return Err(Refusal::Sve);
    }
    if bits(word, 27, 27) != 1 || bits(word, 25, 25) != 0 {
        return Err(Refusal::NotLoadStore);
    }
    if bits(word, 26, 26) == 1 {
        return Err(Refusal::Simd);
    }
    match (bits(word, 29, 28), bits(word, 24, 24)) {
        (0b00, 0) => ordered(word),
        (0b01, 0) => literal(word),
        (0b01, 1) => unscaled_ordered(word),
        (0b10, _) => pair(word),
        (0b11, 0) => register(word),
        (0b11, 1) => unsigned_offset(word),
        _ => Err(Refusal::Undefined),
    }
}

/// Width, direction and extension from the fields `size` and `opc` of single-register encodings.
fn single(word: u32) -> Result<Transfer, Refusal> {
    let width = Width::from_log2(bits(word, 31, 30)).ok_or(Refusal::Undefined)?;
    let (direction, extend) = match (bits(word, 23, 22), width) {
        (0b00, _) => (Direction::Store, Extend::Zero),
        (0b01, _) => (Direction::Load, Extend::Zero),
        (0b10, Width::Eight) => return Err(Refusal::Prefetch),
        (0b10, _) => (Direction::Load, Extend::Sign64),
        (_, Width::Four | Width::Eight) => return Err(Refusal::Undefined),
        (_, _) => (Direction::Load, Extend::Sign32),
    };
    Ok(Transfer { direction, width, extend, first: rt(word), second: None })
}

/// Writeback into a register that is part of the transfer has no defined result, except that the
/// base is the stack pointer where the transfer has the zero register.
fn predictable(access: LoadStore) -> Result<LoadStore, Refusal> {
    let LoadStore { transfer, address } = access;
    let writeback = match address {
        Address::Base { base, index: Index::PreIndex(_) | Index::PostIndex(_) } => Some(base),
        _ => None,
    };
    let clash = writeback.is_some_and(|base| {
        base != Gpr::ZERO_OR_SP && (base == transfer.first || Some(base) == transfer.second)
    });
    let twice = transfer.direction == Direction::Load && transfer.second == Some(transfer.first);
    if clash || twice { Err(Refusal::Unpredictable) } else { Ok(access) }
}

/// Exclusive, ordered, and compare and swap.
fn ordered(word: u32) -> Result<LoadStore, Refusal> {
    let (o2, o1) = (bits(word, 23, 23), bits(word, 21, 21));
    match (o2, o1) {
        (0, 1) if bits(word, 31, 31) == 0 => return Err(Refusal::Atomic),
        (0, _) => return Err(Refusal::Exclusive),
        (_, 1) => return Err(Refusal::Atomic),
        _ => {}
    }
    // The unused fields Rs and Rt2 should be ones; what else they hold is ignored by hardware
    // at best.
    if !ones(word, 20, 16) || !ones(word, 14, 10) {
        return Err(Refusal::Undefined);
    }
    let width = Width::from_log2(bits(word, 31, 30)).ok_or(Refusal::Undefined)?;
    let direction = if bits(word, 22, 22) == 1 { Direction::Load } else { Direction::Store };
    let transfer =
        Transfer { direction, width, extend: Extend::Zero, first: rt(word), second: None };
    Ok(LoadStore { transfer, address: Address::Base { base: rn(word), index: Index::Offset(0) } })
}

fn literal(word: u32) -> Result<LoadStore, Refusal> {
    let (width, extend) = match bits(word, 31, 30) {
        0b00 => (Width::Four, Extend::Zero),
        0b01 => (Width::Eight, Extend::Zero),
        0b10 => (Width::Four, Extend::Sign64),
        _ => return Err(Refusal::Prefetch),
    };
    let direction = Direction::Load;
    let transfer = Transfer { direction, width, extend, first: rt(word), second: None };
    Ok(LoadStore { transfer, address: Address::Literal(signed(word, 23, 5) * 4) })
}

/// LDAPUR and STLUR; memory tags and memory copies share the space.
fn unscaled_ordered(word: u32) -> Result<LoadStore, Refusal> {
    if bits(word, 21, 21) == 1 {
        return Err(Refusal::Tag);
    }
    if bits(word, 11, 10) != 0 {
        return Err(Refusal::Undefined);
    }
    let transfer = match single(word) {
        Err(Refusal::Prefetch) => return Err(Refusal::Undefined),
        other => other?,
    };
    let index = Index::Offset(signed(word, 20, 12));
    Ok(LoadStore { transfer, address: Address::Base { base: rn(word), index } })
}

fn pair(word: u32) -> Result<LoadStore, Refusal> {
    let direction = if bits(word, 22, 22) == 1 { Direction::Load } else { Direction::Store };
    let mode = bits(word, 24, 23);
    let (width, extend) = match (bits(word, 31, 30), direction, mode) {
        (0b00, _, _) => (Width::Four, Extend::Zero),
        (0b10, _, _) => (Width::Eight, Extend::Zero),
        (0b01, _, 0b00) => return Err(Refusal::Undefined),
        (0b01, Direction::Load, _) => (Width::Four, Extend::Sign64),
        (0b01, Direction::Store, _) => return Err(Refusal::Tag),
        _ => return Err(Refusal::Undefined),
    };
    let offset = signed(word, 21, 15) << width.bytes().trailing_zeros();
    let index = match mode {
        0b01 => Index::PostIndex(offset),
        0b11 => Index::PreIndex(offset),
        _ => Index::Offset(offset),
    };
    let second = Some(Gpr::from_bits(word >> 10));
    let transfer = Transfer { direction, width, extend, first: rt(word), second };
    predictable(LoadStore { transfer, address: Address::Base { base: rn(word), index } })
}

/// All forms with a size and nine bits of offset or an index register.
fn register(word: u32) -> Result<LoadStore, Refusal> {
    if bits(word, 21, 21) == 1 {
        return match bits(word, 11, 10) {
            0b00 => atomic(word),
            0b10 => register_offset(word),
            _ if bits(word, 31, 30) == 3 => Err(Refusal::PointerAuthentication),
            _ => Err(Refusal::Undefined),
        };
    }
    let offset = signed(word, 20, 12);
    let index = match bits(word, 11, 10) {
        0b00 => Index::Offset(offset),
        0b01 => Index::PostIndex(offset),
        0b10 => {
            return Err(match single(word) {
                Ok(_) => Refusal::Unprivileged,
                Err(_) => Refusal::Undefined,
            });
        }
        _ => Index::PreIndex(offset),
    };
    let transfer = match single(word) {
        Err(Refusal::Prefetch) if !matches!(index, Index::Offset(_)) => {
            return Err(Refusal::Undefined);
        }
        other => other?,
    };
    predictable(LoadStore { transfer, address: Address::Base { base: rn(word), index } })
}

/// The space of atomic operations, which holds LDAPR too.
fn atomic(word: u32) -> Result<LoadStore, Refusal> {
    if bits(word, 23, 22) != 0b10 || !ones(word, 20, 16) || bits(word, 15, 12) != 0b1100 {
        return Err(Refusal::Atomic);
    }
    let width = Width::from_log2(bits(word, 31, 30)).ok_or(Refusal::Undefined)?;
    let direction = Direction::Load;
    let transfer =
        Transfer { direction, width, extend: Extend::Zero, first: rt(word), second: None };
    Ok(LoadStore { transfer, address: Address::Base { base: rn(word), index: Index::Offset(0) } })
}

fn register_offset(word: u32) -> Result<LoadStore, Refusal> {
    let part = match bits(word, 15, 13) {
        0b010 => IndexPart::Unsigned32,
        0b110 => IndexPart::Signed32,
        0b011 | 0b111 => IndexPart::All,
        _ => return Err(Refusal::Undefined),
    };
    let transfer = single(word)?;
    let scaled = bits(word, 12, 12) == 1;
    let shift = if scaled { transfer.width.bytes().trailing_zeros() } else { 0 };
    let index = Index::Register { register: Gpr::from_bits(word >> 16), part, shift };
    Ok(LoadStore { transfer, address: Address::Base { base: rn(word), index } })
}

fn unsigned_offset(word: u32) -> Result<LoadStore, Refusal> {
    let transfer = single(word)?;
    let offset = i64::from(bits(word, 21, 10)) << transfer.width.bytes().trailing_zeros();
    let index = Index::Offset(offset);
    Ok(LoadStore { transfer, address: Address::Base { base: rn(word), index } })
}
