//! Writing.

use alloc::vec;
use alloc::vec::Vec;

use zerocopy::{Immutable, IntoBytes};

use super::raw::{self, kind, optional};
use super::{ALIGNMENT, MAGIC, VERSION};
use crate::model::{Cap, Instance, Object, ObjectKind, OnFault, System, Thread};

/// Writes a system. The same system gives the same bytes. Whether it makes sense isn't looked at:
/// see [`check`](fn@crate::check::check).
#[must_use]
pub fn encode(system: &System) -> Vec<u8> {
    let mut tables = Tables::default();
    for object in &system.objects {
        tables.object(object);
    }
    for instance in &system.instances {
        tables.instance(instance);
    }
    tables.finish(system)
}

fn widen(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct Tables {
    objects: Vec<raw::Object>,
    slots: Vec<raw::Slot>,
    fills: Vec<raw::Fill>,
    threads: Vec<raw::Thread>,
    instances: Vec<raw::Instance>,
    instance_threads: Vec<u32>,
    names: Vec<u8>,
}

/// Adds records to a table; returns where they are.
fn add<T>(table: &mut Vec<T>, records: impl IntoIterator<Item = T>) -> raw::Range {
    let start = table.len();
    table.extend(records);
    raw::Range { start: widen(start), count: widen(table.len() - start) }
}

impl Tables {
    fn object(&mut self, object: &Object) {
        let mut record = raw::Object {
            name: add(&mut self.names, object.name.bytes()),
            owner: optional(object.owner.map(|id| id.0)),
            ..raw::Object::default()
        };
        let fixed = |record: &mut raw::Object, paddr: Option<u64>| {
            if let Some(paddr) = paddr {
                record.number = paddr;
                record.flags |= raw::FIXED;
            }
        };
        let slot = |(slot, cap): &(u32, Cap)| raw::Slot::new(*slot, cap);
        record.kind = match &object.kind {
            ObjectKind::Endpoint => kind::ENDPOINT,
            ObjectKind::Notification => kind::NOTIFICATION,
            ObjectKind::CNode { size_bits, slots } => {
                record.size_bits = *size_bits;
                record.list = add(&mut self.slots, slots.iter().map(slot));
                kind::CNODE
            }
            ObjectKind::TranslationTable { level, entries } => {
                record.size_bits = *level;
                record.list = add(&mut self.slots, entries.iter().map(slot));
                kind::TRANSLATION_TABLE
            }
            ObjectKind::Frame { size_bits, paddr, fills } => {
                record.size_bits = *size_bits;
                fixed(&mut record, *paddr);
                let fill = |fill: &crate::model::Fill| raw::Fill {
                    offset: fill.offset,
                    content_offset: fill.content_offset,
                    length: fill.length,
                    content: fill.content.0,
                    reserved: 0,
                };
                record.list = add(&mut self.fills, fills.iter().map(fill));
                kind::FRAME
            }
            ObjectKind::Untyped { size_bits, paddr } => {
                record.size_bits = *size_bits;
                fixed(&mut record, *paddr);
                kind::UNTYPED
            }
            ObjectKind::Tcb(thread) => {
                record.list = add(&mut self.threads, [self::thread(thread)]);
                kind::TCB
            }
            ObjectKind::Vcpu => kind::VCPU,
            ObjectKind::Interrupt(interrupt) => {
                record.number = u64::from(interrupt.number) | u64::from(interrupt.target) << 32;
                record.flags = if interrupt.edge { raw::EDGE } else { 0 };
                let cap = interrupt.notification.iter().map(|cap| raw::Slot::new(0, cap));
                record.list = add(&mut self.slots, cap);
                kind::INTERRUPT
            }
            ObjectKind::SmcPermission => kind::SMC_PERMISSION,
        };
        self.objects.push(record);
    }

    fn instance(&mut self, instance: &Instance) {
        let (on_fault, restart_limit) = match instance.on_fault {
            OnFault::Halt => (raw::HALT, 0),
            OnFault::Restart { limit } => (raw::RESTART, limit),
        };
        let threads = instance.threads.iter().map(|id| id.0);
        self.instances.push(raw::Instance {
            name: add(&mut self.names, instance.name.bytes()),
            component: add(&mut self.names, instance.component.bytes()),
            threads: add(&mut self.instance_threads, threads),
            log: optional(instance.log.map(|id| id.0)),
            symbols: optional(instance.symbols.map(|id| id.0)),
            on_fault,
            restart_limit,
        });
    }

    fn finish(mut self, system: &System) -> Vec<u8> {
        let mut contents: Vec<raw::Content> = system
            .contents
            .iter()
            .map(|content| raw::Content {
                name: add(&mut self.names, content.name.bytes()),
                offset: 0,
                length: widen(content.bytes.len()),
            })
            .collect();

        // Tables come first, so that reading them touches few pages.
        let mut next = size_of::<raw::Header>();
        let mut header = raw::Header { magic: MAGIC, version: VERSION, ..raw::Header::default() };
        header.objects = place(&mut next, &self.objects);
        header.slots = place(&mut next, &self.slots);
        header.fills = place(&mut next, &self.fills);
        header.threads = place(&mut next, &self.threads);
        header.instances = place(&mut next, &self.instances);
        header.contents = place(&mut next, &contents);
        header.instance_threads = place(&mut next, &self.instance_threads);
        header.names = place(&mut next, &self.names);
        for (record, content) in contents.iter_mut().zip(&system.contents) {
            next = next.next_multiple_of(ALIGNMENT);
            record.offset = widen(next);
            next += content.bytes.len();
        }
        header.size = widen(next);
        (header.fault_endpoint, header.notification) = (raw::NONE, raw::NONE);
        if let Some(monitor) = &system.monitor {
            header.flags = raw::HAS_MONITOR;
            if monitor.owns_console {
                header.flags |= raw::OWNS_CONSOLE;
            }
            header.fault_endpoint = monitor.fault_endpoint.0;
            header.notification = monitor.notification.0;
            if let Some(output) = monitor.output {
                header.flags |= raw::HAS_OUTPUT;
                header.output_instance = output.instance.0;
                header.output_frame = output.frame.0;
                header.output_notification = output.notification.0;
                header.output_badge = output.badge;
            }
        }

        let mut bytes = vec![0; next];
        put(&mut bytes, 0, header.as_bytes());
        put(&mut bytes, header.objects.offset, self.objects.as_bytes());
        put(&mut bytes, header.slots.offset, self.slots.as_bytes());
        put(&mut bytes, header.fills.offset, self.fills.as_bytes());
        put(&mut bytes, header.threads.offset, self.threads.as_bytes());
        put(&mut bytes, header.instances.offset, self.instances.as_bytes());
        put(&mut bytes, header.contents.offset, contents.as_bytes());
        put(&mut bytes, header.instance_threads.offset, self.instance_threads.as_bytes());
        put(&mut bytes, header.names.offset, &self.names);
        for (record, content) in contents.iter().zip(&system.contents) {
            put(&mut bytes, record.offset, &content.bytes);
        }
        bytes
    }
}

/// Finds the place of a table.
fn place<T: IntoBytes + Immutable>(next: &mut usize, table: &[T]) -> raw::Table {
    let offset = next.next_multiple_of(align_of::<T>());
    *next = offset + size_of_val(table);
    raw::Table { offset: widen(offset), count: widen(table.len()) }
}

/// Writes where [`place`] has made room.
fn put(bytes: &mut [u8], offset: u64, part: &[u8]) {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    if let Some(room) = bytes.get_mut(start..).and_then(|rest| rest.get_mut(..part.len())) {
        room.copy_from_slice(part);
    }
}

fn flags(thread: &Thread) -> u8 {
    let flags = [(thread.resume, raw::RESUME), (thread.fpu_disabled, raw::FPU_DISABLED)];
    flags.into_iter().filter(|(set, _)| *set).fold(0, |flags, (_, flag)| flags | flag)
}

fn thread(thread: &Thread) -> raw::Thread {
    let (ipc_buffer, frame) = match thread.ipc_buffer {
        Some((address, frame)) => (address, frame.0),
        None => (0, raw::NONE),
    };
    raw::Thread {
        cspace: raw::Slot::new(0, &thread.cspace),
        ipc_buffer,
        fault_endpoint: thread.fault_endpoint,
        pc: thread.pc,
        sp: thread.sp,
        arguments: thread.arguments,
        thread_pointer: thread.thread_pointer,
        vspace: thread.vspace.0,
        ipc_buffer_frame: frame,
        bound_notification: optional(thread.bound_notification.map(|id| id.0)),
        vcpu: optional(thread.vcpu.map(|id| id.0)),
        affinity: thread.affinity,
        priority: thread.priority,
        max_priority: thread.max_priority,
        domain: thread.domain,
        flags: flags(thread),
    }
}
