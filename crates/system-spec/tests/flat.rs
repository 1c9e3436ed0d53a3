//! The flat format: nothing is lost, and damage is noticed or harmless.

mod common;

use common::good;
use proptest::prelude::*;
use system_spec::flat::{ALIGNMENT, Error, Kind, Spec, encode};
use system_spec::model::*;

/// Bytes at a page's begin, as they lie in an image.
#[derive(Clone)]
struct Pages(Vec<u128>, usize);

impl Pages {
    fn new(bytes: &[u8]) -> Self {
        let mut words = vec![0_u128; bytes.len().div_ceil(16)];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks(16)) {
            let mut full = [0; 16];
            full[..chunk.len()].copy_from_slice(chunk);
            *word = u128::from_le_bytes(full);
        }
        Self(words, bytes.len())
    }

    fn bytes(&self) -> &[u8] {
        &zerocopy::IntoBytes::as_bytes(self.0.as_slice())[..self.1]
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut zerocopy::IntoBytes::as_mut_bytes(self.0.as_mut_slice())[..self.1]
    }
}

/// Builds the model again from what is read.
fn decode(spec: &Spec<'_>) -> System {
    let objects = spec.objects().map(|object| Object {
        name: object.name().into(),
        owner: object.owner(),
        kind: match object.kind() {
            Kind::Endpoint => ObjectKind::Endpoint,
            Kind::Notification => ObjectKind::Notification,
            Kind::CNode { size_bits, slots } => {
                ObjectKind::CNode { size_bits, slots: slots.collect() }
            }
            Kind::TranslationTable { level, entries } => {
                ObjectKind::TranslationTable { level, entries: entries.collect() }
            }
            Kind::Frame { size_bits, paddr, fills } => {
                ObjectKind::Frame { size_bits, paddr, fills: fills.collect() }
            }
            Kind::Untyped { size_bits, paddr } => ObjectKind::Untyped { size_bits, paddr },
            Kind::Tcb(thread) => ObjectKind::Tcb(thread),
            Kind::Vcpu => ObjectKind::Vcpu,
            Kind::Interrupt(interrupt) => ObjectKind::Interrupt(interrupt),
            Kind::SmcPermission => ObjectKind::SmcPermission,
        },
    });
    let instances = spec.instances().map(|instance| Instance {
        name: instance.name().into(),
        component: instance.component().into(),
        threads: instance.threads().collect(),
        log: instance.log(),
        on_fault: instance.on_fault(),
        symbols: instance.symbols(),
    });
    let contents = spec
        .contents()
        .map(|content| Content { name: content.name().into(), bytes: content.bytes().into() });
    System {
        objects: objects.collect(),
        instances: instances.collect(),
        contents: contents.collect(),
        monitor: spec.monitor(),
    }
}

/// Reads everything, as the initializer does.
fn read_all(spec: &Spec<'_>) {
    let system = decode(spec);
    assert_eq!(system.objects.len(), spec.objects().len());
    for index in 0..u32::try_from(system.objects.len()).unwrap() + 1 {
        let _ = spec.object(ObjectId(index)).map(|object| object.name().len());
        let _ = spec.content(ContentId(index)).map(|content| content.bytes().len());
        let _ = spec.instance(InstanceId(index)).map(|instance| instance.name().len());
    }
}

#[test]
fn nothing_is_lost() {
    let system = good();
    let pages = Pages::new(&encode(&system));
    let spec = Spec::parse(pages.bytes()).unwrap();
    assert_eq!(decode(&spec), system);
    assert_eq!(spec.len(), pages.bytes().len());
    assert!(!spec.is_empty());
    // What follows the block doesn't count.
    let longer = Pages::new(&[pages.bytes(), &[0xff; 5000]].concat());
    assert_eq!(Spec::parse(longer.bytes()).unwrap().len(), spec.len());
}

#[test]
fn contents_begin_at_pages() {
    let mut system = good();
    system.contents[0].bytes = vec![1; ALIGNMENT + 1];
    let bytes = encode(&system);
    let pages = Pages::new(&bytes);
    let spec = Spec::parse(pages.bytes()).unwrap();
    for content in spec.contents() {
        let offset = content.bytes().as_ptr().addr() - pages.bytes().as_ptr().addr();
        assert!(offset > 0 && offset.is_multiple_of(ALIGNMENT), "{offset:#x}");
    }
    assert_eq!(bytes, encode(&system), "the same system gives the same bytes");
}

