//! Threads, instances, and the monitor.

use alloc::collections::BTreeSet;
use alloc::format;

use super::Checker;
use crate::model::{Cap, ObjectId, ObjectKind, Thread};

/// IPC buffers are aligned to their size.
const IPC_BUFFER_ALIGNMENT: u64 = 1024;

fn is_notification(kind: &ObjectKind) -> bool {
    matches!(kind, ObjectKind::Notification)
}

impl Checker<'_> {
    pub(super) fn thread(&mut self, name: &str, thread: &Thread) {
        let is_cnode = |kind: &ObjectKind| matches!(kind, ObjectKind::CNode { .. });
        self.expect(name, "its capability space", thread.cspace.object, "a CNode", is_cnode);
        self.cap(name, "its capability space", &thread.cspace);
        self.expect(name, "its address space", thread.vspace, "a root table", |kind| {
            matches!(kind, ObjectKind::TranslationTable { level: 0, .. })
        });
        if let Some((address, frame)) = thread.ipc_buffer {
            self.ipc_buffer(name, thread, address, frame);
        }
        if let Some(id) = thread.bound_notification {
            let role = "its bound notification";
            self.expect(name, role, id, "a notification", is_notification);
        }
        if let Some(id) = thread.vcpu {
            let role = "its virtual processor";
            self.expect(name, role, id, "a virtual processor", |kind| {
                matches!(kind, ObjectKind::Vcpu)
            });
        }
        if thread.resume
            && thread.vcpu.is_none()
            && !self.mapped(thread.vspace, thread.pc).is_some_and(|cap| cap.memory.executable)
        {
            let pc = thread.pc;
            self.report(name, format!("starts at {pc:#x}, where nothing executable is mapped"));
        }
    }

    fn ipc_buffer(&mut self, name: &str, thread: &Thread, address: u64, frame: ObjectId) {
        let page = self.geometry.page_bits;
        self.expect(
            name,
            "its IPC buffer",
            frame,
            "a frame of the smallest size",
            |kind| matches!(kind, ObjectKind::Frame { size_bits, .. } if *size_bits == page),
        );
        if !address.is_multiple_of(IPC_BUFFER_ALIGNMENT) {
            let what = format!("IPC buffer at {address:#x}, expected a multiple of 0x400");
            self.report(name, what);
        }
        let fits = |cap: &Cap| cap.object == frame && cap.rights.write;
        if !self.mapped(thread.vspace, address).is_some_and(fits) {
            let buffer = self.get(frame).map_or("", |object| object.name.as_str());
            let what = format!("IPC buffer at {address:#x}, where `{buffer}` isn't mapped");
            self.report(name, what);
        }
    }

    pub(super) fn instances(&mut self) {
        let mut names = BTreeSet::new();
        let mut threads = BTreeSet::new();
        for instance in &self.system.instances {
            let name = instance.name.as_str();
            if !names.insert(name) {
                self.report(name, "two instances have this name");
            }
            for id in &instance.threads {
                self.expect(name, "its thread", *id, "a thread", |kind| {
                    matches!(kind, ObjectKind::Tcb(_))
                });
                if !threads.insert(*id) {
                    let thread = self.get(*id).map_or("", |object| object.name.as_str());
                    self.report(name, format!("`{thread}` is the thread of two instances"));
                }
            }
            if let Some(id) = instance.log {
                self.expect(name, "its log", id, "a frame of 4 KiB", |kind| {
                    matches!(kind, ObjectKind::Frame { size_bits: 12, .. })
                });
            }
            if let Some(id) = instance.symbols
                && usize::try_from(id.0).unwrap_or(usize::MAX) >= self.system.contents.len()
            {
                let count = self.system.contents.len();
                self.report(
                    name,
                    format!("its symbols are content {}, expected one of {count}", id.0),
                );
            }
        }
    }

    pub(super) fn monitor(&mut self) {
        let Some(monitor) = self.system.monitor else {
            return;
        };
        let endpoint = |kind: &ObjectKind| matches!(kind, ObjectKind::Endpoint);
        let role = "the fault endpoint";
        self.expect("the monitor", role, monitor.fault_endpoint, "an endpoint", endpoint);
        let role = "the notification";
        let id = monitor.notification;
        self.expect("the monitor", role, id, "a notification", is_notification);
        if let Some(output) = monitor.output {
            let (role, id) = ("what it signals after output", output.notification);
            self.expect("the monitor", role, id, "a notification", is_notification);
            let page = |kind: &ObjectKind| matches!(kind, ObjectKind::Frame { size_bits: 12, .. });
            self.expect("the monitor", "its output", output.frame, "a frame of 4 KiB", page);
            let count = self.system.instances.len();
            if usize::try_from(output.instance.0).is_ok_and(|index| index >= count) {
                self.report(
                    "the monitor",
                    format!(
                        "instance {} prints for it, expected one of {count}",
                        output.instance.0
                    ),
                );
            }
        }
    }
}
