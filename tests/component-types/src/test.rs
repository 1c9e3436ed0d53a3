//! Calls as they arrive: right ones, and lies.

use std::cell::RefCell;

use component::host::{self, read, words};
use component::{CallError, Word, wire::Encode};
use component_config::model::{Client, InstanceConfig, Interface, Kind, Provides, Uses, Value};
use component_config::model::{Dataport, Lock, Region, Transport};
use component_config::{badge, label};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;

/// Memory of a test that lives for ever.
fn region(size: usize) -> Region {
    let words = Box::leak(vec![0_u64; size / 8].into_boxed_slice());
    let address = words.as_mut_ptr().expose_provenance();
    Region { address: address as u64, size: size as u64 }
}

fn interface(name: &str, kind: Kind) -> Interface {
    Interface {
        name: name.into(),
        ty: "T".into(),
        connector: "seL4RPCCall".into(),
        kind,
        properties: vec![],
    }
}

fn config() -> InstanceConfig {
    let client = |number, transport| Client {
        number,
        name: format!("client{number}.it"),
        transport,
        buffer: Some(region(4096)),
        notification: None,
        properties: vec![("mac".into(), Value::Integer(7))],
    };
    let clients = vec![client(10, Transport::Message), client(20, Transport::SharedMemory)];
    let text = |text: &str| Value::String(text.into());
    let mut config = InstanceConfig::new("everything", "Everything");
    config.stack = Region { address: 0x1000, size: 0x1000 };
    config.interfaces = vec![
        // One that the application has added comes first, so that numbers differ.
        interface("added", Kind::Provides(Provides { index: 0, clients: vec![Client::default()] })),
        interface("types", Kind::Provides(Provides { index: 1, clients })),
        interface("other", Kind::Provides(Provides { index: 2, clients: vec![Client::default()] })),
        interface("server", Kind::Uses(Uses { endpoint: 9, client: 3, ..Uses::default() })),
        interface("incoming", Kind::Consumes { bit: 4, irqs: vec![] }),
        interface("kept", Kind::Consumes { bit: 5, irqs: vec![] }),
        interface("extra", Kind::Consumes { bit: 6, irqs: vec![] }),
        interface(
            "memory",
            Kind::Dataport(Dataport {
                region: region(4096),
                readable: true,
                ..Dataport::default()
            }),
        ),
    ];
    config.locks = vec![("s".into(), Lock::Semaphore { value: 2 })];
    config.attributes = vec![
        ("number".into(), Value::Integer(0x8000_0000)),
        ("flag".into(), Value::Integer(1)),
        ("ratio".into(), Value::Integer(2)),
        ("names".into(), Value::List(vec![text("a"), text("b")])),
        (
            "layout".into(),
            Value::List(vec![Value::Dict(vec![
                ("id".into(), Value::Integer(1)),
                ("what".into(), text("x")),
            ])]),
        ),
    ];
    config
}

fn start() -> Everything {
    host::start(component_config::write(&config()).unwrap(), PROVIDED, EXPECTED);
    Everything::new(Interfaces::new())
}

const MESSAGES: badge::Badge = badge::client(1, 0);
const MEMORY: badge::Badge = badge::client(1, 1);

/// Calls method `method` of `types`.
fn call(component: &mut Everything, method: Word, arguments: impl Encode) -> Vec<Word> {
    let (label, answer) =
        host::call(&mut Server(component), MESSAGES, method, &words(&arguments)).unwrap();
    assert_eq!(label, label::OK);
    answer
}

fn refused(component: &mut Everything, badge: badge::Badge, method: Word, words: &[Word]) -> Word {
    let (label, answer) = host::call(&mut Server(component), badge, method, words).unwrap();
    assert!(answer.is_empty() || label == label::OK);
    label
}

fn point(x: i32, y: i32, label: &str) -> types::Point {
    types::Point { x, y, label: label.into() }
}

