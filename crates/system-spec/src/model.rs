//! A system in memory.
//!
//! Objects refer to each other by their index in [`System::objects`]. Capabilities stand where
//! they will be: in the slots of a [`ObjectKind::CNode`] and in the entries of a
//! [`ObjectKind::TranslationTable`]. Orders are kept, so that the same system gives the same bytes.

#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// Index into [`System::objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// Index into [`System::instances`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub u32);

/// Index into [`System::contents`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(pub u32);

/// A whole system.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Every kernel object.
    pub objects: Vec<Object>,
    /// The component instances, which the monitor watches.
    pub instances: Vec<Instance>,
    /// What memory is filled from.
    pub contents: Vec<Content>,
    /// The monitor's own objects. None in systems without a monitor, as other initializers have.
    pub monitor: Option<Monitor>,
}

/// A kernel object.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Unique, for people: `vm0.stack.0`.
    pub name: String,
    /// The instance that it belongs to; none if several share it.
    pub owner: Option<InstanceId>,
    /// What it is.
    pub kind: ObjectKind,
}

/// The kinds of object.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A CNode of 2^`size_bits` slots.
    CNode {
        /// Slots, as a power of two.
        size_bits: u8,
        /// The capabilities in it, by slot, ascending.
        slots: Vec<(u32, Cap)>,
    },
    /// A translation table (seL4's VSpace at level 0, else a page table).
    TranslationTable {
        /// 0 for the root, counted downwards.
        level: u8,
        /// The entries, by index, ascending: tables of the next level, or frames.
        entries: Vec<(u32, Cap)>,
    },
    /// Memory.
    Frame {
        /// Bytes, as a power of two.
        size_bits: u8,
        /// Where it has to be. Memory anywhere if it is left out.
        paddr: Option<u64>,
        /// What it holds at start; the rest is zero. Never given for devices.
        fills: Vec<Fill>,
    },
    /// Memory that its owner may make objects of.
    Untyped {
        /// Bytes, as a power of two.
        size_bits: u8,
        /// Where it has to be.
        paddr: Option<u64>,
    },
    /// A thread.
    Tcb(Thread),
    /// The state of a virtual processor.
    Vcpu,
    /// The right to handle an interrupt.
    Interrupt(Interrupt),
    /// The right to make secure monitor calls.
    SmcPermission,
}

/// A capability, in the place where it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// What it is a capability to.
    pub object: ObjectId,
    /// What may be done with it; ignored where the kind of object has no rights.
    pub rights: Rights,
    /// Badge of an endpoint or notification (0: none), function identifier of an SMC permission
    /// (0: any).
    pub badge: u64,
    /// The guard, of a CNode.
    pub guard: Guard,
    /// How a frame is mapped.
    pub memory: MemoryAttributes,
}

/// Rights of a capability (seL4 manual, 3.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rights {
    /// Receive; read.
    pub read: bool,
    /// Send; write.
    pub write: bool,
    /// Send capabilities.
    pub grant: bool,
    /// Send reply capabilities, as a call does.
    pub grant_reply: bool,
}

impl Rights {
    /// All of them.
    pub const ALL: Self = Self { read: true, write: true, grant: true, grant_reply: true };
    /// Read only; receive only.
    pub const READ: Self = Self { read: true, write: false, grant: false, grant_reply: false };
    /// Send, or signal.
    pub const WRITE: Self = Self { read: false, write: true, grant: false, grant_reply: false };
    /// Read and write.
    pub const READ_WRITE: Self = Self { read: true, write: true, grant: false, grant_reply: false };
    /// Call: send with a reply capability.
    pub const CALL: Self = Self { read: false, write: true, grant: false, grant_reply: true };
}

/// The guard of a CNode capability (seL4 manual, 3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Guard {
    /// Its bits.
    pub value: u64,
    /// How many they are.
    pub size: u8,
}

/// How a frame is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MemoryAttributes {
    /// Normal cached memory; else device memory.
    pub cached: bool,
    /// Instructions may be fetched.
    pub executable: bool,
}

/// A thread's configuration and first registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Root of its capability space, with guard.
    pub cspace: Cap,
    /// Root of its address space.
    pub vspace: ObjectId,
    /// Address and frame of its IPC buffer. Threads of guests have none.
    pub ipc_buffer: Option<(u64, ObjectId)>,
    /// The notification that is bound to it.
    pub bound_notification: Option<ObjectId>,
    /// The virtual processor that it runs.
    pub vcpu: Option<ObjectId>,
    /// Where its faults go: address in its own capability space, 0 for nowhere.
    pub fault_endpoint: u64,
    /// Scheduling priority.
    pub priority: u8,
    /// The highest priority that it may give.
    pub max_priority: u8,
    /// Core, counted from 0.
    pub affinity: u32,
    /// Scheduling domain.
    pub domain: u8,
    /// First instruction.
    pub pc: u64,
    /// Stack pointer.
    pub sp: u64,
    /// The first argument registers.
    pub arguments: [u64; 4],
    /// Thread pointer register; the runtime has the IPC buffer's address there.
    pub thread_pointer: u64,
    /// Whether it runs from the start.
    pub resume: bool,
    /// Whether it never uses floating-point registers, so that nobody has to switch them for it.
    pub fpu_disabled: bool,
}

/// An interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// The kernel's number.
    pub number: u32,
    /// Edge-triggered; else level.
    pub edge: bool,
    /// The core that gets it.
    pub target: u32,
    /// The notification that it signals, with badge.
    pub notification: Option<Cap>,
}

/// A part of a frame that is filled at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Bytes from the start of the frame.
    pub offset: u64,
    /// What from.
    pub content: ContentId,
    /// Bytes from the start of that.
    pub content_offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// Bytes to fill memory from: a file, a segment of a program.
#[cfg(feature = "alloc")]
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// For people.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[cfg(feature = "alloc")]
impl core::fmt::Debug for Content {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Content({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// What the monitor does when a component faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnFault {
    /// The component stops; its clients get errors from then on.
    #[default]
    Halt,
    /// It starts again, at most this many times; then it stops.
    Restart {
        /// How often.
        limit: u32,
    },
}

/// A component instance.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The name.
    pub name: String,
    /// Its component type.
    pub component: String,
    /// Its thread, or threads.
    pub threads: Vec<ObjectId>,
    /// The frame with the ring that its output goes through to the monitor.
    pub log: Option<ObjectId>,
    /// What happens after a fault.
    pub on_fault: OnFault,
    /// Functions of its program, to name addresses with, in the format of [`crate::symbols`].
    pub symbols: Option<ContentId>,
}

/// The bit of badges that tells signals from messages.
pub const SIGNAL: u64 = 1 << 63;

/// The monitor's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Where components' faults arrive. The badge's low 32 bits are the instance's index plus one;
    /// bits 32 to 61 are the thread's index in [`Instance::threads`].
    pub fault_endpoint: ObjectId,
    /// What components signal after they have written into their log ring. Badges have
    /// [`SIGNAL`] set, so that no signal looks like a fault.
    pub notification: ObjectId,
    /// Whether the board's serial port is the monitor's, because no component has it.
    pub owns_console: bool,
    /// The component that prints for the monitor, because it has the serial port.
    pub output: Option<MonitorOutput>,
}

/// The way from the monitor to the component that prints for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonitorOutput {
    /// The instance.
    pub instance: InstanceId,
    /// The frame with a ring as in [`crate::log_ring`], in which the monitor is the one who writes.
    pub frame: ObjectId,
    /// What the monitor signals after it has written.
    pub notification: ObjectId,
    /// With which badge.
    pub badge: u64,
}
