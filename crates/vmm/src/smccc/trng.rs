//! The firmware interface for entropy, version 1.0 (Arm DEN0098).

use alloc::boxed::Box;

use crate::vcpu::{Register, Vcpu};

/// A source of random bits that an attacker can't guess.
pub trait Entropy {
    /// Identifies the source (TRNG_GET_UUID).
    fn uuid(&self) -> [u8; 16];

    /// Fills the buffer, or changes nothing and says false when there isn't enough entropy now.
    fn fill(&mut self, buffer: &mut [u8]) -> bool;
}

impl<E: Entropy + ?Sized> Entropy for Box<E> {
    fn uuid(&self) -> [u8; 16] {
        (**self).uuid()
    }

    fn fill(&mut self, buffer: &mut [u8]) -> bool {
        (**self).fill(buffer)
    }
}

const VERSION: u32 = 0x8400_0050;
const FEATURES: u32 = 0x8400_0051;
const GET_UUID: u32 = 0x8400_0052;
const RND32: u32 = 0x8400_0053;
const RND64: u32 = 0xc400_0053;

/// Return codes (DEN0098), sign-extended.
const SUCCESS: u64 = 0;
const NOT_SUPPORTED: u64 = u64::MAX;
const INVALID_PARAMETERS: u64 = u64::MAX - 1;
const NO_ENTROPY: u64 = u64::MAX - 2;

/// Whether an identifier is in the interface's range (functions 0x50 to 0x5f).
pub(super) const fn is_trng(id: u32) -> bool {
    matches!(id & !(1 << 30), 0x8400_0050..=0x8400_005f)
}

/// Answers a call; the result is what x0 gets, and x1 to x3 are written.
pub(super) fn call(id: u32, vcpu: &mut impl Vcpu, entropy: &mut impl Entropy) -> u64 {
    match id {
        VERSION => 0x1_0000,
        FEATURES => match super::low(vcpu.read(Register::X(1))) {
            VERSION | FEATURES | GET_UUID | RND32 | RND64 => SUCCESS,
            _ => NOT_SUPPORTED,
        },
        GET_UUID => {
            let words = entropy.uuid();
            let (words, _) = words.as_chunks::<4>();
            let word = |at: usize| u64::from(u32::from_le_bytes(words[at]));
            for (register, at) in [(1, 1), (2, 2), (3, 3)] {
                vcpu.write(Register::X(register), word(at));
            }
            word(0)
        }
        RND32 => random(4, vcpu, entropy),
        RND64 => random(8, vcpu, entropy),
        _ => NOT_SUPPORTED,
    }
}

/// TRNG_RND: up to three registers of `size` bytes; x3 has the lowest bits, and
/// bits beyond those asked for are zero.
fn random(size: usize, vcpu: &mut impl Vcpu, entropy: &mut impl Entropy) -> u64 {
    let asked = vcpu.read(Register::X(1));
    // Of the 32-bit convention's argument only the low half counts.
    let asked = if size == 4 { asked & 0xffff_ffff } else { asked };
    let most = 3 * size * 8;
    let Ok(bits) = usize::try_from(asked) else {
        return INVALID_PARAMETERS;
    };
    if bits == 0 || bits > most {
        return INVALID_PARAMETERS;
    }
    let mut bytes = [0; 24];
    let len = bits.div_ceil(8);
    if !entropy.fill(&mut bytes[..len]) {
        for register in 1..=3 {
            vcpu.write(Register::X(register), 0);
        }
        return NO_ENTROPY;
    }
    if !bits.is_multiple_of(8) {
        bytes[len - 1] &= (1 << (bits % 8)) - 1;
    }
    for (chunk, register) in bytes.chunks(size).zip([3, 2, 1]) {
        let value = chunk.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        vcpu.write(Register::X(register), value);
    }
    SUCCESS
}