#[test]
fn every_type_arrives_and_comes_back() {
    let it = &mut start();
    assert!(call(it, 0, ()).is_empty());
    assert_eq!(read(&call(it, 1, (-7_i32, 2_i32))), Some(5_i32), "10 is the client's number");
    assert_eq!(read(&call(it, 2, (1_u64, 2_i64, 4_usize, 8_isize))), Some(15_u64));
    let narrow = (1_u8, -1_i8, 2_u16, -1_i16, true, 1_u8);
    assert_eq!(read(&call(it, 3, narrow)), Some(true));
    assert_eq!(read(&call(it, 4, (0.5_f32, 3.0_f64))), Some(1.5_f64));
    assert_eq!(read(&call(it, 5, ("a", "bc"))), Some("a+bc"));
    let arrays = (&[1_u8, 2, 3][..], &[1_i64][..], &[][..] as &[i32], &[true, false, true][..]);
    assert_eq!(read(&call(it, 6, arrays)), Some(6_i32));
    assert_eq!(read(&call(it, 7, (&["x", "yz"][..],))), Some(vec!["yz", "x"]));
    let out = call(it, 8, (5_i32, "loud", &b"abcd"[..]));
    let expected: (i32, &str, &[u16], i32, &str, &[u8]) = (1, "two", &[3, 3, 3], 4, "LOUD", b"ab");
    assert_eq!(read(&out), Some(expected));
    let by = [point(1, 2, "b"), point(3, 4, "c")];
    let moved = call(it, 9, (&point(10, 20, "a"), &by[..], &point(0, 0, "last")));
    assert_eq!(read(&moved), Some((point(0, 0, "last"), point(14, 26, "abc"))));
    let date = types::RtcTimeDate { second: 1, minute: 2, hour: 3, day: 4, month: 5, year: 2024 };
    let next = types::RtcTimeDate { year: 2025, ..date };
    assert_eq!(read(&call(it, 10, (&date,))), Some(next));
    let many: Vec<Word> = (1..=13).collect();
    let (label, answer) = host::call(&mut Server(it), MESSAGES, 11, &many).unwrap();
    assert_eq!((label, answer), (label::OK, vec![12]));
    assert_eq!(read(&call(it, 13, (1_i32, 2_i32))), Some(0_i32));
}

#[test]
fn calls_in_shared_memory_are_alike() {
    let it = &mut start();
    let caller = it.interfaces.types.client(1).unwrap();
    let buffer = caller.buffer().unwrap();
    let arguments = words(&("left", "right"));
    for (index, word) in arguments.iter().enumerate() {
        buffer.store(index * 8, *word).unwrap();
    }
    let length = [arguments.len() as Word];
    let (label, answer) = host::call(&mut Server(it), MEMORY, 5, &length).unwrap();
    assert_eq!((label, answer.len()), (label::OK, 1));
    let count = usize::try_from(answer[0]).unwrap();
    let words: Vec<Word> = (0..count).map(|index| buffer.load(index * 8).unwrap()).collect();
    assert_eq!(read(&words), Some("left+right"));

    for lie in [0, 513, Word::MAX] {
        assert_eq!(refused(it, MEMORY, 5, &[lie]), label::BAD_ARGUMENTS, "{lie:#x}");
    }
    assert_eq!(refused(it, MEMORY, 5, &[]), label::BAD_ARGUMENTS);
    assert_eq!(refused(it, MEMORY, 5, &[3, 3]), label::BAD_ARGUMENTS);
}

#[test]
fn lies_get_errors() {
    let it = &mut start();
    for (badge, why) in [
        (0, "no badge"),
        (5, "no interface"),
        (badge::client(1, 2), "no such client"),
        (badge::client(3, 0), "no such interface"),
        (badge::client(40_000, 0), "an interface beyond the table"),
        (badge::client(0, 0), "an interface that the component doesn't know"),
        (MESSAGES | 1 << 61, "a bit that nobody has"),
    ] {
        assert_eq!(refused(it, badge, 0, &[]), label::BAD_METHOD, "{why}");
    }
    for method in [14, 0xffff, Word::MAX >> 12] {
        assert_eq!(refused(it, MESSAGES, method, &[]), label::BAD_METHOD, "method {method}");
    }
    for (method, words) in [
        (0, &[1][..]),
        (1, &[1]),
        (1, &[1, 2, 3]),
        (1, &[1 << 40, 0]),
        (3, &[256, 0, 0, 0, 0, 0]),
        (3, &[0, 0, 0, 0, 2, 0]),
        (5, &[100, 0, 0]),
        (5, &[1, 0xff, 0]),
        (6, &[0, 1 << 61, 0, 0]),
        (6, &[0, 0, 0, 1, 7]),
        (7, &[Word::MAX]),
        (9, &[0, 0, 0, Word::MAX]),
    ] {
        assert_eq!(refused(it, MESSAGES, method, words), label::BAD_ARGUMENTS, "{method}");
    }
    assert!(it.log.is_empty(), "no handler has run");
}

#[test]
fn answers_that_are_too_long_are_an_error() {
    let it = &mut start();
    // The answer has five words more than the call.
    let text = |words: usize| "x".repeat(words * 8);
    let arguments = |count| words(&(0_i32, text(count), &[][..] as &[u8]));
    assert_eq!(refused(it, MESSAGES, 8, &arguments(112)), label::OK);
    assert_eq!(refused(it, MESSAGES, 8, &arguments(113)), label::TOO_LONG);
    let buffer = it.interfaces.types.client(1).unwrap().buffer().unwrap();
    for (count, expected) in [(504, label::OK), (505, label::TOO_LONG)] {
        buffer.clear(0, buffer.len()).unwrap();
        buffer.store(8, count * 8).unwrap();
        assert_eq!(refused(it, MEMORY, 8, &[count + 3]), expected, "{count} words");
    }
}

