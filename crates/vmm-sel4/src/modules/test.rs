use core::cell::OnceCell;
use std::string::ToString;
use std::vec;

use guest_memory::VecBacking;

use super::*;
use crate::testing::FakeProcessor;

struct Line;

impl HostInterrupt for Line {
    fn acknowledge(&mut self) {}
}

#[derive(Clone)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> u64 {
        5
    }
    fn frequency(&self) -> u64 {
        1000
    }
}

impl vmm::clock::Alarm for Frozen {
    fn wake_at(&mut self, _: Option<u64>) {}
}

fn range(start: u64, size: u64) -> GuestRange {
    GuestRange::new(GuestAddress(start), size).unwrap()
}

fn config(extra: &[(&str, guest_config::source::Value<'static>)]) -> guest_config::GuestConfig {
    use guest_config::source::{Attributes, Value};
    struct Given<'a>(&'a [(&'a str, Value<'static>)]);
    impl Attributes for Given<'_> {
        fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>> {
            match (attribute, field) {
                ("vm_address_config", Some("ram_base")) => Some(Value::Integer(0x4000_0000)),
                ("vm_address_config", Some("ram_size")) => Some(Value::Integer(0x10_0000)),
                (name, None) => self.0.iter().find(|(of, _)| *of == name).map(|(_, value)| *value),
                _ => None,
            }
        }
        fn count(&self, _: &str) -> usize {
            0
        }
        fn element(&self, _: &str, _: usize, _: &str) -> Option<Value<'_>> {
            None
        }
    }
    guest_config::read(&Given(extra), &guest_config::legacy::Platform::default()).unwrap()
}

type Modules = Vec<Box<dyn Module<VecBacking>>>;

fn basics() -> Modules {
    vec![
        Box::new(InitRam {
            regions: vec![(GuestAddress(0x4000_0000), VecBacking::new(0x10_0000))],
        }),
        Box::new(Gicv2 {
            distributor: range(0x800_0000, 0x1000),
            cpu_interface: range(0x801_0000, 0x1000),
            spis: 64,
        }),
    ]
}

fn console(start: u64, intid: u32) -> Box<Console<Vec<u8>>> {
    let spi = Spi::from_intid(intid).unwrap();
    let port = Rc::new(OnceCell::new());
    Box::new(Console { range: range(start, 0x1000), spi, sink: Vec::new(), port })
}

fn passthrough(start: u64, intid: u32) -> Box<Passthrough> {
    Box::new(Passthrough {
        path: Some("/pl031@9010000".into()),
        registers: vec![range(start, 0x1000)],
        interrupts: vec![(Spi::from_intid(intid).unwrap(), Box::new(Line))],
    })
}

fn error(more: Modules) -> std::string::String {
    let mut modules = basics();
    modules.extend(more);
    let (name, error) = Builder::new(config(&[]), modules).err().unwrap();
    std::format!("{name}: {error}")
}

#[test]
fn a_machine_is_put_together() {
    let mut modules = basics();
    let uart = console(0x900_0000, 33);
    let port = Rc::clone(&uart.port);
    modules.push(uart);
    modules.push(passthrough(0x901_0000, 34));
    let button = Rc::new(OnceCell::new());
    modules.push(Box::new(Power {
        range: range(0x903_0000, 0x1000),
        spi: Spi::from_intid(39).unwrap(),
        clock: Frozen,
        button: Rc::clone(&button),
    }));
    let builder = Builder::new(config(&[]), modules).unwrap();
    let hardware = builder.hardware("arm,cortex-a53").unwrap();
    assert_eq!(hardware.uart.unwrap().intid, 33);
    assert_eq!(hardware.keep, [Keep::node("/pl031@9010000")]);
    assert_eq!(hardware.power_button.unwrap().pin, 3);
    let places: Vec<_> = builder.places().iter().map(ToString::to_string).collect();
    assert_eq!(
        places,
        [
            "gic (0x8000000..=0x8000fff)",
            "gic-cpu (0x8010000..=0x8010fff)",
            "uart (0x9000000..=0x9000fff)",
            "/pl031@9010000 (0x9010000..=0x9010fff)",
            "power button (0x9030000..=0x9030fff)",
            "RAM (0x40000000..=0x400fffff)",
        ]
    );
    let processors = vec![FakeProcessor::default()];
    assert!(builder.finish(processors, 4, Frozen, Frozen, Box::new(())).is_ok());
    assert!(port.get().is_some());
    button.get().unwrap().get().press();
}

