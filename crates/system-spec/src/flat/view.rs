//! What is read: the same shapes as in [`model`](crate::model), without copies.

use core::slice;

use super::Spec;
use super::raw::{self, id, kind};
use crate::model::{Cap, ContentId, Fill, InstanceId, Interrupt, ObjectId, OnFault, Thread};

/// A kernel object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    pub(super) spec: Spec<'a>,
    pub(super) raw: &'a raw::Object,
}

/// What an object is.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A CNode of 2^`size_bits` slots.
    CNode {
        /// Slots, as a power of two.
        size_bits: u8,
        /// The capabilities in it.
        slots: Slots<'a>,
    },
    /// A translation table.
    TranslationTable {
        /// 0 for the root, counted downwards.
        level: u8,
        /// The entries.
        entries: Slots<'a>,
    },
    /// Memory.
    Frame {
        /// Bytes, as a power of two.
        size_bits: u8,
        /// Where it has to be.
        paddr: Option<u64>,
        /// What it holds at start.
        fills: Fills<'a>,
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

impl<'a> Object<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.spec.name(&self.raw.name).unwrap_or_default()
    }

    /// The instance that it belongs to.
    #[must_use]
    pub fn owner(&self) -> Option<InstanceId> {
        id(self.raw.owner).map(InstanceId)
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind<'a> {
        let raw = self.raw;
        let size_bits = raw.size_bits;
        let paddr = (raw.flags & raw::FIXED != 0).then_some(raw.number);
        let slots = || Slots(raw.list.of(self.spec.slots).unwrap_or_default().iter());
        match raw.kind {
            kind::ENDPOINT => Kind::Endpoint,
            kind::NOTIFICATION => Kind::Notification,
            kind::CNODE => Kind::CNode { size_bits, slots: slots() },
            kind::TRANSLATION_TABLE => {
                Kind::TranslationTable { level: size_bits, entries: slots() }
            }
            kind::FRAME => {
                let fills = raw.list.of(self.spec.fills).unwrap_or_default();
                Kind::Frame { size_bits, paddr, fills: Fills(fills.iter()) }
            }
            kind::UNTYPED => Kind::Untyped { size_bits, paddr },
            kind::TCB => match raw.list.of(self.spec.threads) {
                Some([thread, ..]) => Kind::Tcb(self::thread(thread)),
                // Checked when the block was parsed, as the kinds are.
                _ => Kind::SmcPermission,
            },
            kind::VCPU => Kind::Vcpu,
            kind::INTERRUPT => Kind::Interrupt(Interrupt {
                number: low(raw.number),
                edge: raw.flags & raw::EDGE != 0,
                target: low(raw.number >> 32),
                notification: slots().next().map(|(_, cap)| cap),
            }),
            _ => Kind::SmcPermission,
        }
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}

fn thread(raw: &raw::Thread) -> Thread {
    Thread {
        cspace: raw.cspace.cap(),
        vspace: ObjectId(raw.vspace),
        ipc_buffer: id(raw.ipc_buffer_frame).map(|frame| (raw.ipc_buffer, ObjectId(frame))),
        bound_notification: id(raw.bound_notification).map(ObjectId),
        vcpu: id(raw.vcpu).map(ObjectId),
        fault_endpoint: raw.fault_endpoint,
        priority: raw.priority,
        max_priority: raw.max_priority,
        affinity: raw.affinity,
        domain: raw.domain,
        pc: raw.pc,
        sp: raw.sp,
        arguments: raw.arguments,
        thread_pointer: raw.thread_pointer,
        resume: raw.flags & raw::RESUME != 0,
        fpu_disabled: raw.flags & raw::FPU_DISABLED != 0,
    }
}

macro_rules! list {
    ($(#[$meta:meta])* $name:ident: $raw:ident -> $item:ty = $map:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name<'a>(slice::Iter<'a, raw::$raw>);

        impl Iterator for $name<'_> {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map($map)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl ExactSizeIterator for $name<'_> {}
    };
}

list! {
    /// Capabilities with their slots.
    Slots: Slot -> (u32, Cap) = |slot| (slot.slot, slot.cap())
}

list! {
    /// Parts of a frame that are filled.
    Fills: Fill -> Fill = |fill| Fill {
        offset: fill.offset,
        content: ContentId(fill.content),
        content_offset: fill.content_offset,
        length: fill.length,
    }
}

/// A component instance.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    pub(super) spec: Spec<'a>,
    pub(super) raw: &'a raw::Instance,
}

impl<'a> Instance<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.spec.name(&self.raw.name).unwrap_or_default()
    }

    /// Its component type.
    #[must_use]
    pub fn component(&self) -> &'a str {
        self.spec.name(&self.raw.component).unwrap_or_default()
    }

    /// Its threads.
    pub fn threads(&self) -> impl ExactSizeIterator<Item = ObjectId> + Clone + use<'a> {
        let threads = self.raw.threads.of(self.spec.instance_threads).unwrap_or_default();
        threads.iter().copied().map(ObjectId)
    }

    /// The frame with the ring of its output.
    #[must_use]
    pub fn log(&self) -> Option<ObjectId> {
        id(self.raw.log).map(ObjectId)
    }

    /// What happens after a fault.
    #[must_use]
    pub fn on_fault(&self) -> OnFault {
        match self.raw.on_fault {
            raw::HALT => OnFault::Halt,
            _ => OnFault::Restart { limit: self.raw.restart_limit },
        }
    }

    /// Functions of its program.
    #[must_use]
    pub fn symbols(&self) -> Option<ContentId> {
        id(self.raw.symbols).map(ContentId)
    }
}

/// Bytes to fill memory from.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    pub(super) spec: Spec<'a>,
    pub(super) raw: &'a raw::Content,
}

impl<'a> Content<'a> {
    /// What they are.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.spec.name(&self.raw.name).unwrap_or_default()
    }

    /// The bytes. They begin at a page if the block does.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.spec.content_bytes(self.raw).unwrap_or_default()
    }
}
