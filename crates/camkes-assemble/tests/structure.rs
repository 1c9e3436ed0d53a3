//! What holds of every system: rights, badges, guard pages, and that ends of connections meet.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::views::{caps, config, kind, mapped, name, read, thread};
use common::{Source, object};
use component_config::Config;
use component_config::read::Kind;
use system_spec::model::{ObjectKind, Rights, System};

/// A system with every connector that needs no device.
fn tour() -> (Source, System) {
    let mut source = Source::new(include_str!("tour.camkes"));
    let files = camkes_assemble::cpio::pack([("motd", b"welcome".as_slice())]).unwrap();
    source.archives.insert("fserv".into(), files);
    let system = source.system();
    (source, system)
}

const INSTANCES: [&str; 6] = ["one", "two", "server", "fserv", "driver", "peer"];

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (source, system) = tour();
    let again = source.system();
    assert_eq!(system_spec::flat::encode(&system), system_spec::flat::encode(&again));
    let text = camkes_assemble::output::capdl::text(&system);
    assert_eq!(text, camkes_assemble::output::capdl::text(&again));
}

#[test]
fn components_hold_what_they_need_and_no_more() {
    let (_, system) = tour();
    for instance in INSTANCES {
        for (slot, cap) in caps(&system, instance) {
            let what = name(&system, cap.object);
            let own = what.starts_with(&format!("{instance}."));
            match kind(&system, cap.object) {
                ObjectKind::Endpoint if own => assert_eq!(cap.rights, Rights::READ, "{what}"),
                ObjectKind::Endpoint => assert_eq!(cap.rights, Rights::CALL, "{what}"),
                ObjectKind::Notification if own && slot == 3 => {
                    assert_eq!((cap.rights, cap.badge), (Rights::READ, 0), "{what}");
                }
                ObjectKind::Notification => {
                    assert_eq!(cap.rights, Rights::WRITE, "{what}");
                    assert!(cap.badge >> 63 == 1, "{what}");
                }
                ObjectKind::CNode { .. } => assert!(own && slot == 5, "{instance} has {what}"),
                ObjectKind::Interrupt(_) => assert!(own, "{instance} has {what}"),
                other => panic!("{instance} has {what}: {other:?}"),
            }
        }
    }
}

#[test]
fn badges_tell_clients_apart() {
    let (_, system) = tour();
    let mut badges = BTreeSet::new();
    let mut calls = 0;
    for object in &system.objects {
        let ObjectKind::CNode { slots, .. } = &object.kind else {
            continue;
        };
        for (_, cap) in slots.iter().filter(|(_, cap)| cap.rights == Rights::CALL) {
            assert!(badges.insert((cap.object, cap.badge)), "{}: {cap:?}", object.name);
            calls += 1;
        }
    }
    // Four calls and a file server for each client, and six fault endpoints.
    assert_eq!(calls, 2 * 5 + 6);
}

#[test]
fn nothing_is_both_writable_and_executable() {
    let (_, system) = tour();
    for instance in INSTANCES {
        let pages = mapped(&system, thread(&system, instance).vspace);
        assert!(pages.iter().any(|page| page.cap.memory.executable), "{instance}");
        for page in pages {
            let cap = page.cap;
            assert!(!(cap.rights.write && cap.memory.executable), "{instance}: {page:?}");
        }
    }
}

#[test]
fn pages_around_stack_and_buffers_are_not_mapped() {
    let (_, system) = tour();
    for instance in INSTANCES {
        let thread = thread(&system, instance);
        let pages = mapped(&system, thread.vspace);
        let is_mapped = |address: u64| {
            pages.iter().any(|page| (page.address..page.address + page.size).contains(&address))
        };
        assert!(thread.fpu_disabled, "{instance}: programs are built without floating point");
        let (buffer, _) = thread.ipc_buffer.unwrap();
        for (start, end) in [(thread.sp - 0x4000, thread.sp), (buffer, buffer + 0x1000)] {
            assert!(is_mapped(start) && is_mapped(end - 1), "{instance}: {start:#x}");
            assert!(!is_mapped(start - 1), "{instance}: below {start:#x}");
            assert!(!is_mapped(end), "{instance}: above {end:#x}");
        }
    }
}