#[test]
fn a_gicv3_has_a_redistributor_for_each_processor() {
    use guest_config::source::Value;
    let machine = |room: u64| {
        let mut modules = basics();
        modules[1] = Box::new(Gicv3 {
            distributor: range(0x800_0000, 0x1_0000),
            redistributors: range(0x80a_0000, room),
            spis: 64,
        });
        Builder::new(config(&[("num_vcpus", Value::Integer(2))]), modules)
    };
    let builder = machine(0xf6_0000).unwrap();
    let hardware = builder.hardware("arm,cortex-a53").unwrap();
    let fdt::guest::Gic::V3 { redistributors, .. } = hardware.gic else { panic!("no GICv3") };
    assert_eq!((redistributors[0].base, redistributors[0].size), (0x80a_0000, 0x4_0000));
    let (name, error) = machine(0x2_0000).err().unwrap();
    assert_eq!(
        std::format!("{name}: {error}"),
        "gicv3: the redistributors need 0x40000 bytes, and there is room for 0x20000"
    );
}

#[test]
fn what_contradicts_is_named() {
    assert_eq!(
        error(vec![console(0x800_0000, 33)]),
        "console: uart (0x8000000..=0x8000fff) overlaps gic (0x8000000..=0x8000fff)"
    );
    assert_eq!(
        error(vec![console(0x900_0000, 33), passthrough(0x901_0000, 33)]),
        "passthrough: /pl031@9010000 and uart both have the interrupt 33"
    );
    assert_eq!(
        error(vec![console(0x900_0000, 500)]),
        "console: uart has the interrupt 500, which the guest's interrupt controller lacks"
    );
    assert_eq!(
        error(vec![passthrough(0x4000_0000, 34)]),
        "passthrough: /pl031@9010000 (0x40000000..=0x40000fff) overlaps RAM \
         (0x40000000..=0x400fffff)"
    );
    assert_eq!(
        error(basics()),
        "init_ram: RAM (0x40000000..=0x400fffff) overlaps RAM \
         (0x40000000..=0x400fffff)"
    );
    assert_eq!(
        error(vec![console(0x900_0000, 33), console(0x901_0000, 34)]),
        "console: there are two of the console"
    );
    let (_, error) =
        Builder::new(config(&[]), vec![console(0x900_0000, 33) as Box<dyn Module<VecBacking>>])
            .err()
            .unwrap();
    assert_eq!(error.to_string(), "the interrupt controller is missing, or comes too late");
}

/// The original found the frame of a page by the wrong sign, so that only the first was right.
#[test]
fn extra_frames_are_where_they_were_asked_for() {
    use guest_config::source::Value;
    let given = [
        ("num_extra_frame_caps", Value::Integer(3)),
        ("extra_frame_map_address", Value::Integer(0x7_0000)),
    ];
    let config = config(&given);
    let at = |address| config.extra_frame_at(GuestAddress(address));
    assert_eq!([at(0x7_0000), at(0x7_1fff), at(0x7_2000)], [Some(0), Some(1), Some(2)]);
    assert_eq!([at(0x6_ffff), at(0x7_3000)], [None, None]);
    let mut modules = basics();
    modules.push(Box::new(ExtraFrames));
    let builder = Builder::new(config, modules).unwrap();
    assert_eq!(builder.places()[0].to_string(), "extra frames (0x70000..=0x72fff)");
}

#[test]
fn what_others_add_is_there_once() {
    struct Silent;
    impl vmm::smccc::trng::Entropy for Silent {
        fn uuid(&self) -> [u8; 16] {
            [0; 16]
        }
        fn fill(&mut self, _: &mut [u8]) -> bool {
            false
        }
    }
    let mut builder = Builder::new(config(&[]), basics()).unwrap();
    assert_eq!(builder.set_entropy(Box::new(Silent)), Ok(()));
    let twice = builder.set_entropy(Box::new(Silent)).unwrap_err();
    assert_eq!(twice.to_string(), "there are two of the source of entropy");

    // The controller has 64 of them, from 32 on.
    let first = builder.free_interrupt().unwrap();
    assert_eq!(first.intid(), 95);
    builder.wire("doorbell", first).unwrap();
    assert_eq!(builder.free_interrupt().unwrap().intid(), 94);
    while let Ok(spi) = builder.free_interrupt() {
        builder.wire("another one", spi).unwrap();
    }
    assert_eq!(builder.free_interrupt(), Err(BuildError::NoFreeInterrupt));

    let ram = |start| Region::new("more", GuestAddress(start), VecBacking::new(0x1000)).unwrap();
    builder.add_memory(ram(0x5000_0000)).unwrap();
    let memory = builder.memory();
    assert!(memory.find(GuestAddress(0x5000_0fff)).is_some());
    assert_eq!(builder.add_memory(ram(0x5100_0000)), Err(BuildError::MemoryTooLate));
    drop(memory);
    assert!(matches!(builder.add_memory(ram(0x4000_1000)), Err(BuildError::Overlap { .. })));
}
