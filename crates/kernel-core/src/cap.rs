//! Capabilities, and how they are packed into the two words of a slot.
//!
//! The first word holds a five-bit type tag in its lowest bits and small
//! fields above it; the second holds what needs a whole word. The tags are
//! those of the seL4 kernel, since `seL4_DebugCapIdentify` shows them; the
//! rest of the packing is private to this kernel.

use sel4_abi::CapRights;

use crate::arch::ArchCap;
use crate::object::{Endpoint, Notification, Slot, Tcb};
use crate::word::{PhysAddr, Word, bit, bits, mask, small};

/// Bits of the type tag.
pub(crate) const TAG_BITS: u32 = 5;

const UNTYPED: Word = 2;
const ENDPOINT: Word = 4;
const NOTIFICATION: Word = 6;
const REPLY: Word = 8;
const CNODE: Word = 10;
const THREAD: Word = 12;
const IRQ_CONTROL: Word = 14;
const IRQ_HANDLER: Word = 16;
const ZOMBIE: Word = 18;
const DOMAIN: Word = 20;

/// What a message through an endpoint capability may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndpointRights {
    /// Send to the endpoint.
    pub send: bool,
    /// Receive from the endpoint.
    pub receive: bool,
    /// Pass capabilities on.
    pub grant: bool,
    /// Pass a reply capability on, by a call.
    pub grant_reply: bool,
}

impl EndpointRights {
    /// All rights.
    pub const ALL: Self = Self { send: true, receive: true, grant: true, grant_reply: true };

    /// The rights that both `self` and `rights` have.
    pub fn masked(self, rights: CapRights) -> Self {
        Self {
            send: self.send && rights.write(),
            receive: self.receive && rights.read(),
            grant: self.grant && rights.grant(),
            grant_reply: self.grant_reply && rights.grant_reply(),
        }
    }
}

/// A region of memory that can become kernel objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UntypedCap {
    /// Start of the region.
    pub base: PhysAddr,
    /// Its size, as a power of two of bytes.
    pub size_bits: u32,
    /// Whether the region is outside of the memory that the kernel may touch.
    pub device: bool,
    /// Bytes from the start that objects may occupy already.
    pub used: Word,
}

/// Access to an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndpointCap {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Told to the receiver of a message; 0 when there is none.
    pub badge: Word,
    /// What the holder may do.
    pub rights: EndpointRights,
}

/// Access to a notification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotificationCap {
    /// The notification.
    pub notification: Notification,
    /// Joined with the notification's word by a signal; 0 when there is none.
    pub badge: Word,
    /// Whether the holder may signal.
    pub send: bool,
    /// Whether the holder may wait.
    pub receive: bool,
}

/// The right to reply to a caller, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReplyCap {
    /// The caller.
    pub caller: Tcb,
    /// The capability in the caller's own TCB that all others descend from.
    pub master: bool,
    /// Whether the reply may pass capabilities on.
    pub grant: bool,
}

/// A table of capability slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CNodeCap {
    /// The first slot.
    pub base: PhysAddr,
    /// log2 of the number of slots.
    pub radix: u32,
    /// Address bits that must precede the index.
    pub guard: Word,
    /// How many of them.
    pub guard_bits: u32,
}

impl CNodeCap {
    /// Slot number `index`.
    pub const fn slot(self, index: Word) -> Slot {
        Slot::at(self.base.word(index * Slot::WORDS))
    }

    /// The number of slots.
    pub const fn slot_count(self) -> Word {
        bit(self.radix)
    }
}

/// What a zombie was before its deletion began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ZombieKind {
    /// A thread control block, whose slots are being emptied.
    Tcb,
    /// A CNode with this radix.
    CNode(u32),
}

/// A TCB or CNode in the middle of its deletion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ZombieCap {
    /// The first slot of the object.
    pub base: PhysAddr,
    /// Slots that may still hold a capability: those below this number.
    pub remaining: Word,
    /// What the object was.
    pub kind: ZombieKind,
}

impl ZombieCap {
    /// Slot number `index` of the dying object.
    pub const fn slot(self, index: Word) -> Slot {
        Slot::at(self.base.word(index * Slot::WORDS))
    }
}

/// A capability.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cap {
    /// None: an empty slot.
    Null,
    /// Memory to make objects from.
    Untyped(UntypedCap),
    /// An endpoint.
    Endpoint(EndpointCap),
    /// A notification.
    Notification(NotificationCap),
    /// A reply.
    Reply(ReplyCap),
    /// A CNode.
    CNode(CNodeCap),
    /// A thread control block.
    Thread(Tcb),
    /// The right to make interrupt handlers.
    IrqControl,
    /// The right to handle the interrupt of this number.
    IrqHandler(Word),
    /// A dying TCB or CNode.
    Zombie(ZombieCap),
    /// The right to assign domains.
    Domain,
    /// A capability of the architecture.
    Arch(ArchCap),
}

/// Packs a 16-byte aligned address of up to 48 bits at bit 9.
const fn pack_pointer(address: PhysAddr) -> Word {
    (address.0 >> 4) << 9
}

const fn unpack_pointer(word: Word) -> PhysAddr {
    PhysAddr(bits(word, 9, 44) << 4)
}

