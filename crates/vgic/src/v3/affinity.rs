//! Names of processors.

use core::fmt;

use vmm::vcpu::VcpuId;

/// The affinity of a processor, as in its MPIDR_EL1. Displayed from level 3
/// to level 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Affinity {
    /// Level 3.
    pub aff3: u8,
    /// Level 2.
    pub aff2: u8,
    /// Level 1.
    pub aff1: u8,
    /// Level 0.
    pub aff0: u8,
}

impl Affinity {
    /// The affinity of a processor in a system of one cluster.
    #[must_use]
    pub const fn of(vcpu: VcpuId) -> Self {
        Self { aff3: 0, aff2: 0, aff1: 0, aff0: vcpu.0 }
    }

    /// The affinity in the format of MPIDR_EL1 and GICD_IROUTER: level 3 in bits 39:32, the
    /// others in bits 23:0.
    #[must_use]
    pub const fn from_mpidr(bits: u64) -> Self {
        let [aff0, aff1, aff2, _, aff3, ..] = bits.to_le_bytes();
        Self { aff3, aff2, aff1, aff0 }
    }

    /// The format of MPIDR_EL1, other fields zero.
    #[must_use]
    pub const fn mpidr(self) -> u64 {
        u64::from_le_bytes([self.aff0, self.aff1, self.aff2, 0, self.aff3, 0, 0, 0])
    }

    /// All levels in 32 bits, as in GICR_TYPER.
    #[must_use]
    pub const fn packed(self) -> u32 {
        u32::from_le_bytes([self.aff0, self.aff1, self.aff2, self.aff3])
    }
}

impl fmt::Display for Affinity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { aff3, aff2, aff1, aff0 } = self;
        write!(f, "{aff3}.{aff2}.{aff1}.{aff0}")
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn formats_are_those_of_the_registers() {
        let affinity = Affinity::from_mpidr(0x04_8003_0201);
        assert_eq!(affinity.to_string(), "4.3.2.1");
        assert_eq!(affinity.mpidr(), 0x04_0003_0201);
        assert_eq!(affinity.packed(), 0x0403_0201);
        assert_eq!(Affinity::of(VcpuId(5)).mpidr(), 5);
    }
}
