//! What the check finds, and what it says.

mod common;

use common::*;
use system_spec::check::{Geometry, check};
use system_spec::model::*;

fn problems(change: impl FnOnce(&mut System)) -> Vec<String> {
    let mut system = good();
    change(&mut system);
    check(&system, Geometry::AARCH64_40).iter().map(ToString::to_string).collect()
}

fn kind(system: &mut System, object: u32) -> &mut ObjectKind {
    &mut system.objects[object as usize].kind
}

fn thread(system: &mut System) -> &mut Thread {
    match kind(system, TCB) {
        ObjectKind::Tcb(thread) => thread,
        _ => unreachable!(),
    }
}

fn slots(system: &mut System, object: u32) -> &mut Vec<(u32, Cap)> {
    match kind(system, object) {
        ObjectKind::CNode { slots, .. } => slots,
        ObjectKind::TranslationTable { entries, .. } => entries,
        _ => unreachable!(),
    }
}

#[test]
fn a_good_system_has_no_problem() {
    assert_eq!(problems(|_| ()), [""; 0]);
    assert!(check(&System::default(), Geometry::AARCH64_44).is_empty());
}

#[test]
fn names_are_unique() {
    assert_eq!(
        problems(|system| system.objects[1].name = "faults".into()),
        ["faults: two objects have this name"]
    );
    assert_eq!(problems(|system| system.objects[1].name.clear()), ["an object: has no name"]);
    assert_eq!(
        problems(|system| system.instances.push(system.instances[0].clone())),
        ["a: two instances have this name", "a: `a.thread` is the thread of two instances"]
    );
    assert_eq!(
        problems(|system| system.objects[6].owner = Some(InstanceId(1))),
        ["a.text: its owner is instance 1, expected one of 1"]
    );
}

#[test]
fn slots_are_there_and_used_once() {
    assert_eq!(problems(|system| slots(system, CNODE)[1].0 = 1), ["a.cnode: slot 1 is used twice"]);
    assert_eq!(
        problems(|system| slots(system, CNODE)[4].0 = 16),
        ["a.cnode: slot 16, expected less than 16"]
    );
    assert_eq!(
        problems(|system| slots(system, CNODE).swap(0, 1)),
        ["a.cnode: slot 1 isn't in ascending order"]
    );
    assert_eq!(
        problems(|system| slots(system, TABLE)[3].0 = 512),
        ["a.table: entry 512, expected less than 512"]
    );
    assert_eq!(
        problems(|system| slots(system, CNODE)[0].1.object = ObjectId(99)),
        ["a.cnode: slot 1 is object 99, expected one of the 16 objects"]
    );
}

#[test]
fn capabilities_are_what_they_can_be() {
    assert_eq!(
        problems(|system| slots(system, CNODE)[3].1.badge = 7),
        ["a.cnode: slot 7 gives `a.untyped` the badge 0x7, but an untyped has none"]
    );
    assert_eq!(
        problems(|system| slots(system, CNODE)[2].1.guard.size = 61),
        ["a.cnode: slot 5 has a guard of 61 bits for `a.cnode` of 2^4 slots, expected at most \
             64 bits together"]
    );
    assert_eq!(
        problems(|system| slots(system, CNODE)[0].1.guard.size = 1),
        ["a.cnode: slot 1 has a guard, but `faults` is no CNode"]
    );
    assert_eq!(
        problems(|system| slots(system, CNODE)[1].1.badge = 1),
        ["a.cnode: slot 4 signals the monitor with the badge 0x1, expected bit 63 in it"]
    );
}

#[test]
fn address_spaces_have_the_kernels_shape() {
    assert_eq!(
        problems(|system| slots(system, DIRECTORY).push((2, cap(BUFFER)))),
        ["a.directory: entry 2 is `a.buffer` of 2^12 bytes, expected 2^21 in a table of level 1"]
    );
    let found = problems(|system| slots(system, ROOT)[0].1.object = ObjectId(TABLE));
    assert_eq!(found[0], "a.root: entry 0 is `a.table` of level 2, expected level 1");
    assert!(
        found.contains(
            &"a.directory: `a.table` is mapped twice, in `a.root` and `a.directory`, expected once"
                .to_owned()
        )
    );
    assert_eq!(
        problems(|system| slots(system, TABLE)[2].1 = cap(TCB)),
        ["a.table: entry 2 is `a.thread`, a thread, expected a frame or a table"]
    );
    assert_eq!(
        problems(|system| slots(system, TABLE)[2].1.rights.read = false),
        ["a.table: entry 2 maps `a.log` without reading"]
    );
    assert_eq!(
        problems(|system| system.objects[8].kind =
            ObjectKind::Frame { size_bits: 16, paddr: None, fills: vec![] })[1],
        "a.log: 2^16 bytes is no size of frames"
    );
    // The same levels with other sizes of tables.
    let system = good();
    let found = check(&system, Geometry::AARCH64_44);
    assert_eq!(
        found[0].to_string(),
        "a.table: entry 0 is `a.text` of 2^12 bytes, expected 2^21 in a table of level 2"
    );
}