#[test]
fn an_empty_system_is_read() {
    let pages = Pages::new(&encode(&System::default()));
    let spec = Spec::parse(pages.bytes()).unwrap();
    assert!(spec.is_empty() && spec.monitor().is_none());
}

#[test]
fn errors_say_what_was_expected() {
    let good = Pages::new(&encode(&good()));
    let error = |change: fn(&mut [u8])| {
        let mut pages = good.clone();
        change(pages.bytes_mut());
        Spec::parse(pages.bytes()).unwrap_err().to_string()
    };
    assert_eq!(
        error(|bytes| bytes[0] = b'C'),
        "starts with [43, 61, 72, 61, 76, 61, 6e, 01], expected a system's description \
         ([63, 61, 72, 61, 76, 61, 6e, 01])"
    );
    assert_eq!(
        error(|bytes| bytes[8] = 9),
        "version 9 of the format, expected 2: rebuild the image"
    );
    // The second byte of the number of objects.
    assert!(
        error(|bytes| bytes[65] = 1).starts_with("the table of objects has 272 records from byte ")
    );
    let length = good.bytes().len();
    assert_eq!(
        Spec::parse(&good.bytes()[..length - 1]).unwrap_err(),
        Error::Truncated { length: length - 1, expected: length as u64 }
    );
    assert!(matches!(Spec::parse(&good.bytes()[..8]), Err(Error::Short { length: 8, .. })));
    assert!(matches!(Spec::parse(&good.bytes()[1..]), Err(Error::Misaligned { .. })));
}

/// A small generator of numbers: the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

#[test]
fn damage_is_noticed_or_harmless() {
    let good = Pages::new(&encode(&good()));
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut taken) = (0, 0);
    // Tables come first: most damage is done there.
    let tables = 176 + 16 * 48 + 40 * 32;
    for round in 0..20_000 {
        let mut pages = good.clone();
        let bytes = pages.bytes_mut();
        for _ in 0..=numbers.below(4) {
            let end = if round % 4 == 0 { bytes.len() } else { tables };
            let at = numbers.below(end);
            match numbers.below(4) {
                0 => bytes[at] ^= 1 << numbers.below(8),
                1 => bytes[at] = 0xff,
                2 => bytes[at] = numbers.next().to_le_bytes()[0],
                _ => {
                    let at = at / 8 * 8;
                    let values = [0, 1, u64::MAX, u64::MAX - 7, 1 << 32, numbers.next()];
                    let value = values[numbers.below(values.len())];
                    let end = bytes.len().min(at + 8);
                    bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
                }
            }
        }
        match Spec::parse(pages.bytes()) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(spec) => {
                read_all(&spec);
                taken += 1;
            }
        }
    }
    assert!(refused > 1000 && taken > 1000, "{refused} refused, {taken} taken");
    for length in (0..good.bytes().len()).step_by(7) {
        assert!(Spec::parse(&good.bytes()[..length]).is_err());
    }
}

fn any_cap(objects: u32) -> impl Strategy<Value = Cap> {
    (0..objects, any::<[bool; 6]>(), any::<u64>(), any::<(u64, u8)>()).prop_map(
        |(object, [read, write, grant, grant_reply, cached, executable], badge, guard)| Cap {
            object: ObjectId(object),
            rights: Rights { read, write, grant, grant_reply },
            badge,
            guard: Guard { value: guard.0, size: guard.1 },
            memory: MemoryAttributes { cached, executable },
        },
    )
}

fn any_slots(objects: u32) -> impl Strategy<Value = Vec<(u32, Cap)>> {
    prop::collection::vec((any::<u32>(), any_cap(objects)), 0..8)
}

fn any_thread(objects: u32) -> impl Strategy<Value = Thread> {
    let id = || (0..objects).prop_map(ObjectId);
    (
        any_cap(objects),
        id(),
        prop::option::of((any::<u64>(), id())),
        prop::option::of(id()),
        prop::option::of(id()),
        any::<([u8; 3], u32, [bool; 2])>(),
        any::<([u64; 4], [u64; 4])>(),
    )
        .prop_map(|(cspace, vspace, ipc_buffer, bound_notification, vcpu, small, words)| {
            let ([priority, max_priority, domain], affinity, [resume, fpu_disabled]) = small;
            let ([fault_endpoint, pc, sp, thread_pointer], arguments) = words;
            Thread {
                cspace,
                vspace,
                ipc_buffer,
                bound_notification,
                vcpu,
                fault_endpoint,
                priority,
                max_priority,
                affinity,
                domain,
                pc,
                sp,
                arguments,
                thread_pointer,
                resume,
                fpu_disabled,
            }
        })
}

