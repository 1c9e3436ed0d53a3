extern crate std;

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use crate::model::*;
use crate::read;
use crate::{Config, ConfigError, ValueRef, write};

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn interface(name: &str, kind: Kind) -> Interface {
    Interface {
        name: name.into(),
        ty: "T".into(),
        connector: "seL4Connector".into(),
        kind,
        properties: vec![("topology".into(), Value::List(vec![Value::Integer(7)]))],
    }
}

/// One with everything in it.
fn example() -> InstanceConfig {
    let region = |address| Region { address, size: 0x1000 };
    let dataport = Dataport {
        region: region(0x70_0000),
        readable: true,
        physical: Some(0x1_0000_0000),
        id: Some(3),
        frames: vec![FrameCap { slot: 30, size_bits: 12 }, FrameCap { slot: 31, size_bits: 21 }],
        ..Dataport::default()
    };
    let client = |number, name: &str| Client {
        number,
        name: name.into(),
        transport: Transport::SharedMemory,
        buffer: Some(region(0x60_0000)),
        notification: Some(40 + number),
        properties: vec![("mac".into(), Value::List(vec![Value::Integer(2)]))],
    };
    InstanceConfig {
        console: Console::Ring(region(0x10_0000)),
        heap: Some(region(0x11_0000)),
        stack: region(0x12_0000),
        images: vec![
            DataImage { source: 1 << 40, target: 2, file_size: 3, memory_size: 4 },
            DataImage { source: 5, target: 6, file_size: 7, memory_size: 8 },
        ],
        dma: Some(DmaPool { region: region(0x13_0000), physical: 1 << 33, cached: true }),
        endpoint: true,
        notification: true,
        replies: SlotRange { first: 9, count: 2 },
        interfaces: vec![
            interface("nothing", Kind::Unconnected),
            interface(
                "an_interface_whose_name_is_longer_than_a_node_may_be_called",
                Kind::Uses(Uses { endpoint: 12, client: 4, event: Some(61), ..Uses::default() }),
            ),
            interface(
                "served",
                Kind::Provides(Provides {
                    index: 2,
                    clients: vec![client(1, "vm0.fs"), client(7, "vm1.fs")],
                }),
            ),
            interface("out", Kind::Emits { notifications: vec![20, 21] }),
            interface("in", Kind::Consumes { bit: 5, irqs: vec![Irq { number: 33, handler: 22 }] }),
            interface("memory", Kind::Dataport(dataport.clone())),
            interface(
                "uart",
                Kind::Device {
                    bit: None,
                    irqs: vec![],
                    registers: vec![dataport.clone(), Dataport::default()],
                    path: "/pl011@9000000".into(),
                },
            ),
            interface(
                "queue",
                Kind::VirtQueue {
                    role: QueueRole::Device,
                    memory: dataport,
                    id: 1,
                    length: 256,
                    notification: Some(50),
                    bit: Some(0),
                },
            ),
        ],
        locks: vec![
            ("m".into(), Lock::Mutex),
            ("s".into(), Lock::Semaphore { value: 3 }),
            ("b".into(), Lock::BinarySemaphore { free: true }),
        ],
        attributes: vec![
            ("cmdline".into(), text("console=ttyAMA0")),
            ("largest".into(), Value::Integer(u64::MAX.into())),
            ("smallest".into(), Value::Integer(i64::MIN.into())),
            (
                "layout".into(),
                Value::List(vec![Value::Dict(vec![
                    ("id".into(), Value::Integer(-1)),
                    ("scale".into(), Value::Float(0.5)),
                ])]),
            ),
        ],
        settings: vec![("fs_shmem_size".into(), Value::Integer(0x1000))],
        archive: Some(region(0x4000_0000)),
        guest: Some(guest()),
        ..InstanceConfig::new("vm0", "VM")
    }
}

#[test]
fn what_is_written_is_read() {
    let written = example();
    let blob = write(&written).unwrap();
    assert_eq!(blob, write(&written).unwrap());
    let config = Config::new(&blob).unwrap();
    assert_eq!((config.name(), config.component()), ("vm0", "VM"));
    assert_eq!(config.console(), read::Console::Ring(Region { address: 0x10_0000, size: 0x1000 }));
    assert_eq!(config.heap(), written.heap);
    assert_eq!(config.stack(), written.stack);
    assert_eq!(config.images().collect::<Vec<_>>(), written.images);
    assert_eq!(config.dma(), written.dma);
    assert!(config.has_endpoint() && config.has_notification());
    assert_eq!(config.replies(), written.replies);
    assert_eq!(config.archive(), written.archive);
    check_guest(config.guest().unwrap());
    for (name, lock) in &written.locks {
        assert_eq!(config.lock(name), Some(*lock));
    }
    assert_eq!(config.lock("other"), None);
    assert_eq!(config.setting("fs_shmem_size").unwrap().as_integer(), Some(0x1000_u64));
}