const fn flag(condition: bool, position: u32) -> Word {
    if condition { bit(position) } else { 0 }
}

const fn is_set(word: Word, position: u32) -> bool {
    word & bit(position) != 0
}

/// Untyped memory is handed out in multiples of 2^`USED_UNIT_BITS` bytes.
const USED_UNIT_BITS: u32 = sel4_abi::object::MIN_UNTYPED_BITS;

impl Cap {
    /// The type tag of a packed capability.
    pub(crate) const fn tag(word: Word) -> Word {
        word & mask(TAG_BITS)
    }

    /// Packs the capability.
    #[inline(always)]
    pub fn encode(self) -> [Word; 2] {
        match self {
            Self::Null => [0, 0],
            Self::Untyped(UntypedCap { base, size_bits, device, used }) => [
                UNTYPED
                    | flag(device, 5)
                    | (size_bits as Word) << 6
                    | (used >> USED_UNIT_BITS) << 12,
                base.0,
            ],
            Self::Endpoint(EndpointCap { endpoint, badge, rights }) => [
                ENDPOINT
                    | flag(rights.send, 5)
                    | flag(rights.receive, 6)
                    | flag(rights.grant, 7)
                    | flag(rights.grant_reply, 8)
                    | pack_pointer(endpoint.address()),
                badge,
            ],
            Self::Notification(NotificationCap { notification, badge, send, receive }) => [
                NOTIFICATION
                    | flag(send, 5)
                    | flag(receive, 6)
                    | pack_pointer(notification.address()),
                badge,
            ],
            Self::Reply(ReplyCap { caller, master, grant }) => {
                [REPLY | flag(master, 5) | flag(grant, 6), caller.address().0]
            }
            Self::CNode(CNodeCap { base, radix, guard, guard_bits }) => [
                CNODE | (radix as Word) << 5 | (guard_bits as Word) << 11 | (base.0 >> 5) << 18,
                guard,
            ],
            Self::Thread(tcb) => [THREAD, tcb.address().0],
            Self::IrqControl => [IRQ_CONTROL, 0],
            Self::IrqHandler(irq) => [IRQ_HANDLER, irq],
            Self::Zombie(ZombieCap { base, remaining, kind }) => {
                let kind = match kind {
                    ZombieKind::Tcb => mask(7),
                    ZombieKind::CNode(radix) => radix as Word,
                };
                [ZOMBIE | kind << 5 | remaining << 12, base.0]
            }
            Self::Domain => [DOMAIN, 0],
            Self::Arch(cap) => cap.encode(),
        }
    }

    /// Unpacks a capability. Inlined, so that who expects one type looks at
    /// the tag and nothing else.
    #[inline(always)]
    pub fn decode([first, second]: [Word; 2]) -> Self {
        match Self::tag(first) {
            0 => Self::Null,
            UNTYPED => Self::Untyped(UntypedCap {
                base: PhysAddr(second),
                size_bits: small(bits(first, 6, 6)),
                device: is_set(first, 5),
                used: (first >> 12) << USED_UNIT_BITS,
            }),
            ENDPOINT => Self::Endpoint(EndpointCap {
                endpoint: Endpoint::at(unpack_pointer(first)),
                badge: second,
                rights: EndpointRights {
                    send: is_set(first, 5),
                    receive: is_set(first, 6),
                    grant: is_set(first, 7),
                    grant_reply: is_set(first, 8),
                },
            }),
            NOTIFICATION => Self::Notification(NotificationCap {
                notification: Notification::at(unpack_pointer(first)),
                badge: second,
                send: is_set(first, 5),
                receive: is_set(first, 6),
            }),
            REPLY => Self::Reply(ReplyCap {
                caller: Tcb::at(PhysAddr(second)),
                master: is_set(first, 5),
                grant: is_set(first, 6),
            }),
            CNODE => Self::CNode(CNodeCap {
                base: PhysAddr((first >> 18) << 5),
                radix: small(bits(first, 5, 6)),
                guard: second,
                guard_bits: small(bits(first, 11, 7)),
            }),
            THREAD => Self::Thread(Tcb::at(PhysAddr(second))),
            IRQ_CONTROL => Self::IrqControl,
            IRQ_HANDLER => Self::IrqHandler(second),
            ZOMBIE => Self::Zombie(ZombieCap {
                base: PhysAddr(second),
                remaining: first >> 12,
                kind: match bits(first, 5, 7) {
                    kind if kind == mask(7) => ZombieKind::Tcb,
                    radix => ZombieKind::CNode(small(radix)),
                },
            }),
            DOMAIN => Self::Domain,
            _ => ArchCap::decode([first, second]).map_or(Self::Null, Self::Arch),
        }
    }

    /// Whether the slot that holds the capability counts as empty.
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The CNode capability in `self`, if it is one.
    pub fn as_cnode(self) -> Option<CNodeCap> {
        match self {
            Self::CNode(cnode) => Some(cnode),
            _ => None,
        }
    }

    /// The thread that the capability stands for, if it is one.
    pub fn as_thread(self) -> Option<Tcb> {
        match self {
            Self::Thread(tcb) => Some(tcb),
            _ => None,
        }
    }
}
