//! What a system costs: per instance frames, tables, capabilities and bytes.

use std::fmt::Write as _;

use system_spec::model::{InstanceId, Object, ObjectKind, System};

/// Bytes of an entry of a table or CNode slot, as powers of two (AArch64).
const ENTRY_BITS: u8 = 3;
const SLOT_BITS: u8 = 5;
/// Bytes of other objects, as powers of two (AArch64 with hypervisor).
const TCB_BITS: u8 = 11;
const VCPU_BITS: u8 = 12;
const TABLE_BITS: u8 = 12;
const ENDPOINT_BITS: u8 = 4;
const NOTIFICATION_BITS: u8 = 6;

/// What something costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Kernel objects.
    pub objects: u64,
    /// Frames.
    pub frames: u64,
    /// Translation tables.
    pub tables: u64,
    /// Capabilities in CNodes.
    pub caps: u64,
    /// Bytes of memory that the kernel has for it, devices left out.
    pub bytes: u64,
    /// Those of them that are frames.
    pub frame_bytes: u64,
}

impl Cost {
    fn add(&mut self, object: &Object, root_bits: u8) {
        self.objects += 1;
        let bits = match &object.kind {
            ObjectKind::Endpoint => ENDPOINT_BITS,
            ObjectKind::Notification => NOTIFICATION_BITS,
            ObjectKind::CNode { size_bits, slots } => {
                self.caps += slots.len() as u64;
                size_bits + SLOT_BITS
            }
            ObjectKind::TranslationTable { level, .. } => {
                self.tables += 1;
                if *level == 0 { root_bits } else { TABLE_BITS }
            }
            ObjectKind::Frame { size_bits, .. } => {
                self.frames += 1;
                self.frame_bytes += 1 << size_bits;
                *size_bits
            }
            ObjectKind::Untyped { size_bits, .. } => *size_bits,
            ObjectKind::Tcb(_) => TCB_BITS,
            ObjectKind::Vcpu => VCPU_BITS,
            ObjectKind::Interrupt(_) | ObjectKind::SmcPermission => return,
        };
        self.bytes += 1_u64 << bits;
    }
}

/// The costs of each instance, and of what is nobody's or several instances'.
#[must_use]
pub fn costs(system: &System, geometry: &crate::geometry::Geometry) -> (Vec<Cost>, Cost) {
    let root_bits = geometry.root_entries() + ENTRY_BITS;
    let mut own = vec![Cost::default(); system.instances.len()];
    let mut shared = Cost::default();
    for object in &system.objects {
        let cost = match object.owner {
            Some(InstanceId(owner)) => own.get_mut(owner as usize),
            None => None,
        };
        cost.unwrap_or(&mut shared).add(object, root_bits);
    }
    (own, shared)
}

/// A table for people.
#[must_use]
pub fn text(system: &System, geometry: &crate::geometry::Geometry) -> String {
    let (own, shared) = costs(system, geometry);
    let names = system.instances.iter().map(|instance| instance.name.as_str());
    let rows: Vec<(&str, Cost)> = names.zip(own).chain([("shared", shared)]).collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("instance".len());
    let mut out = format!(
        "{:<width$} {:>8} {:>8} {:>7} {:>7} {:>12} {:>12}\n",
        "instance", "objects", "frames", "tables", "caps", "frame KiB", "kernel KiB"
    );
    let mut total = Cost::default();
    for (name, cost) in &rows {
        row(&mut out, name, *cost, width);
        total = Cost {
            objects: total.objects + cost.objects,
            frames: total.frames + cost.frames,
            tables: total.tables + cost.tables,
            caps: total.caps + cost.caps,
            bytes: total.bytes + cost.bytes,
            frame_bytes: total.frame_bytes + cost.frame_bytes,
        };
    }
    row(&mut out, "total", total, width);
    let contents: usize = system.contents.iter().map(|content| content.bytes.len()).sum();
    let _ = writeln!(
        out,
        "{} contents with {} KiB are copied at start",
        system.contents.len(),
        contents.div_ceil(1024)
    );
    out
}

fn row(out: &mut String, name: &str, cost: Cost, width: usize) {
    let kib = |bytes: u64| bytes.div_ceil(1024);
    let _ = writeln!(
        out,
        "{name:<width$} {:>8} {:>8} {:>7} {:>7} {:>12} {:>12}",
        cost.objects,
        cost.frames,
        cost.tables,
        cost.caps,
        kib(cost.frame_bytes),
        kib(cost.bytes - cost.frame_bytes)
    );
}