#[test]
fn events_are_handled_or_kept() {
    let it = &mut start();
    host::events(&mut Server(it), 1 << 4 | 1 << 5 | 1 << 6 | 1 << 40);
    assert_eq!(it.log, ["incoming"]);
    let kept = it.interfaces.kept;
    it.wait(kept);
    let extra = it.interfaces.runtime.event("extra").unwrap();
    it.wait(extra);
    assert!(!component::Event::default().poll());
}

#[test]
fn semaphores_begin_with_their_value() {
    let it = &mut start();
    let semaphore = it.interfaces.s;
    it.wait(semaphore);
    it.wait(semaphore);
    assert!(!semaphore.try_wait());
    host::call(&mut Server(it), badge::client(2, 0), 0, &[]);
    it.wait(semaphore);
    assert_eq!(it.log, ["poke"]);
    assert!(it.interfaces.m.try_lock().is_some());
    assert!(!it.interfaces.b.try_wait());
}

#[test]
fn interfaces_and_attributes_have_types() {
    let it = start();
    let Interfaces { server, maybe_server, memory, maybe_memory, attributes, .. } = it.interfaces;
    assert_eq!(server.client_number(), 3);
    assert!(maybe_server.is_none() && maybe_memory.is_none());
    assert_eq!((memory.len(), memory.is_writable()), (4096, false));
    assert_eq!(attributes.number, 0x8000_0000);
    assert_eq!((attributes.text, attributes.flag, attributes.ratio), (None, true, 2.0));
    assert_eq!(attributes.names.iter().collect::<Vec<_>>(), ["a", "b"]);
    let layout = attributes.layout.get(0).unwrap();
    assert_eq!((layout.id, layout.what), (Some(1), "x"));
    assert!(attributes.small.is_none() && attributes.things.is_none());
    let caller = it.interfaces.types.client(1).unwrap();
    assert_eq!((caller.name(), caller.number()), ("client20.it", 20));
    assert_eq!(caller.properties().get("mac").unwrap().as_integer(), Some(7));
    assert!(!caller.notify());
    assert!(it.interfaces.types.client(2).is_none());
    assert_eq!(CallError::ServerGone.to_string(), "the server has stopped after a fault");
}

#[test]
#[should_panic(expected = "everything.server is not connected; only one that is declared `maybe`")]
fn what_has_to_be_connected_is_named() {
    let mut config = config();
    config.interfaces.retain(|interface| interface.name != "server");
    host::start(component_config::write(&config).unwrap(), PROVIDED, EXPECTED);
    Interfaces::new();
}

#[test]
#[should_panic(expected = "attribute everything.flag is a string, expected a boolean")]
fn attributes_of_another_type_are_named() {
    let mut config = config();
    config.attributes[1].1 = Value::String("yes".into());
    host::start(component_config::write(&config).unwrap(), PROVIDED, EXPECTED);
    Interfaces::new();
}

/// Whatever a caller sends: there is an answer, and it is one of a server that goes on.
#[test]
fn nothing_that_is_sent_stops_the_server() {
    let component = RefCell::new(start());
    let buffer = component.borrow().interfaces.types.client(1).unwrap().buffer().unwrap();
    let badges = prop_oneof![
        Just(MESSAGES),
        Just(MEMORY),
        // Neither signals nor faults of guests.
        any::<u64>().prop_map(|badge| badge & !(3 << 62)),
    ];
    // All but the one that is answered through the kernel.
    let methods = prop_oneof![0_u64..12, 13_u64..16];
    let word = || prop_oneof![any::<u64>(), 0_u64..20, Just(u64::MAX)];
    let message = proptest::collection::vec(word(), 0..120);
    let shared = proptest::collection::vec(word(), 0..64);
    let strategy = (badges, methods, message, shared);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1000));
    let outcome = runner.run(&strategy, |(badge, method, words, shared)| {
        for (index, word) in shared.iter().enumerate() {
            buffer.store(index * 8, *word).unwrap();
        }
        let component = &mut *component.borrow_mut();
        let (label, _) = host::call(&mut Server(component), badge, method, &words).unwrap();
        prop_assert!(label <= label::TOO_LONG);
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(read(&call(&mut component.borrow_mut(), 1, (1_i32, 2_i32))), Some(13_i32));
}