#[test]
fn values_keep_their_kind() {
    let blob = write(&example()).unwrap();
    let config = Config::new(&blob).unwrap();
    assert_eq!(config.attribute("cmdline").unwrap().as_str(), Some("console=ttyAMA0"));
    let largest = config.attribute("largest").unwrap();
    assert_eq!(largest.as_integer(), Some(u64::MAX));
    assert_eq!(largest.as_integer::<i64>(), None);
    assert_eq!(config.attribute("smallest").unwrap().as_integer(), Some(i64::MIN));
    let mut layout = config.attribute("layout").unwrap().as_list().unwrap();
    let entry = layout.next().unwrap().as_dict().unwrap();
    assert_eq!(entry.get("scale").unwrap().as_float(), Some(0.5));
    assert_eq!(entry.get("id"), Some(ValueRef::Integer(-1)));
    assert_eq!(entry.get("absent"), None);
    assert_eq!(layout.next(), None);
}

#[test]
fn interfaces_are_found_by_name() {
    let blob = write(&example()).unwrap();
    let config = Config::new(&blob).unwrap();
    let names: Vec<String> = config.interfaces().map(|found| found.name.to_string()).collect();
    let written: Vec<String> = example().interfaces.into_iter().map(|i| i.name).collect();
    assert_eq!(names, written);

    let read::Kind::Uses(uses) = config.interface(&written[1]).unwrap().kind else { panic!() };
    assert_eq!((uses.endpoint, uses.client, uses.event, uses.buffer), (12, 4, Some(61), None));
    let read::Kind::Provides(served) = config.interface("served").unwrap().kind else { panic!() };
    assert_eq!((served.index, served.clients.len()), (2, 2));
    let second = served.clients.get(1).unwrap();
    assert_eq!((second.number(), second.notification()), (7, Some(47)));
    assert_eq!(second.transport(), Transport::SharedMemory);
    assert_eq!(second.buffer(), Some(Region { address: 0x60_0000, size: 0x1000 }));
    assert_eq!(served.clients.get(2), None);
    let (name, properties) = served.describe(1).unwrap();
    assert_eq!(name, "vm1.fs");
    assert!(properties.get("mac").unwrap().as_list().is_some());
    let read::Kind::Emits(slots) = config.interface("out").unwrap().kind else { panic!() };
    assert_eq!(slots.collect::<Vec<_>>(), [20, 21]);
    let read::Kind::Consumes { bit, mut irqs } = config.interface("in").unwrap().kind else {
        panic!()
    };
    assert_eq!((bit, irqs.next()), (5, Some(Irq { number: 33, handler: 22 })));
    let read::Kind::Dataport(memory) = config.interface("memory").unwrap().kind else { panic!() };
    assert!(memory.readable && !memory.writable && !memory.cached);
    assert_eq!((memory.physical, memory.id), (Some(0x1_0000_0000), Some(3)));
    assert_eq!(memory.frames.last(), Some(FrameCap { slot: 31, size_bits: 21 }));
    let read::Kind::Device(device) = config.interface("uart").unwrap().kind else { panic!() };
    assert_eq!((device.bit, device.path), (None, "/pl011@9000000"));
    assert_eq!(device.registers().count(), 2);
    let read::Kind::VirtQueue(queue) = config.interface("queue").unwrap().kind else { panic!() };
    assert_eq!((queue.role, queue.length), (QueueRole::Device, 256));
    assert_eq!((queue.notification, queue.bit), (Some(50), Some(0)));
}

#[test]
fn what_is_no_configuration_is_refused() {
    assert_eq!(Config::new(b"nothing").unwrap_err(), ConfigError::NoBlob);
    let blob = fdt::blob::write(&fdt::tree::Tree::default()).unwrap();
    let error = Config::new(&blob).unwrap_err();
    assert_eq!(error.to_string(), "the configuration's \"instance\" is missing or damaged");
}