#[test]
fn large_memory_has_large_frames() {
    let (_, system) = tour();
    let sizes: Vec<(&str, u8)> = system
        .objects
        .iter()
        .filter_map(|object| match object.kind {
            ObjectKind::Frame { size_bits, .. } if size_bits > 12 => {
                Some((object.name.as_str(), size_bits))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("driver.heap", 21),
        ("fserv.heap", 21),
        ("memory.0xbec00000", 21),
        ("memory.0xbee00000", 21),
        ("one.fs.buffer", 21),
        ("one.heap", 21),
        ("peer.heap", 21),
        ("server.heap", 21),
        ("two.heap", 21),
    ];
    let mut sorted = sizes.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

#[test]
fn programs_begin_with_their_data() {
    let (_, system) = tour();
    let bytes = config(&system, "one");
    let config = Config::new(&bytes).unwrap();
    let image = config.images().next().unwrap();
    assert_eq!((image.target, image.file_size, image.memory_size), (0x22_0010, 9, 0x1800));
    assert_eq!(read(&system, "one", image.source, 9), b"variables");
    assert_eq!(read(&system, "one", image.target, 9), [0; 9], "the runtime copies them");
    assert_eq!(read(&system, "one", 0x20_0040, 9), b"constants");
    // Both instances of a type have the same read-only frames.
    let text = |instance: &str| {
        let pages = mapped(&system, thread(&system, instance).vspace);
        pages.iter().find(|page| page.cap.memory.executable).unwrap().cap.object
    };
    assert_eq!(text("one"), text("two"));
    assert_ne!(text("one"), text("server"));
    assert_eq!(object(&system, name(&system, text("one"))).owner, None);
}

/// What an instance is told of an interface.
macro_rules! interface {
    ($config:expr, $name:literal, $kind:ident) => {
        match $config.interface($name).expect($name).kind {
            Kind::$kind(found) => found,
            other => panic!("{}: {other:?}", $name),
        }
    };
}

#[test]
fn calls_reach_their_server() {
    let (_, system) = tour();
    let (one, two, server) =
        (config(&system, "one"), config(&system, "two"), config(&system, "server"));
    let server = Config::new(&server).unwrap();
    let provides = interface!(server, "adder", Provides);
    assert_eq!(provides.index, 0);
    let numbers: Vec<u32> = provides.clients.iter().map(|client| client.number()).collect();
    assert_eq!(numbers, [2, 1], "the one that is set, and the next free one");
    for (index, (instance, blob)) in (0..).zip([("one", &one), ("two", &two)]) {
        let client = Config::new(blob).unwrap();
        let uses = interface!(client, "adder", Uses);
        let cap = caps(&system, instance)[&uses.endpoint];
        assert_eq!(name(&system, cap.object), "server.endpoint");
        assert_eq!(cap.badge, component_config::badge::client(0, index));
        assert_eq!(uses.client, numbers[index as usize]);
        assert_eq!(provides.describe(index as usize).unwrap().0, format!("{instance}.adder"));
    }
    // Four interfaces with two clients each can have saved replies.
    assert_eq!(server.replies().count, 8);
    let slots = caps(&system, "server");
    let first = server.replies().first;
    assert!((first..first + 8).all(|slot| !slots.contains_key(&slot)));
    assert!(slots.contains_key(&component_config::slot::CNODE));
}

#[test]
fn events_reach_their_receiver() {
    let (_, system) = tour();
    let (one, server) = (config(&system, "one"), config(&system, "server"));
    let (one, server) = (Config::new(&one).unwrap(), Config::new(&server).unwrap());
    let Kind::Consumes { bit, .. } = server.interface("tick").unwrap().kind else {
        panic!("it consumes");
    };
    let mut emits = interface!(one, "tick", Emits);
    let slot = emits.next().unwrap();
    let cap = caps(&system, "one")[&slot];
    assert_eq!(name(&system, cap.object), "server.notification");
    assert_eq!(cap.badge, component_config::badge::event(bit));
    // The timer calls back, each client on a bit of its own instance.
    let event = interface!(one, "timer", Uses).event.unwrap();
    let client = interface!(server, "timer", Provides).clients.get(0).unwrap();
    let cap = caps(&system, "server")[&client.notification().unwrap()];
    assert_eq!(name(&system, cap.object), "one.notification");
    assert_eq!(cap.badge, component_config::badge::event(event));
    // No two events of an instance have the same bit.
    let mut bits: Vec<u64> = Vec::new();
    for instance in INSTANCES {
        let signals = caps(&system, instance).into_values().filter(|cap| cap.badge >> 63 == 1);
        bits.extend(signals.filter_map(|cap| {
            (name(&system, cap.object) == "one.notification").then_some(cap.badge)
        }));
    }
    bits.sort_unstable();
    let count = bits.len();
    bits.dedup();
    assert_eq!(bits.len(), count);
}

#[test]
fn both_ends_see_the_same_memory() {
    let (_, system) = tour();
    let blobs: BTreeMap<&str, Vec<u8>> =
        INSTANCES.iter().map(|name| (*name, config(&system, name))).collect();
    let config = |name: &str| Config::new(&blobs[name]).unwrap();
    let frame = |instance: &str, address: u64| {
        let pages = mapped(&system, thread(&system, instance).vspace);
        let page = pages
            .iter()
            .find(|page| (page.address..page.address + page.size).contains(&address))
            .unwrap_or_else(|| panic!("{instance}: {address:#x}"));
        (name(&system, page.cap.object).to_owned(), page.cap.rights.write)
    };
    let buffer = interface!(config("one"), "fs", Uses).buffer.unwrap();
    assert_eq!(buffer.size, 0x20_0000);
    let client = interface!(config("fserv"), "fs_ctrl", Provides).clients.get(0).unwrap();
    assert_eq!(frame("one", buffer.address), frame("fserv", client.buffer().unwrap().address));

    let data = interface!(config("one"), "data", Dataport);
    let other = interface!(config("server"), "data", Dataport);
    assert!(data.writable && !other.writable);
    let (name, writable) = frame("one", data.region.address);
    assert_eq!(frame("server", other.region.address), (name, false));
    assert!(writable);

    // One's driver end is two's device end.
    let driver = interface!(config("one"), "send", VirtQueue);
    let device = interface!(config("two"), "receive", VirtQueue);
    assert_eq!(
        frame("one", driver.memory.region.address),
        frame("two", device.memory.region.address)
    );
    assert_eq!((driver.id, device.id), (0, 1));

    // Files that are read without the server.
    let archive = config("two").interface("fs").unwrap().properties.get("archive").unwrap();
    let address = archive.as_dict().unwrap().get("address").unwrap().as_integer().unwrap();
    assert_eq!(frame("two", address), ("fserv.archive".to_owned(), false));
    assert_eq!(read(&system, "two", address, 6), b"070701");
    assert_eq!(config("fserv").archive().unwrap().size, config_size(&system));

    // Memory for devices is where it is told to be.
    let ring = interface!(config("driver"), "ring", Dataport);
    let physical = ring.physical.unwrap();
    assert_eq!(
        frame("peer", interface!(config("peer"), "ring", Dataport).region.address).0,
        format!("memory.{physical:#x}")
    );
    let pool = config("driver").dma().unwrap();
    assert_eq!((pool.physical, pool.region.size, pool.cached), (0xbec0_0000, 0x40_0000, true));
    let _ = kind;
}

fn config_size(system: &System) -> u64 {
    let archive = system.contents.iter().find(|content| content.name == "fserv.archive").unwrap();
    archive.bytes.len() as u64
}

#[test]
fn settings_and_attributes_are_told() {
    let (_, system) = tour();
    let blob = config(&system, "one");
    let config = Config::new(&blob).unwrap();
    assert_eq!(config.attribute("answer").unwrap().as_integer::<i64>(), Some(42));
    assert_eq!(config.attribute("greeting").unwrap().as_str(), Some("hello"));
    assert_eq!(config.setting("fs_shmem_size").unwrap().as_integer::<i64>(), Some(0x20_0000));
    use component_config::Lock;
    assert_eq!(config.lock("lock"), Some(Lock::Mutex));
    assert_eq!(config.lock("sem"), Some(Lock::Semaphore { value: 3 }));
    assert_eq!(config.lock("bin"), Some(Lock::BinarySemaphore { free: false }));
    // Output is a ring, and a doorbell for what is put there.
    let properties = config.interface("text").unwrap().properties;
    assert!(properties.get("doorbell").is_some());
}

/// All objects and capabilities of the system of two clients and a server, with that connector
/// between them; without the configurations, which have its name.
fn calls_over(connector: &str) -> String {
    let libraries = "import <std_connector.camkes>; import <global-connectors.camkes>;";
    let text = include_str!("golden/call.camkes")
        .replace("seL4RPCCall", connector)
        .replace("import <std_connector.camkes>;", libraries);
    let text = camkes_assemble::output::capdl::text(&Source::new(&text).system());
    text.lines().filter(|line| !line.contains("config")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn relatives_of_a_connector_are_made_alike() {
    let plain = calls_over("seL4RPCCall");
    for relative in ["seL4RPCCallNoType", "seL4RPCNoThreads", "seL4GPIOServer"] {
        assert_eq!(calls_over(relative), plain, "{relative}");
    }
    // With an event for each client.
    let signals = calls_over("seL4RPCCallSignal");
    assert_ne!(signals, plain);
    assert_eq!(calls_over("seL4TimeServer"), signals);
    let buffers = calls_over("seL4RPCDataport");
    assert_ne!(buffers, plain);
    for relative in ["seL4RPCDataportNoThreads", "seL4PicoServer"] {
        assert_eq!(calls_over(relative), buffers, "{relative}");
    }
    let both = calls_over("seL4RPCDataportSignal");
    assert!(both != signals && both != buffers, "{both}");
    for relative in ["seL4PicoServerSignal", "seL4Ethdriver", "seL4SerialServer"] {
        assert_eq!(calls_over(relative), both, "{relative}");
    }
}
