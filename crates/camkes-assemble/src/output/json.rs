//! The JSON form of capDL that rust-sel4's initializer takes (its release 5.0.0).
//!
//! That initializer makes objects in an order of its own and never stays: it knows no monitor, and
//! nothing that restarts components. So it takes systems that were assembled without one.

use std::collections::BTreeMap;

use crate::geometry::Geometry;
use serde_json::{Value, json};
use system_spec::model::{Cap, Fill, Interrupt, ObjectId, ObjectKind, Rights, System, Thread};

/// Slots of a TCB.
const CSPACE: u32 = 0;
const VSPACE: u32 = 1;
const IPC_BUFFER: u32 = 4;
const BOUND_NOTIFICATION: u32 = 8;
const VCPU: u32 = 9;

/// Levels of tables are counted as if there were always so many.
const LEVELS: usize = 4;

/// A document, and the files that it names.
#[derive(Debug)]
pub struct Export {
    /// The document.
    pub text: String,
    /// Files by name, with contents of the system. The initializer's tool looks for them in its
    /// `--fill-dir`.
    pub files: Vec<(String, usize)>,
}

/// Writes a system.
///
/// # Errors
///
/// When the form has no words for something in it, all in a sentence each.
pub fn export(system: &System, geometry: &Geometry) -> Result<Export, Vec<String>> {
    let order = Order::new(system);
    let root_level = LEVELS.saturating_sub(geometry.level_count());
    let mut export = Exporter { system, order: &order, root_level, errors: Vec::new() };
    if system.monitor.is_some() {
        export
            .errors
            .push("the system has a monitor, expected one that is assembled without".to_owned());
    }
    let objects: Vec<Value> = order.old.iter().map(|id| export.object(*id)).collect();
    let mut irqs = BTreeMap::new();
    for (id, object) in system.objects.iter().enumerate() {
        if let ObjectKind::Interrupt(interrupt) = &object.kind {
            irqs.insert(interrupt.number, order.new[id]);
        }
    }
    let irqs: Vec<Value> =
        irqs.iter().map(|(irq, handler)| json!({"irq": irq, "handler": handler})).collect();
    if !export.errors.is_empty() {
        return Err(export.errors);
    }
    let count = objects.len();
    let document = json!({
        "objects": objects,
        "irqs": irqs,
        "domain_schedule": null,
        "domain_set_start": null,
        "domain_idx_shift": null,
        "asid_slots": [],
        "root_objects": {"start": 0, "end": count},
        "untyped_covers": [],
        "cached_orig_cap_slots": null,
        "log_level": null,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    let files = (0..system.contents.len()).map(|index| (file_name(system, index), index));
    Ok(Export { text, files: files.collect() })
}

/// The file of a content: its number makes it unique, its name says what it is.
fn file_name(system: &System, index: usize) -> String {
    let name = system.contents.get(index).map_or("", |content| content.name.as_str());
    format!("{index:04}-{}", name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "_"))
}

/// The initializer wants objects with an address first, in the order of addresses, then the others
/// from the largest to the smallest.
struct Order {
    /// The objects in their new order.
    old: Vec<ObjectId>,
    /// The new number of each object.
    new: Vec<u32>,
}

impl Order {
    fn new(system: &System) -> Self {
        let mut old: Vec<ObjectId> =
            (0..system.objects.len()).map(|id| ObjectId(crate::builder::index(id))).collect();
        old.sort_by_key(|id| {
            let kind = super::kind(system, *id);
            match kind {
                Some(
                    ObjectKind::Frame { paddr: Some(paddr), .. }
                    | ObjectKind::Untyped { paddr: Some(paddr), .. },
                ) => (0, *paddr, id.0),
                Some(kind) => (1, u64::MAX - u64::from(size_bits(kind)), id.0),
                None => (2, 0, id.0),
            }
        });
        let mut new = vec![0; old.len()];
        for (position, id) in old.iter().enumerate() {
            if let Some(place) = new.get_mut(id.0 as usize) {
                *place = crate::builder::index(position);
            }
        }
        Self { old, new }
    }

    fn of(&self, id: ObjectId) -> u32 {
        self.new.get(id.0 as usize).copied().unwrap_or(u32::MAX)
    }
}

/// Bytes of an object in memory, as a power of two (AArch64 with hypervisor). Root tables may have
/// two pages.
fn size_bits(kind: &ObjectKind) -> u8 {
    match kind {
        ObjectKind::Endpoint => 4,
        ObjectKind::Notification => 6,
        ObjectKind::CNode { size_bits, .. } => size_bits + 5,
        ObjectKind::TranslationTable { level: 0, .. } => 13,
        ObjectKind::TranslationTable { .. } | ObjectKind::Vcpu => 12,
        ObjectKind::Frame { size_bits, .. } | ObjectKind::Untyped { size_bits, .. } => *size_bits,
        ObjectKind::Tcb(_) => 11,
        // They aren't made of memory.
        ObjectKind::Interrupt(_) | ObjectKind::SmcPermission => 0,
    }
}

struct Exporter<'s> {
    system: &'s System,
    order: &'s Order,
    /// The number of the root tables' level.
    root_level: usize,
    errors: Vec<String>,
}

