//! Loads and stores of A64, for aborts whose syndrome doesn't describe them (Arm ARM C4.1, Loads
//! and stores).
//!
//! Hardware describes only plain loads and stores of one register without writeback. The rest that
//! compilers use on device memory is decoded here: writeback, pairs, literals, register offsets,
//! acquire and release. What can't be done on a device register, or by nobody in his right mind,
//! is refused by name.

use guest_memory::Width;

use crate::vcpu::Gpr;

mod decode;

pub use decode::decode;

/// Which way data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into a register.
    Load,
    /// Out of a register.
    Store,
}

/// How a loaded value fills the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    /// Zeroes above.
    Zero,
    /// The sign up to bit 31, zeroes above.
    Sign32,
    /// The sign up to bit 63.
    Sign64,
}

impl Extend {
    /// The content of the register after a load of `value`.
    #[must_use]
    pub const fn apply(self, width: Width, value: u64) -> u64 {
        match self {
            Self::Zero => width.truncate(value),
            Self::Sign32 => Width::Four.truncate(width.sign_extend(value)),
            Self::Sign64 => width.sign_extend(value),
        }
    }
}

/// What is moved between memory and registers. Number 31 is the zero register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Load or store.
    pub direction: Direction,
    /// The width in memory, of each register.
    pub width: Width,
    /// How a load fills the register.
    pub extend: Extend,
    /// The register, or the one at the lower address.
    pub first: Gpr,
    /// The register at the higher address, of a pair.
    pub second: Option<Gpr>,
}

/// How an instruction forms its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// So many bytes from the instruction itself.
    Literal(i64),
    /// From a base register, of which number 31 is the stack pointer.
    Base {
        /// The base register.
        base: Gpr,
        /// What is added.
        index: Index,
    },
}

/// What is added to a base register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// A number of bytes.
    Offset(i64),
    /// A number of bytes, which the base register keeps.
    PreIndex(i64),
    /// Nothing; the base register gets a number of bytes added afterwards.
    PostIndex(i64),
    /// A register.
    Register {
        /// Which one; number 31 is the zero register.
        register: Gpr,
        /// What is used of it.
        part: IndexPart,
        /// How far it is shifted left.
        shift: u32,
    },
}

/// What is used of an index register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexPart {
    /// The low 32 bits, zero-extended (`uxtw`).
    Unsigned32,
    /// The low 32 bits, sign-extended (`sxtw`).
    Signed32,
    /// All bits (`lsl`, `sxtx`).
    All,
}

/// A load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadStore {
    /// What is moved.
    pub transfer: Transfer,
    /// From or to where.
    pub address: Address,
}

/// Why an instruction isn't emulated. The words complete "the instruction is ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not in the group of loads and stores.
    #[error("no load or store")]
    NotLoadStore,
    /// An encoding of the group that the architecture doesn't define.
    #[error("an undefined load or store")]
    Undefined,
    /// SIMD and floating-point registers, which the monitor doesn't have.
    #[error("a SIMD or floating-point load or store")]
    Simd,
    /// SVE or SME.
    #[error("an SVE or SME instruction")]
    Sve,
    /// LDXR, STXR and their kind. Devices have no exclusive monitor.
    #[error("an exclusive load or store")]
    Exclusive,
    /// LDADD, SWP, CAS and their kind. Devices don't do arithmetic.
    #[error("an atomic read-modify-write")]
    Atomic,
    /// PRFM, which never faults.
    #[error("a prefetch")]
    Prefetch,
    /// LDRAA and LDRAB.
    #[error("a load with pointer authentication")]
    PointerAuthentication,
    /// Memory tags.
    #[error("a memory tag instruction")]
    Tag,
    /// LDTR and STTR act with the rights of EL0, which need a look at the guest's tables.
    #[error("an unprivileged load or store")]
    Unprivileged,
    /// Writeback into a register that is loaded or stored, or two loads into one register.
    #[error("a load or store whose registers make it unpredictable")]
    Unpredictable,
}

#[cfg(test)]
mod test;
