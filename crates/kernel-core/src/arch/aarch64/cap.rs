//! Capabilities of the AArch64 architecture.

use sel4_abi::CapRights;

use super::vcpu::Vcpu;
use crate::cap::Cap;
use crate::object::sizes;
use crate::word::{PhysAddr, Word, bit, bits, mask};

const FRAME: Word = 1;
const PAGE_TABLE: Word = 3;
const VSPACE: Word = 9;
const ASID_CONTROL: Word = 11;
const ASID_POOL: Word = 13;
const VCPU: Word = 15;
const SGI_SIGNAL: Word = 27;

/// An address space identifier as user level sees it: pool number times 512
/// plus index in the pool. 0 means none.
pub type Asid = Word;

/// The page sizes of the 4 KiB translation granule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageSize {
    /// 4 KiB
    Small,
    /// 2 MiB
    Large,
    /// 1 GiB
    Huge,
}

impl PageSize {
    /// The size as a power of two of bytes.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Small => 12,
            Self::Large => 21,
            Self::Huge => 30,
        }
    }
}

/// What a mapping of a frame may allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VmRights {
    /// Nothing, at user level.
    KernelOnly,
    /// Reads and writes.
    ReadWrite,
    /// Reads.
    ReadOnly,
}

impl VmRights {
    /// The rights reduced to those in `rights`. There are no write-only
    /// mappings: without the right to read nothing is left.
    pub fn masked(self, rights: CapRights) -> Self {
        match self {
            Self::ReadWrite if rights.read() && rights.write() => Self::ReadWrite,
            Self::ReadWrite | Self::ReadOnly if rights.read() => Self::ReadOnly,
            _ => Self::KernelOnly,
        }
    }

    const fn to_bits(self) -> Word {
        match self {
            Self::KernelOnly => 0,
            Self::ReadWrite => 1,
            Self::ReadOnly => 3,
        }
    }

    const fn from_bits(word: Word) -> Self {
        match word {
            1 => Self::ReadWrite,
            3 => Self::ReadOnly,
            _ => Self::KernelOnly,
        }
    }
}

/// Where a frame or page table is mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// The address space.
    pub asid: Asid,
    /// The virtual address, page-aligned.
    pub address: Word,
}

/// Memory that can be mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameCap {
    /// Its start.
    pub base: PhysAddr,
    /// Its size.
    pub size: PageSize,
    /// What mappings may allow.
    pub rights: VmRights,
    /// Whether the kernel must not touch the memory.
    pub device: bool,
    /// Where this capability mapped it.
    pub mapping: Option<Mapping>,
}

/// A translation table below the root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageTableCap {
    /// The table.
    pub base: PhysAddr,
    /// Where it is mapped.
    pub mapping: Option<Mapping>,
}

/// The root translation table of an address space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VSpaceCap {
    /// The table.
    pub base: PhysAddr,
    /// The address space identifier, once one is assigned.
    pub asid: Option<Asid>,
}

/// A capability of this architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArchCap {
    /// Memory to map.
    Frame(FrameCap),
    /// A translation table.
    PageTable(PageTableCap),
    /// An address space.
    VSpace(VSpaceCap),
    /// The right to make ASID pools.
    AsidControl,
    /// 512 address space identifiers from `first` on.
    AsidPool {
        /// The pool's first identifier.
        first: Asid,
        /// The pool.
        pool: PhysAddr,
    },
    /// A virtual processor.
    Vcpu(Vcpu),
    /// The right to raise a software generated interrupt.
    SgiSignal {
        /// Its number, 0 to 15.
        irq: Word,
        /// The processors to interrupt, as the interrupt controller takes them.
        target: Word,
    },
}

const ASID_SHIFT: u32 = 48;

fn pack_mapping(mapping: Option<Mapping>) -> (Word, Word) {
    mapping.map_or((0, 0), |m| (m.address & !mask(12), m.asid << ASID_SHIFT))
}

fn unpack_mapping(first: Word, second: Word) -> Option<Mapping> {
    let asid = second >> ASID_SHIFT;
    (asid != 0).then_some(Mapping { asid, address: bits(first, 12, 36) << 12 })
}

fn unpack_base(second: Word) -> PhysAddr {
    PhysAddr(second & mask(ASID_SHIFT))
}