#[test]
fn memory_is_filled_from_what_is_there() {
    let fill = |offset, content, content_offset, length| Fill {
        offset,
        content: ContentId(content),
        content_offset,
        length,
    };
    let with = |fills: Vec<Fill>| {
        problems(|system| {
            *kind(system, TEXT) = ObjectKind::Frame { size_bits: 12, paddr: None, fills };
        })
    };
    assert_eq!(with(vec![fill(0, 0, 0, 16), fill(16, 0, 0, 16)]), [""; 0]);
    assert_eq!(
        with(vec![fill(0, 0, 0, 16), fill(15, 0, 0, 1)]),
        ["a.text: filled from 0xf to 0x10, expected ascending parts inside of 0x1000 bytes"]
    );
    assert_eq!(
        with(vec![fill(0xff8, 0, 0, 16)]),
        ["a.text: filled from 0xff8 to 0x1008, expected ascending parts inside of 0x1000 bytes"]
    );
    assert_eq!(
        with(vec![fill(0, 0, 8, 9)]),
        ["a.text: filled from `a.elf` up to byte 0x11, but that has 0x10"]
    );
    assert_eq!(with(vec![fill(0, 5, 0, 1)]), ["a.text: filled from content 5, expected one of 2"]);
    assert_eq!(with(vec![fill(u64::MAX, 0, u64::MAX, u64::MAX)]).len(), 2);
}

#[test]
fn physical_memory_has_one_owner() {
    let place = |paddr| {
        problems(|system| {
            *kind(system, UNTYPED) = ObjectKind::Untyped { size_bits: 13, paddr: Some(paddr) };
        })
    };
    assert_eq!(place(0x900_2000), [""; 0]);
    assert_eq!(
        place(0x900_0000),
        ["a.untyped: physical address 0x9000000 belongs to `uart` already"]
    );
    assert_eq!(
        place(0x900_1000),
        ["a.untyped: physical address 0x9001000, expected a multiple of its size 0x2000"]
    );
}

#[test]
fn threads_can_run() {
    assert_eq!(
        problems(|system| thread(system).pc = 0x20_1000),
        ["a.thread: starts at 0x201000, where nothing executable is mapped"]
    );
    assert_eq!(
        problems(|system| thread(system).ipc_buffer = Some((0x20_2000, ObjectId(BUFFER)))),
        ["a.thread: IPC buffer at 0x202000, where `a.buffer` isn't mapped"]
    );
    assert_eq!(
        problems(|system| thread(system).vspace = ObjectId(TABLE))[0],
        "a.thread: its address space is `a.table`, a translation table, expected a root table"
    );
    assert_eq!(
        problems(|system| thread(system).bound_notification = Some(ObjectId(FAULTS))),
        ["a.thread: its bound notification is `faults`, an endpoint, expected a notification"]
    );
    assert_eq!(
        problems(|system| {
            let mut second = system.objects[TCB as usize].clone();
            second.name = "second".into();
            system.objects.push(second);
        }),
        ["second: `a.events` is bound twice, in `a.thread` and `second`, expected once"]
    );
    assert_eq!(
        problems(|system| {
            let mut second = system.objects[IRQ as usize].clone();
            second.name = "second".into();
            system.objects.push(second);
        }),
        ["second: interrupt 33 is `a.irq` already"]
    );
}

#[test]
fn the_monitor_has_its_objects() {
    assert_eq!(
        problems(|system| {
            if let Some(monitor) = &mut system.monitor {
                monitor.fault_endpoint = ObjectId(SIGNALS);
                monitor.notification = ObjectId(EVENTS);
            }
        })[0..1],
        ["a.irq: what it signals signals the monitor with the badge 0x1, expected bit 63 in it"]
    );
    assert_eq!(
        problems(|system| system.instances[0].log = Some(ObjectId(TCB))),
        ["a: its log is `a.thread`, a thread, expected a frame of 4 KiB"]
    );
    assert_eq!(
        problems(|system| system.instances[0].symbols = Some(ContentId(2))),
        ["a: its symbols are content 2, expected one of 2"]
    );
}

/// No index, however wrong, makes the check itself fail.
#[test]
fn any_index_is_taken() {
    for id in [16, 1000, u32::MAX] {
        for object in 0..16 {
            let found = problems(|system| {
                let id = ObjectId(id);
                match kind(system, object) {
                    ObjectKind::CNode { slots, .. } => slots[0].1.object = id,
                    ObjectKind::TranslationTable { entries, .. } => entries[0].1.object = id,
                    ObjectKind::Tcb(thread) => {
                        thread.cspace.object = id;
                        thread.vspace = id;
                        thread.vcpu = Some(id);
                        thread.bound_notification = Some(id);
                        thread.ipc_buffer = Some((u64::MAX, id));
                        thread.pc = u64::MAX;
                    }
                    ObjectKind::Interrupt(interrupt) => interrupt.notification = Some(cap(id.0)),
                    _ => system.instances[0].threads.push(id),
                }
            });
            assert!(!found.is_empty());
        }
    }
}
