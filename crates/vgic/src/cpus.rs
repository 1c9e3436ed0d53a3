//! Sets of the guest's processors.

use vmm::vcpu::VcpuId;

/// Most processors of a guest: as many as a GICv2 has interfaces for (IHI 0048B 2.1).
pub const MOST_VCPUS: usize = 8;

/// A set of the guest's processors, a bit for each, as GICD_ITARGETSR has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Vcpus(u8);

impl Vcpus {
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// The first `count` ones.
    #[must_use]
    pub fn first_ones(count: usize) -> Self {
        (0..).take(count.min(MOST_VCPUS)).map(VcpuId).collect()
    }

    /// The set with these bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// A bit for each member.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `vcpu` is a member.
    #[must_use]
    pub fn contains(self, vcpu: VcpuId) -> bool {
        self.0 & Self::from(vcpu).0 != 0
    }

    /// The member with the lowest number.
    #[must_use]
    pub fn lowest(self) -> Option<VcpuId> {
        self.iter().next()
    }

    /// Adds a processor, or takes it out.
    pub fn set(&mut self, vcpu: VcpuId, member: bool) {
        if member {
            self.0 |= Self::from(vcpu).0;
        } else {
            self.0 &= !Self::from(vcpu).0;
        }
    }

    /// The members of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The members that aren't in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The members of either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The members, lowest first.
    pub fn iter(self) -> impl Iterator<Item = VcpuId> {
        (0..8).filter(move |bit| self.0 & (1 << bit) != 0).map(VcpuId)
    }
}

/// The set with this one member; empty for a number that no processor can have.
impl From<VcpuId> for Vcpus {
    fn from(vcpu: VcpuId) -> Self {
        Self(1_u8.checked_shl(vcpu.0.into()).unwrap_or(0))
    }
}

impl FromIterator<VcpuId> for Vcpus {
    fn from_iter<I: IntoIterator<Item = VcpuId>>(vcpus: I) -> Self {
        vcpus.into_iter().fold(Self::NONE, |set, vcpu| set.or(vcpu.into()))
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn members_come_and_go() {
        let mut set = Vcpus::first_ones(3);
        assert_eq!(set.bits(), 0b111);
        set.set(VcpuId(1), false);
        set.set(VcpuId(7), true);
        assert_eq!(set.iter().collect::<Vec<_>>(), [VcpuId(0), VcpuId(2), VcpuId(7)]);
        assert_eq!(set.without(VcpuId(0).into()).lowest(), Some(VcpuId(2)));
        assert_eq!(Vcpus::NONE.lowest(), None);
    }

    #[test]
    fn a_number_too_large_is_nobody() {
        assert!(Vcpus::from(VcpuId(8)).is_empty());
        assert!(!Vcpus::first_ones(99).contains(VcpuId(255)));
        assert_eq!(Vcpus::first_ones(99).bits(), 0xff);
    }
}
