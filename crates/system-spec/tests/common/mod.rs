//! A small system with one object of every kind.
#![allow(dead_code)] // each test uses a part of it

use system_spec::model::*;

pub fn cap(object: u32) -> Cap {
    Cap {
        object: ObjectId(object),
        rights: Rights::ALL,
        badge: 0,
        guard: Guard::default(),
        memory: MemoryAttributes { cached: true, executable: false },
    }
}

pub fn badged(object: u32, badge: u64) -> Cap {
    Cap { badge, ..cap(object) }
}

fn object(name: &str, owner: Option<u32>, kind: ObjectKind) -> Object {
    Object { name: name.into(), owner: owner.map(InstanceId), kind }
}

fn frame(fills: Vec<Fill>) -> ObjectKind {
    ObjectKind::Frame { size_bits: 12, paddr: None, fills }
}

pub const FAULTS: u32 = 0;
pub const SIGNALS: u32 = 1;
pub const CNODE: u32 = 2;
pub const ROOT: u32 = 3;
pub const DIRECTORY: u32 = 4;
pub const TABLE: u32 = 5;
pub const TEXT: u32 = 6;
pub const BUFFER: u32 = 7;
pub const LOG: u32 = 8;
pub const DEVICE: u32 = 9;
pub const TCB: u32 = 10;
pub const VCPU: u32 = 11;
pub const EVENTS: u32 = 12;
pub const IRQ: u32 = 13;
pub const UNTYPED: u32 = 14;
pub const SMC: u32 = 15;

/// Nothing is wrong with it.
pub fn good() -> System {
    let code = Cap { memory: MemoryAttributes { cached: true, executable: true }, ..cap(TEXT) };
    let device = Cap { memory: MemoryAttributes::default(), ..cap(DEVICE) };
    let fill = Fill { offset: 16, content: ContentId(0), content_offset: 4, length: 8 };
    let guard = Guard { value: 0, size: 60 };
    let cspace = Cap { guard, ..cap(CNODE) };
    let thread = Thread {
        cspace,
        vspace: ObjectId(ROOT),
        ipc_buffer: Some((0x20_1000, ObjectId(BUFFER))),
        bound_notification: Some(ObjectId(EVENTS)),
        vcpu: None,
        fault_endpoint: 1,
        priority: 100,
        max_priority: 101,
        affinity: 0,
        domain: 0,
        pc: 0x20_0010,
        sp: 0x30_0000,
        arguments: [1, 2, 3, 4],
        thread_pointer: 0x20_1000,
        resume: true,
        fpu_disabled: false,
    };
    let interrupt =
        Interrupt { number: 33, edge: true, target: 0, notification: Some(badged(EVENTS, 1)) };
    let objects = vec![
        object("faults", None, ObjectKind::Endpoint),
        object("signals", None, ObjectKind::Notification),
        object(
            "a.cnode",
            Some(0),
            ObjectKind::CNode {
                size_bits: 4,
                slots: vec![
                    (1, badged(FAULTS, 1)),
                    (4, badged(SIGNALS, SIGNAL | 1)),
                    (5, cspace),
                    (7, cap(UNTYPED)),
                    (8, badged(SMC, 0x8400_0000)),
                ],
            },
        ),
        object(
            "a.root",
            Some(0),
            ObjectKind::TranslationTable { level: 0, entries: vec![(0, cap(DIRECTORY))] },
        ),
        object(
            "a.directory",
            Some(0),
            ObjectKind::TranslationTable { level: 1, entries: vec![(1, cap(TABLE))] },
        ),
        object(
            "a.table",
            Some(0),
            ObjectKind::TranslationTable {
                level: 2,
                entries: vec![(0, code), (1, cap(BUFFER)), (2, cap(LOG)), (3, device)],
            },
        ),
        object("a.text", Some(0), frame(vec![fill])),
        object("a.buffer", Some(0), frame(vec![])),
        object("a.log", Some(0), frame(vec![])),
        object(
            "uart",
            None,
            ObjectKind::Frame { size_bits: 12, paddr: Some(0x900_0000), fills: vec![] },
        ),
        object("a.thread", Some(0), ObjectKind::Tcb(thread)),
        object("guest.vcpu", None, ObjectKind::Vcpu),
        object("a.events", Some(0), ObjectKind::Notification),
        object("a.irq", Some(0), ObjectKind::Interrupt(interrupt)),
        object("a.untyped", Some(0), ObjectKind::Untyped { size_bits: 12, paddr: None }),
        object("smc", None, ObjectKind::SmcPermission),
    ];
    let instance = Instance {
        name: "a".into(),
        component: "A".into(),
        threads: vec![ObjectId(TCB)],
        log: Some(ObjectId(LOG)),
        on_fault: OnFault::Restart { limit: 3 },
        symbols: Some(ContentId(1)),
    };
    let content = |name: &str, bytes: &[u8]| Content { name: name.into(), bytes: bytes.into() };
    let symbols = system_spec::symbols::encode([(0x20_0010, 16, "_start")]);
    System {
        objects,
        instances: vec![instance],
        contents: vec![content("a.elf", b"0123456789abcdef"), content("a.symbols", &symbols)],
        monitor: Some(Monitor {
            fault_endpoint: ObjectId(FAULTS),
            notification: ObjectId(SIGNALS),
            owns_console: false,
            output: None,
        }),
    }
}