/// Reads everything; nothing may panic or go on for ever.
fn read_all(config: &Config<'_>) {
    fn value(found: ValueRef<'_>, depth: usize) {
        match found {
            ValueRef::List(list) if depth < 8 => list.for_each(|item| value(item, depth + 1)),
            ValueRef::Dict(dict) if depth < 8 => dict.for_each(|(_, item)| value(item, depth + 1)),
            _ => (),
        }
    }
    let _ = (config.console(), config.heap(), config.dma(), config.replies(), config.archive());
    let _ = (config.images().count(), config.locks().count());
    if let Some(guest) = config.guest() {
        let _ = (guest.memory().count(), guest.vcpus().count(), guest.gic(), guest.timer());
        for device in guest.devices() {
            let _ = (device.path(), device.registers().count(), device.interrupts().count());
        }
    }
    value(ValueRef::Dict(config.attributes()), 0);
    value(ValueRef::Dict(config.settings()), 0);
    for interface in config.interfaces() {
        value(ValueRef::Dict(interface.properties), 0);
        match interface.kind {
            read::Kind::Provides(provides) => {
                for index in 0..provides.clients.len() {
                    let _ = (provides.clients.get(index), provides.describe(index));
                }
            }
            read::Kind::Dataport(memory) => drop(memory.frames.count()),
            read::Kind::Device(device) => {
                let _ = (device.irqs.count(), device.registers().count());
            }
            read::Kind::Emits(slots) => drop(slots.count()),
            _ => (),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn damaged_blobs_do_no_harm(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        shorten in any::<bool>(),
    ) {
        let mut blob = write(&example()).unwrap();
        for (index, byte) in &changes {
            let at = index.index(blob.len());
            blob[at] = *byte;
        }
        if shorten {
            let length = cut.index(blob.len());
            blob.truncate(length);
        }
        if let Ok(config) = Config::new(&blob) {
            read_all(&config);
        }
    }
}

#[test]
fn each_word_damaged_does_no_harm() {
    let good = write(&example()).unwrap();
    for at in (0..good.len() - 4).step_by(4) {
        for value in [0_u32, 2, u32::MAX] {
            let mut blob = good.clone();
            blob[at..at + 4].copy_from_slice(&value.to_be_bytes());
            if let Ok(config) = Config::new(&blob) {
                read_all(&config);
            }
        }
    }
}

fn guest() -> crate::model::guest::Guest {
    use crate::model::guest::{Device, Gic, GicProcessors, Guest, Interrupt, Kept, Memory, Vcpu};
    let region = |address, size| Region { address, size };
    let interrupt =
        |number, bit| Interrupt { irq: Irq { number, handler: number + 1 }, bit, edge: bit == 3 };
    Guest {
        memory: vec![Memory {
            guest: 0x4000_0000,
            window: region(0x80_0000_0000, 1 << 29),
            physical: Some(0x4000_0000),
        }],
        gic: Gic {
            distributor: region(0x800_0000, 0x1_0000),
            processors: GicProcessors::Interface(region(0x801_0000, 0x1000)),
        },
        timer: Some(interrupt(30, 2)),
        devices: vec![
            Device {
                path: Some("/pl011@9000000".into()),
                registers: vec![region(0x900_0000, 0x1000)],
                interrupts: vec![interrupt(33, 3), interrupt(34, 4)],
            },
            Device { interrupts: vec![interrupt(90, 5)], ..Device::default() },
        ],
        kept: vec![
            Kept { path: "/apb-pclk".into(), subtree: false },
            Kept { path: "/clocks".into(), subtree: true },
        ],
        vcpus: vec![
            Vcpu { tcb: 7, untyped: 8, object: 9, priority: 253 },
            Vcpu { tcb: 10, untyped: 11, object: 12, priority: 253 },
        ],
        board_tree: Some(region(0x7000_0000, 1234)),
    }
}

#[test]
fn redistributors_take_the_place_of_the_cpu_interface() {
    use crate::model::guest::{Gic, GicProcessors, Guest};
    let region = |address, size| Region { address, size };
    let gic = Gic {
        distributor: region(0x800_0000, 0x1_0000),
        processors: GicProcessors::Redistributors(region(0x80a_0000, 0xf6_0000)),
    };
    let config = InstanceConfig { guest: Some(Guest { gic, ..guest() }), ..example() };
    let blob = write(&config).unwrap();
    assert_eq!(Config::new(&blob).unwrap().guest().unwrap().gic(), Some(gic));
}

fn check_guest(read: crate::guest::Guest<'_>) {
    let written = guest();
    assert_eq!(read.memory().collect::<Vec<_>>(), written.memory);
    assert_eq!(read.gic(), Some(written.gic));
    assert_eq!(read.timer(), written.timer);
    assert_eq!(read.vcpus().collect::<Vec<_>>(), written.vcpus);
    assert_eq!(read.board_tree(), written.board_tree);
    let kept = written.kept.iter().map(|kept| (kept.path.as_str(), kept.subtree));
    assert!(read.kept().eq(kept));
    assert_eq!(read.devices().count(), written.devices.len());
    for (read, written) in read.devices().zip(&written.devices) {
        assert_eq!(read.path(), written.path.as_deref());
        assert_eq!(read.registers().collect::<Vec<_>>(), written.registers);
        assert_eq!(read.interrupts().collect::<Vec<_>>(), written.interrupts);
    }
}

#[test]
fn regions_overlap_if_they_share_a_byte() {
    let region = |address, size| Region { address, size };
    let part = region(0x1000, 0x1000);
    for (other, expected) in [
        (region(0x1fff, 1), true),
        (region(0, 0x1001), true),
        (region(0, u64::MAX), true),
        (region(0x2000, 1), false),
        (region(0, 0x1000), false),
        (region(0x1800, 0), false),
        (region(u64::MAX, 2), false),
    ] {
        assert_eq!((part.overlaps(other), other.overlaps(part)), (expected, expected), "{other:?}");
    }
}
