//! The records, as they lie in memory. None has padding.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::model::{Cap, Guard, MemoryAttributes, ObjectId, Rights};

/// Stands for "no object", "no instance".
pub const NONE: u32 = u32::MAX;

/// Gives an identifier its place in a record.
#[cfg(feature = "alloc")]
pub fn optional(id: Option<u32>) -> u32 {
    id.unwrap_or(NONE)
}

/// Reads an identifier from its place in a record.
pub fn id(raw: u32) -> Option<u32> {
    (raw != NONE).then_some(raw)
}

macro_rules! record {
    ($(#[$meta:meta])* $name:ident = $size:literal { $($field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, KnownLayout, Immutable)]
        #[repr(C)]
        pub struct $name {
            $(pub $field: $ty,)*
        }

        const _: () = assert!(size_of::<$name>() == $size);
    };
}

record! {
    /// Records of another table; bytes of the names.
    Range = 16 {
        start: u64,
        count: u64,
    }
}

record! {
    /// Where a table is: bytes from the begin of the block, and how many records.
    Table = 16 {
        offset: u64,
        count: u64,
    }
}

record! {
    /// The begin of the block.
    Header = 184 {
        magic: [u8; 8],
        version: u32,
        flags: u32,
        size: u64,
        fault_endpoint: u32,
        notification: u32,
        output_frame: u32,
        output_notification: u32,
        output_badge: u64,
        output_instance: u32,
        reserved: u32,
        objects: Table,
        slots: Table,
        fills: Table,
        threads: Table,
        instances: Table,
        instance_threads: Table,
        contents: Table,
        names: Table,
    }
}

/// There is a monitor.
pub const HAS_MONITOR: u32 = 1;
/// The monitor has the serial port.
pub const OWNS_CONSOLE: u32 = 2;
/// A component prints for the monitor.
pub const HAS_OUTPUT: u32 = 4;

record! {
    /// An object. What `size_bits`, `number` and `list` mean depends on the kind.
    Object = 48 {
        name: Range,
        number: u64,
        list: Range,
        owner: u32,
        kind: u8,
        size_bits: u8,
        flags: u8,
        reserved: u8,
    }
}

/// `number` is a physical address.
pub const FIXED: u8 = 1;
/// The interrupt is edge-triggered.
pub const EDGE: u8 = 2;

/// Numbers of kinds of objects.
pub mod kind {
    pub const ENDPOINT: u8 = 1;
    pub const NOTIFICATION: u8 = 2;
    pub const CNODE: u8 = 3;
    pub const TRANSLATION_TABLE: u8 = 4;
    pub const FRAME: u8 = 5;
    pub const UNTYPED: u8 = 6;
    pub const TCB: u8 = 7;
    pub const VCPU: u8 = 8;
    pub const INTERRUPT: u8 = 9;
    pub const SMC_PERMISSION: u8 = 10;
}

record! {
    /// A capability in its slot.
    Slot = 32 {
        badge: u64,
        guard: u64,
        slot: u32,
        object: u32,
        rights: u8,
        guard_size: u8,
        memory: u8,
        reserved: u8,
        reserved_word: u32,
    }
}

record! {
    /// A part of a frame that is filled.
    Fill = 32 {
        offset: u64,
        content_offset: u64,
        length: u64,
        content: u32,
        reserved: u32,
    }
}

record! {
    /// A thread.
    Thread = 128 {
        cspace: Slot,
        ipc_buffer: u64,
        fault_endpoint: u64,
        pc: u64,
        sp: u64,
        arguments: [u64; 4],
        thread_pointer: u64,
        vspace: u32,
        ipc_buffer_frame: u32,
        bound_notification: u32,
        vcpu: u32,
        affinity: u32,
        priority: u8,
        max_priority: u8,
        domain: u8,
        flags: u8,
    }
}

/// A flag of a thread that runs from the start.
pub const RESUME: u8 = 1 << 0;
/// A flag of a thread without floating-point registers.
pub const FPU_DISABLED: u8 = 1 << 1;

record! {
    /// An instance.
    Instance = 64 {
        name: Range,
        component: Range,
        threads: Range,
        log: u32,
        symbols: u32,
        on_fault: u32,
        restart_limit: u32,
    }
}

/// A faulting instance is halted.
pub const HALT: u32 = 0;
/// A faulting instance is restarted.
pub const RESTART: u32 = 1;

record! {
    /// Bytes to fill memory from.
    Content = 32 {
        name: Range,
        offset: u64,
        length: u64,
    }
}

const READ: u8 = 1;
const WRITE: u8 = 2;
const GRANT: u8 = 4;
const GRANT_REPLY: u8 = 8;
const CACHED: u8 = 1;
const EXECUTABLE: u8 = 2;

impl Slot {
    /// The record of a capability.
    #[cfg(feature = "alloc")]
    pub fn new(slot: u32, cap: &Cap) -> Self {
        let flag = |set, flag| if set { flag } else { 0 };
        let Rights { read, write, grant, grant_reply } = cap.rights;
        Self {
            badge: cap.badge,
            guard: cap.guard.value,
            slot,
            object: cap.object.0,
            rights: flag(read, READ)
                | flag(write, WRITE)
                | flag(grant, GRANT)
                | flag(grant_reply, GRANT_REPLY),
            guard_size: cap.guard.size,
            memory: flag(cap.memory.cached, CACHED) | flag(cap.memory.executable, EXECUTABLE),
            ..Self::default()
        }
    }

    /// The capability.
    pub fn cap(&self) -> Cap {
        let (rights, memory) = (self.rights, self.memory);
        Cap {
            object: ObjectId(self.object),
            rights: Rights {
                read: rights & READ != 0,
                write: rights & WRITE != 0,
                grant: rights & GRANT != 0,
                grant_reply: rights & GRANT_REPLY != 0,
            },
            badge: self.badge,
            guard: Guard { value: self.guard, size: self.guard_size },
            memory: MemoryAttributes {
                cached: memory & CACHED != 0,
                executable: memory & EXECUTABLE != 0,
            },
        }
    }
}
