//! How capabilities relate to objects and to each other: which are about the
//! same object, what a copy may do, when a capability is a new start in the
//! derivation tree.

use sel4_abi::{CapData, CapRights};

use crate::cap::{CNodeCap, Cap, ZombieKind};
use crate::object::{Slot, sizes};
use crate::word::{PhysAddr, WORD_BITS, Word, mask, small};

impl Cap {
    /// The memory of the object behind the capability, as start and size in
    /// bits; `None` when there is none.
    pub fn region(self) -> Option<(PhysAddr, u32)> {
        match self {
            Self::Untyped(untyped) => Some((untyped.base, untyped.size_bits)),
            Self::Endpoint(cap) => Some((cap.endpoint.address(), sizes::ENDPOINT_BITS)),
            Self::Notification(cap) => Some((cap.notification.address(), sizes::NOTIFICATION_BITS)),
            Self::CNode(cnode) => Some((cnode.base, cnode.radix + sizes::SLOT_BITS)),
            Self::Thread(tcb) => Some((tcb.address(), sizes::TCB_BITS)),
            Self::Zombie(zombie) => Some(match zombie.kind {
                ZombieKind::Tcb => (zombie.base, sizes::TCB_BITS),
                ZombieKind::CNode(radix) => (zombie.base, radix + sizes::SLOT_BITS),
            }),
            Self::Arch(cap) => cap.region(),
            Self::Null | Self::Reply(_) | Self::IrqControl | Self::IrqHandler(_) | Self::Domain => {
                None
            }
        }
    }

    /// Whether `other` is about the object of `self` or a part of it, so that
    /// it can be a descendant.
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Untyped(untyped), _) => other.region().is_some_and(|(base, bits)| {
                untyped.base <= base
                    && base.0 + mask(bits) <= untyped.base.0 + mask(untyped.size_bits)
            }),
            (Self::Endpoint(a), Self::Endpoint(b)) => a.endpoint == b.endpoint,
            (Self::Notification(a), Self::Notification(b)) => a.notification == b.notification,
            (Self::CNode(a), Self::CNode(b)) => a.base == b.base && a.radix == b.radix,
            (Self::Thread(a), Self::Thread(b)) => a == b,
            (Self::Reply(a), Self::Reply(b)) => a.caller == b.caller,
            (Self::Domain, Self::Domain) => true,
            (Self::IrqControl, Self::IrqControl | Self::IrqHandler(_)) => true,
            (Self::IrqControl, Self::Arch(cap)) => cap.descends_from_irq_control(),
            (Self::IrqHandler(a), Self::IrqHandler(b)) => a == b,
            (Self::Arch(a), Self::Arch(b)) => a.covers(b),
            _ => false,
        }
    }

    /// Whether both are about the very same object.
    pub fn same_object(self, other: Self) -> bool {
        match (self, other) {
            (Self::Untyped(_) | Self::IrqControl, _) => false,
            (Self::Arch(a), Self::Arch(b)) => a.same_object(b),
            _ => self.covers(other),
        }
    }

    /// Whether a capability derived from `source` starts a subtree of its own,
    /// which can be revoked separately.
    pub fn starts_subtree(self, source: Self) -> bool {
        match (self, source) {
            (Self::Endpoint(a), Self::Endpoint(b)) => a.badge != b.badge,
            (Self::Notification(a), Self::Notification(b)) => a.badge != b.badge,
            (Self::IrqHandler(_), _) => source == Self::IrqControl,
            (Self::Untyped(_), _) => true,
            (Self::Arch(cap), _) => cap.starts_subtree(source),
            _ => false,
        }
    }

    /// Whether the capability, at a revocable slot, is the parent of `child`.
    /// `child_starts_subtree` is the child's own mark.
    pub fn is_parent_of(self, child: Self, child_starts_subtree: bool) -> bool {
        let same_badge =
            |mine: Word, its: Word| mine == 0 || (mine == its && !child_starts_subtree);
        self.covers(child)
            && match (self, child) {
                (Self::Endpoint(a), Self::Endpoint(b)) => same_badge(a.badge, b.badge),
                (Self::Notification(a), Self::Notification(b)) => same_badge(a.badge, b.badge),
                (Self::Arch(cap), _) => cap.may_be_parent(child_starts_subtree),
                _ => true,
            }
    }

    /// The capability with its rights reduced to those in `rights`.
    pub fn masked(self, rights: CapRights) -> Self {
        match self {
            Self::Endpoint(mut cap) => {
                cap.rights = cap.rights.masked(rights);
                Self::Endpoint(cap)
            }
            Self::Notification(mut cap) => {
                cap.send &= rights.write();
                cap.receive &= rights.read();
                Self::Notification(cap)
            }
            Self::Reply(mut cap) => {
                cap.grant &= rights.grant();
                Self::Reply(cap)
            }
            Self::Arch(cap) => Self::Arch(cap.masked(rights)),
            other => other,
        }
    }

    /// The capability with `data` as its badge or guard; [`Cap::Null`] when it
    /// can't have that. `preserve` keeps a badge that is there already.
    pub fn with_data(self, preserve: bool, data: Word) -> Self {
        match self {
            Self::Endpoint(mut cap) if !preserve && cap.badge == 0 => {
                cap.badge = data;
                Self::Endpoint(cap)
            }
            Self::Notification(mut cap) if !preserve && cap.badge == 0 => {
                cap.badge = data;
                Self::Notification(cap)
            }
            Self::Endpoint(_) | Self::Notification(_) => Self::Null,
            Self::CNode(cnode) => {
                let data = CapData::from_word(data);
                if data.guard_size() + cnode.radix as Word > WORD_BITS as Word {
                    return Self::Null;
                }
                Self::CNode(CNodeCap {
                    guard: data.guard() & mask(small(data.guard_size())),
                    guard_bits: small(data.guard_size()),
                    ..cnode
                })
            }
            other => other,
        }
    }

    /// Whether the slot that a zombie sits in is the zombie's own first slot.
    pub fn is_cyclic_zombie(self, slot: Slot) -> bool {
        matches!(self, Self::Zombie(zombie) if zombie.base == slot.address())
    }
}
