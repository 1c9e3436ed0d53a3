//! Systems as tests look at them: what is mapped where, who holds what.

use std::collections::BTreeMap;

use system_spec::model::{Cap, ObjectId, ObjectKind, System, Thread};

/// A mapped frame.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub address: u64,
    pub size: u64,
    pub cap: Cap,
}

/// Everything that is mapped below a table, in the order of addresses. Three levels, 40 bits.
pub fn mapped(system: &System, root: ObjectId) -> Vec<Page> {
    let mut pages = Vec::new();
    walk(system, root, 0, 0, &mut pages);
    pages
}

fn walk(system: &System, table: ObjectId, level: u32, base: u64, pages: &mut Vec<Page>) {
    let ObjectKind::TranslationTable { entries, .. } = kind(system, table) else {
        panic!("`{}` is no table", name(system, table));
    };
    let step = 1_u64 << (30 - 9 * level);
    for (index, cap) in entries {
        let address = base + u64::from(*index) * step;
        match kind(system, cap.object) {
            ObjectKind::Frame { size_bits, .. } => {
                assert_eq!(1 << size_bits, step, "{}", name(system, cap.object));
                pages.push(Page { address, size: step, cap: *cap });
            }
            _ => walk(system, cap.object, level + 1, address, pages),
        }
    }
}

pub fn kind(system: &System, id: ObjectId) -> &ObjectKind {
    &system.objects[id.0 as usize].kind
}

pub fn name(system: &System, id: ObjectId) -> &str {
    &system.objects[id.0 as usize].name
}

/// The capabilities of an instance, by slot.
pub fn caps(system: &System, instance: &str) -> BTreeMap<u32, Cap> {
    match &super::object(system, &format!("{instance}.cnode")).kind {
        ObjectKind::CNode { slots, .. } => slots.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

/// The thread of an instance.
pub fn thread<'s>(system: &'s System, instance: &str) -> &'s Thread {
    match &super::object(system, &format!("{instance}.tcb")).kind {
        ObjectKind::Tcb(thread) => thread,
        other => panic!("{other:?}"),
    }
}

/// The bytes that an instance sees from an address on, as far as they are filled.
pub fn read(system: &System, instance: &str, address: u64, length: usize) -> Vec<u8> {
    let root = super::object(system, &format!("{instance}.vspace"));
    let index = system.objects.iter().position(|object| std::ptr::eq(object, root)).unwrap();
    let pages = mapped(system, ObjectId(u32::try_from(index).unwrap()));
    let mut out = Vec::new();
    for at in (address..).take(length) {
        let page = pages
            .iter()
            .find(|page| (page.address..page.address + page.size).contains(&at))
            .unwrap_or_else(|| panic!("{instance}: nothing is mapped at {at:#x}"));
        let ObjectKind::Frame { fills, .. } = kind(system, page.cap.object) else {
            unreachable!("pages are frames");
        };
        let offset = at - page.address;
        let byte = fills.iter().find_map(|fill| {
            let within = offset.checked_sub(fill.offset).filter(|it| *it < fill.length)?;
            let content = &system.contents[fill.content.0 as usize].bytes;
            content.get(usize::try_from(fill.content_offset + within).unwrap()).copied()
        });
        out.push(byte.unwrap_or(0));
    }
    out
}

/// The configuration of an instance: what its first argument points to.
pub fn config(system: &System, instance: &str) -> Vec<u8> {
    let address = thread(system, instance).arguments[0];
    let header = read(system, instance, address, 8);
    let size = u32::from_be_bytes(header[4..8].try_into().unwrap());
    read(system, instance, address, size as usize)
}