impl Exporter<'_> {
    fn object(&mut self, id: ObjectId) -> Value {
        let Some(object) = self.system.objects.get(id.0 as usize) else {
            return Value::Null;
        };
        let value = match &object.kind {
            ObjectKind::Endpoint => json!("Endpoint"),
            ObjectKind::Notification => json!("Notification"),
            ObjectKind::Vcpu => json!("VCpu"),
            ObjectKind::SmcPermission => json!("ArmSmc"),
            ObjectKind::CNode { size_bits, slots } => {
                json!({"CNode": {"size_bits": size_bits, "slots": self.slots(slots)}})
            }
            ObjectKind::TranslationTable { level, entries } => json!({"PageTable": {
                "is_root": *level == 0, "level": self.root_level + usize::from(*level), "slots": self.slots(entries),
            }}),
            ObjectKind::Frame { size_bits, paddr, fills } => json!({"Frame": {
                "size_bits": size_bits, "paddr": paddr,
                "init": {"entries": fills.iter().map(|it| self.fill(it)).collect::<Vec<_>>()},
            }}),
            ObjectKind::Untyped { size_bits, paddr } => {
                json!({"Untyped": {"size_bits": size_bits, "paddr": paddr}})
            }
            ObjectKind::Tcb(thread) => self.tcb(&object.name, thread),
            ObjectKind::Interrupt(interrupt) => self.interrupt(interrupt),
        };
        json!({"name": object.name, "object": value})
    }

    fn slots(&mut self, slots: &[(u32, Cap)]) -> Vec<Value> {
        slots.iter().map(|(slot, cap)| entry(*slot, self.cap(cap))).collect()
    }

    fn fill(&self, fill: &Fill) -> Value {
        json!({
            "range": {"start": fill.offset, "end": fill.offset + fill.length},
            "content": {"Data": {
                "file": file_name(self.system, fill.content.0 as usize),
                "file_offset": fill.content_offset,
            }},
        })
    }

    fn interrupt(&mut self, interrupt: &Interrupt) -> Value {
        let slots: Vec<Value> =
            interrupt.notification.iter().map(|it| entry(0, self.cap(it))).collect();
        json!({"ArmIrq": {
            "slots": slots,
            "extra": {"trigger": u8::from(interrupt.edge), "target": interrupt.target},
        }})
    }

    fn tcb(&mut self, name: &str, thread: &Thread) -> Value {
        let Some((address, frame)) = thread.ipc_buffer else {
            self.errors.push(format!(
                "`{name}` has no IPC buffer, which that initializer wants every thread to have"
            ));
            return Value::Null;
        };
        let attributes = crate::image::CACHED;
        let buffer = Cap { memory: attributes, ..crate::builder::cap(frame, Rights::READ_WRITE) };
        let mut slots = vec![
            entry(CSPACE, self.cap(&thread.cspace)),
            entry(VSPACE, self.cap(&crate::builder::cap(thread.vspace, Rights::ALL))),
            entry(IPC_BUFFER, self.cap(&buffer)),
        ];
        for (slot, id) in [(BOUND_NOTIFICATION, thread.bound_notification), (VCPU, thread.vcpu)] {
            let cap = id.map(|id| crate::builder::cap(id, Rights::ALL));
            slots.extend(cap.map(|cap| entry(slot, self.cap(&cap))));
        }
        json!({"Tcb": {
            "slots": slots,
            "extra": {
                "ipc_buffer_addr": address,
                "affinity": thread.affinity,
                "prio": thread.priority,
                "max_prio": thread.max_priority,
                "fpu_disabled": thread.fpu_disabled,
                "resume": thread.resume,
                "domain": thread.domain,
                "ip": thread.pc,
                "sp": thread.sp,
                "gprs": thread.arguments,
                "master_fault_ep": thread.fault_endpoint,
            },
        }})
    }

    fn cap(&mut self, cap: &Cap) -> Value {
        let object = self.order.of(cap.object);
        let rights = json!({
            "read": cap.rights.read,
            "write": cap.rights.write,
            "grant": cap.rights.grant,
            "grant_reply": cap.rights.grant_reply,
        });
        let plain = |kind: &str| json!({kind: {"object": object}});
        match super::kind(self.system, cap.object) {
            Some(ObjectKind::Endpoint) => {
                json!({"Endpoint": {"object": object, "badge": cap.badge, "rights": rights}})
            }
            Some(ObjectKind::Notification) => {
                json!({"Notification": {"object": object, "badge": cap.badge, "rights": rights}})
            }
            Some(ObjectKind::CNode { .. }) => json!({"CNode": {
                "object": object, "guard": cap.guard.value, "guard_size": cap.guard.size,
            }}),
            Some(ObjectKind::TranslationTable { .. }) => plain("PageTable"),
            Some(ObjectKind::Frame { .. }) => json!({"Frame": {
                "object": object, "rights": rights,
                "cached": cap.memory.cached, "executable": cap.memory.executable,
            }}),
            Some(ObjectKind::Untyped { .. }) => plain("Untyped"),
            Some(ObjectKind::Tcb(_)) => plain("Tcb"),
            Some(ObjectKind::Vcpu) => plain("VCpu"),
            Some(ObjectKind::Interrupt(_)) => plain("ArmIrqHandler"),
            Some(ObjectKind::SmcPermission) => {
                if cap.badge != 0 {
                    self.errors.push(format!(
                        "a capability allows the secure monitor call {:#x} only, and the form \
                         knows no such limit",
                        cap.badge
                    ));
                }
                plain("ArmSmc")
            }
            None => Value::Null,
        }
    }
}

fn entry(slot: u32, cap: Value) -> Value {
    json!({"slot": slot, "cap": cap})
}