impl ArchCap {
    /// Packs the capability; see [`crate::cap`].
    #[inline(always)]
    pub fn encode(self) -> [Word; 2] {
        match self {
            Self::Frame(frame) => {
                let size = match frame.size {
                    PageSize::Small => 0,
                    PageSize::Large => 1,
                    PageSize::Huge => 2,
                };
                let (address, asid) = pack_mapping(frame.mapping);
                [
                    FRAME
                        | size << 5
                        | frame.rights.to_bits() << 7
                        | Word::from(frame.device) << 9
                        | address,
                    frame.base.0 | asid,
                ]
            }
            Self::PageTable(table) => {
                let (address, asid) = pack_mapping(table.mapping);
                [PAGE_TABLE | address, table.base.0 | asid]
            }
            Self::VSpace(vspace) => {
                [VSPACE, vspace.base.0 | vspace.asid.unwrap_or(0) << ASID_SHIFT]
            }
            Self::AsidControl => [ASID_CONTROL, 0],
            Self::AsidPool { first, pool } => [ASID_POOL | first << 16, pool.0],
            Self::Vcpu(vcpu) => [VCPU, vcpu.address().0],
            Self::SgiSignal { irq, target } => [SGI_SIGNAL | irq << 8, target],
        }
    }

    /// Unpacks a capability. A type tag that this kernel does not write gives
    /// none, and so no authority.
    #[inline(always)]
    pub fn decode([first, second]: [Word; 2]) -> Option<Self> {
        Some(match Cap::tag(first) {
            FRAME => Self::Frame(FrameCap {
                base: unpack_base(second),
                size: match bits(first, 5, 2) {
                    0 => PageSize::Small,
                    1 => PageSize::Large,
                    _ => PageSize::Huge,
                },
                rights: VmRights::from_bits(bits(first, 7, 2)),
                device: first & bit(9) != 0,
                mapping: unpack_mapping(first, second),
            }),
            PAGE_TABLE => Self::PageTable(PageTableCap {
                base: unpack_base(second),
                mapping: unpack_mapping(first, second),
            }),
            VSPACE => {
                let asid = second >> ASID_SHIFT;
                Self::VSpace(VSpaceCap {
                    base: unpack_base(second),
                    asid: (asid != 0).then_some(asid),
                })
            }
            ASID_CONTROL => Self::AsidControl,
            ASID_POOL => Self::AsidPool { first: first >> 16, pool: PhysAddr(second) },
            VCPU => Self::Vcpu(Vcpu::at(PhysAddr(second))),
            SGI_SIGNAL => Self::SgiSignal { irq: bits(first, 8, 8), target: second },
            _ => return None,
        })
    }

    /// The memory of the object; see [`Cap::region`].
    ///
    /// A root table's size depends on the kernel's address width, which the
    /// capability does not say; its start is enough to tell whose part it is,
    /// and 4 KiB is its smallest size.
    pub fn region(self) -> Option<(PhysAddr, u32)> {
        match self {
            Self::Frame(frame) => Some((frame.base, frame.size.bits())),
            Self::PageTable(table) => Some((table.base, sizes::PAGE_TABLE_BITS)),
            Self::VSpace(vspace) => Some((vspace.base, sizes::PAGE_TABLE_BITS)),
            Self::AsidPool { pool, .. } => Some((pool, sizes::ASID_POOL_BITS)),
            Self::Vcpu(vcpu) => Some((vcpu.address(), sizes::VCPU_BITS)),
            Self::AsidControl | Self::SgiSignal { .. } => None,
        }
    }

    /// See [`Cap::covers`].
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Frame(a), Self::Frame(b)) => {
                a.base <= b.base && b.base.0 + mask(b.size.bits()) <= a.base.0 + mask(a.size.bits())
            }
            (Self::PageTable(a), Self::PageTable(b)) => a.base == b.base,
            (Self::VSpace(a), Self::VSpace(b)) => a.base == b.base,
            (Self::AsidPool { pool: a, .. }, Self::AsidPool { pool: b, .. }) => a == b,
            (Self::Vcpu(a), Self::Vcpu(b)) => a == b,
            (Self::AsidControl, Self::AsidControl) => true,
            (Self::SgiSignal { .. }, Self::SgiSignal { .. }) => self == other,
            _ => false,
        }
    }

    /// See [`Cap::same_object`].
    pub fn same_object(self, other: Self) -> bool {
        match (self, other) {
            (Self::Frame(a), Self::Frame(b)) => {
                a.base == b.base && a.size == b.size && a.device == b.device
            }
            (Self::SgiSignal { .. }, _) => false,
            _ => self.covers(other),
        }
    }

    /// See [`Cap::starts_subtree`].
    pub fn starts_subtree(self, source: Cap) -> bool {
        matches!(self, Self::SgiSignal { .. }) && source == Cap::IrqControl
    }

    /// See [`Cap::is_parent_of`]: what remains to be checked of it.
    pub fn may_be_parent(self, child_starts_subtree: bool) -> bool {
        !matches!(self, Self::SgiSignal { .. }) || !child_starts_subtree
    }

    /// Whether the capability descends from the one for interrupt control.
    pub fn descends_from_irq_control(self) -> bool {
        matches!(self, Self::SgiSignal { .. })
    }

    /// See [`Cap::masked`].
    pub fn masked(self, rights: CapRights) -> Self {
        match self {
            Self::Frame(frame) => {
                Self::Frame(FrameCap { rights: frame.rights.masked(rights), ..frame })
            }
            other => other,
        }
    }
}