fn any_kind(objects: u32, contents: u32) -> impl Strategy<Value = ObjectKind> {
    let paddr = || prop::option::of(any::<u64>());
    let fill =
        (any::<[u64; 3]>(), 0..contents).prop_map(|([offset, content_offset, length], content)| {
            Fill { offset, content: ContentId(content), content_offset, length }
        });
    prop_oneof![
        Just(ObjectKind::Endpoint),
        Just(ObjectKind::Notification),
        Just(ObjectKind::Vcpu),
        Just(ObjectKind::SmcPermission),
        (any::<u8>(), any_slots(objects))
            .prop_map(|(size_bits, slots)| ObjectKind::CNode { size_bits, slots }),
        (any::<u8>(), any_slots(objects))
            .prop_map(|(level, entries)| ObjectKind::TranslationTable { level, entries }),
        (any::<u8>(), paddr(), prop::collection::vec(fill, 0..4))
            .prop_map(|(size_bits, paddr, fills)| ObjectKind::Frame { size_bits, paddr, fills }),
        (any::<u8>(), paddr())
            .prop_map(|(size_bits, paddr)| ObjectKind::Untyped { size_bits, paddr }),
        any_thread(objects).prop_map(ObjectKind::Tcb),
        (any::<(u32, bool, u32)>(), prop::option::of(any_cap(objects))).prop_map(
            |((number, edge, target), notification)| ObjectKind::Interrupt(Interrupt {
                number,
                edge,
                target,
                notification
            })
        ),
    ]
}

fn any_instance(objects: u32, contents: u32) -> impl Strategy<Value = Instance> {
    let id = || (0..objects).prop_map(ObjectId);
    (
        any::<(String, String)>(),
        prop::collection::vec(id(), 0..4),
        prop::option::of(id()),
        prop::option::of(any::<u32>()),
        prop::option::of((0..contents).prop_map(ContentId)),
    )
        .prop_map(|((name, component), threads, log, limit, symbols)| Instance {
            name,
            component,
            threads,
            log,
            on_fault: limit.map_or(OnFault::Halt, |limit| OnFault::Restart { limit }),
            symbols,
        })
}

fn any_system() -> impl Strategy<Value = System> {
    (1..12_u32, 1..4_u32, 1..4_u32).prop_flat_map(|(objects, instances, contents)| {
        let owner = prop::option::of((0..instances).prop_map(InstanceId));
        let object = (any::<String>(), owner, any_kind(objects, contents))
            .prop_map(|(name, owner, kind)| Object { name, owner, kind });
        let content = (any::<String>(), prop::collection::vec(any::<u8>(), 0..5000))
            .prop_map(|(name, bytes)| Content { name, bytes });
        let output = (0..instances, 0..objects, 0..objects, any::<u64>()).prop_map(
            |(instance, frame, notification, badge)| MonitorOutput {
                instance: InstanceId(instance),
                frame: ObjectId(frame),
                notification: ObjectId(notification),
                badge,
            },
        );
        let monitor = (0..objects, 0..objects, any::<bool>(), prop::option::of(output)).prop_map(
            |(fault_endpoint, notification, owns_console, output)| Monitor {
                fault_endpoint: ObjectId(fault_endpoint),
                notification: ObjectId(notification),
                owns_console,
                output,
            },
        );
        (
            prop::collection::vec(object, objects as usize),
            prop::collection::vec(any_instance(objects, contents), instances as usize),
            prop::collection::vec(content, contents as usize),
            prop::option::of(monitor),
        )
            .prop_map(|(objects, instances, contents, monitor)| System {
                objects,
                instances,
                contents,
                monitor,
            })
    })
}

proptest! {
    #[test]
    fn any_system_comes_back(system in any_system()) {
        let pages = Pages::new(&encode(&system));
        let spec = Spec::parse(pages.bytes()).unwrap();
        prop_assert_eq!(decode(&spec), system);
    }
}
