//! AArch64 with hypervisor support: user space runs at EL0 on stage 2 translation alone.

pub mod fault;
pub mod object;
pub mod registers;
pub mod vcpu;
pub mod vm;

pub use vcpu::VcpuReg;

/// Width of physical addresses, which decides the shape of address spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaSize {
    /// 40 bits (Cortex-A53): three levels, the root being two concatenated tables.
    Bits40,
    /// 44 bits (Cortex-A57): four levels.
    Bits44,
}

impl PaSize {
    /// The width for this number of bits.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits {
            40 => Some(Self::Bits40),
            44 => Some(Self::Bits44),
            _ => None,
        }
    }

    /// Number of bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bits40 => 40,
            Self::Bits44 => 44,
        }
    }

    /// Size of the root table (log2 of bytes).
    pub const fn vspace_bits(self) -> u32 {
        self.vspace_index_bits() + object::VSPACE_ENTRY_BITS
    }

    /// Entries of the root table (log2).
    pub const fn vspace_index_bits(self) -> u32 {
        match self {
            Self::Bits40 => 10,
            Self::Bits44 => 9,
        }
    }

    /// Levels of tables, the root included.
    pub const fn levels(self) -> u32 {
        match self {
            Self::Bits40 => 3,
            Self::Bits44 => 4,
        }
    }

    /// Last address that user space can map.
    pub const fn user_top(self) -> u64 {
        (1 << self.bits()) - 1
    }
}
