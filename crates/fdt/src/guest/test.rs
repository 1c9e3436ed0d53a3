use super::*;
use crate::blob;
use crate::interrupt::Trigger;
use crate::testing::{assert_dtc_is_content, board};
use crate::tree::Node;
use alloc::string::{String, ToString};
use alloc::vec;

const fn region(base: u64, size: u64) -> Region {
    Region { base, size }
}

const V2: Gic<'_> = Gic::V2 {
    distributor: region(0x800_0000, 0x1_0000),
    cpu_interface: region(0x801_0000, 0x2000),
};
const V3: Gic<'_> = Gic::V3 {
    distributor: region(0x800_0000, 0x1_0000),
    redistributors: const { &[region(0x80a_0000, 0x10_0000), region(0x90a_0000, 0x2_0000)] },
};

const fn device(base: u64, intid: u32) -> Device {
    Device { region: region(base, 0x1000), intid }
}

fn machine<'a>() -> Guest<'static, 'a> {
    Guest {
        model: "guest",
        compatible: "linux,dummy-virt",
        memory: const { &[region(0x1_0000_0000, 0x1000_0000), region(0x4000_0000, 0x1000_0000)] },
        reserved: const {
            &[Reserved {
                name: "shared",
                region: region(0x4f00_0000, 0x10_0000),
                no_map: true,
                compatible: Some("shared-dma-pool"),
            }]
        },
        cpus: Cpus {
            affinities: &[0, 1, 2, 3],
            compatible: "arm,cortex-a53",
            conduit: Conduit::Smc,
        },
        gic: V2,
        timer: Timer::default(),
        uart: Some(device(0x900_0000, 33)),
        rtc: Some(device(0x901_0000, 34)),
        power_button: Some(PowerButton { gpio: device(0x903_0000, 39), pin: 3 }),
        virtio: const { &[device(0xa00_0000, 48), device(0xa00_1000, 49)] },
        others: &[],
        chosen: Chosen {
            bootargs: Some("console=ttyAMA0"),
            initrd: Some(region(0x4800_0000, 0x12_3456)),
            rng_seed: Some(&[7; 32]),
            ..Chosen::default()
        },
        passthrough: None,
    }
}

fn refused(guest: &Guest<'_, '_>) -> String {
    guest.tree().unwrap_err().to_string()
}

fn intids(tree: &Tree<'_>, path: &str) -> Vec<u32> {
    let place = tree.find(path).unwrap();
    let found = place.interrupts().unwrap();
    assert!(found.iter().all(|one| one.trigger == Trigger::Level));
    found.iter().map(|one| one.intid).collect()
}

#[test]
fn the_tree_read_back() {
    let (tree, dropped) = machine().tree().unwrap();
    assert_eq!(dropped, []);
    assert_dtc_is_content(&tree);
    let blob = blob::write(&tree).unwrap();
    let tree = blob::read(&blob).unwrap();

    let paths: Vec<_> = tree.places().iter().map(|place| place.path()).collect();
    assert_eq!(
        paths,
        [
            "/",
            "/interrupt-controller@8000000",
            "/memory@40000000",
            "/cpus",
            "/cpus/cpu@0",
            "/cpus/cpu@1",
            "/cpus/cpu@2",
            "/cpus/cpu@3",
            "/psci",
            "/timer",
            "/apb-pclk",
            "/serial@9000000",
            "/rtc@9010000",
            "/gpio@9030000",
            "/gpio-keys",
            "/gpio-keys/key-power",
            "/virtio_mmio@a000000",
            "/virtio_mmio@a001000",
            "/reserved-memory",
            "/reserved-memory/shared@4f000000",
            "/chosen",
        ]
    );
    let find = |path: &str| tree.find(path).unwrap();
    assert_eq!(
        find("/memory").regions().unwrap(),
        [region(0x4000_0000, 0x1000_0000), region(0x1_0000_0000, 0x1000_0000)]
    );
    assert_eq!(intids(&tree, "/timer"), [29, 30, 27, 26]);
    // Four CPUs in GICv2's mask, level high.
    assert_eq!(find("/timer").node().cells("interrupts").unwrap()[2], 0xf04);
    assert_eq!(intids(&tree, "/serial@9000000"), [33]);
    assert_eq!(intids(&tree, "/rtc@9010000"), [34]);
    assert_eq!(intids(&tree, "/gpio@9030000"), [39]);
    assert_eq!(intids(&tree, "/virtio_mmio@a001000"), [49]);
    assert_eq!(
        find("/interrupt-controller").regions().unwrap(),
        [region(0x800_0000, 0x1_0000), region(0x801_0000, 0x2000)]
    );
    assert_eq!(find("/psci").node().text("method"), Some("smc"));
    let cpu = find("/cpus/cpu@3");
    assert_eq!(cpu.node().text("enable-method"), Some("psci"));
    assert_eq!(cpu.node().u32("reg"), Some(3));
    let key = find("/gpio-keys/key-power").node().cells("gpios").unwrap();
    assert_eq!(find("/gpio").node().phandle(), Some(key[0]));
    assert_eq!(key[1..], [3, 0]);
    assert_eq!(tree.stdout().unwrap().path(), "/serial@9000000");
    let chosen = tree.chosen().unwrap();
    assert_eq!(chosen.text("bootargs"), Some("console=ttyAMA0"));
    assert_eq!(chosen.cells("linux,initrd-start"), Some(vec![0, 0x4800_0000]));
    assert_eq!(chosen.cells("linux,initrd-end"), Some(vec![0, 0x4812_3456]));
    let shared = find("/reserved-memory/shared");
    assert!(shared.node().has("no-map"));
    assert_eq!(shared.regions().unwrap(), [region(0x4f00_0000, 0x10_0000)]);
}

#[test]
fn gic_v3_and_cpus_in_clusters() {
    let affinities: Vec<u64> = (0..8).map(|n| (1 << 32) + ((n / 4) << 8) + n % 4).collect();
    let mut guest = machine();
    guest.gic = V3;
    guest.cpus.affinities = &affinities;
    guest.cpus.conduit = Conduit::Hvc;
    let (tree, _) = guest.tree().unwrap();
    assert_dtc_is_content(&tree);
    let gic = tree.find("/interrupt-controller").unwrap();
    assert_eq!(gic.regions().unwrap().len(), 3);
    assert_eq!(gic.node().u32("#redistributor-regions"), Some(2));
    assert_eq!(tree.find("/timer").unwrap().node().cells("interrupts").unwrap()[2], 4);
    let cpu = tree.find("/cpus/cpu@100000103").unwrap();
    assert_eq!(cpu.node().cells("reg"), Some(vec![1, 0x103]));
    assert_eq!(tree.find("/psci").unwrap().node().text("method"), Some("hvc"));
}

#[test]
fn devices_of_other_kinds() {
    let doorbell = |intid| NamedDevice {
        name: "doorbell".into(),
        compatible: vec!["caravan,doorbell".into(), "generic-uio".into()],
        device: device(0xb00_0000, intid),
    };
    let others = [doorbell(95)];
    let (tree, _) = Guest { others: &others, ..machine() }.tree().unwrap();
    assert_dtc_is_content(&tree);
    let place = tree.find("/doorbell@b000000").unwrap();
    assert!(place.node().is_compatible("caravan,doorbell"));
    assert!(place.node().is_compatible("generic-uio"));
    assert_eq!(place.regions().unwrap(), [region(0xb00_0000, 0x1000)]);
    assert_eq!(intids(&tree, "/doorbell@b000000"), [95]);
    let others = [doorbell(27)];
    let error = refused(&Guest { others: &others, ..machine() });
    assert!(error.contains("the INTID of an SPI"), "{error}");
}

#[test]
fn the_smallest_machine() {
    let guest = Guest {
        reserved: &[],
        uart: None,
        rtc: None,
        power_button: None,
        virtio: &[],
        others: &[],
        chosen: Chosen::default(),
        ..machine()
    };
    let (tree, _) = guest.tree().unwrap();
    assert_dtc_is_content(&tree);
    assert!(tree.find("/apb-pclk").is_err());
}

#[test]
fn descriptions_that_cannot_be() {
    let with = |change: &dyn Fn(&mut Guest<'static, 'static>)| {
        let mut guest = machine();
        change(&mut guest);
        refused(&guest)
    };
    assert_eq!(
        with(&|guest| guest.cpus.affinities = &[]),
        "guest device tree: CPUs are 0; expected 1 to 8 different affinities of MPIDR_EL1"
    );
    assert!(with(&|guest| guest.cpus.affinities = &[0; 9]).contains("CPUs are 9;"));
    assert!(with(&|guest| guest.cpus.affinities = &[0, 1, 0]).contains("have the affinity 0x0"));
    assert!(with(&|guest| guest.cpus.affinities = &[1 << 31]).contains("affinity 0x80000000"));
    assert!(with(&|guest| guest.memory = &[]).contains("memory has no region"));
    assert!(
        with(&|guest| guest.memory = const { &[region(0, 0x2000), region(0x1000, 0x2000)] })
            .contains("memory overlaps itself at 0x1000")
    );
    assert!(
        with(&|guest| guest.memory = const { &[region(u64::MAX, 2)] })
            .contains("memory has 0x2 bytes at 0xffffffffffffffff")
    );
    assert_eq!(
        with(&|guest| guest.uart = Some(device(0x900_0000, 31))),
        "guest device tree: PL011 has the interrupt 31; expected the INTID of an SPI, 32 to 1019"
    );
    assert!(with(&|guest| guest.timer.virtual_ = 32).contains("timer has the interrupt 32"));
    assert_eq!(
        with(&|guest| guest.virtio = const { &[device(0xa00_0000, 48), device(0xa00_0000, 49)] }),
        "guest device tree: node \"virtio_mmio@a000000\" is there twice; expected each name and \
         address once"
    );
    assert_eq!(
        with(&|guest| guest.chosen.initrd = Some(region(0x4fff_0000, 0x1_0001))),
        "guest device tree: initrd is 0x10001 bytes at 0x4fff0000; expected a place inside one \
         region of memory"
    );
    assert!(with(&|guest| guest.chosen.bootargs = Some("a\0b")).contains("without a zero byte"));
    assert_eq!(
        with(&|guest| guest.chosen.stdout_path = Some("/none:115200")),
        "device tree: there is no node \"/none\""
    );
}

fn around<'s, 'a>(host: &'s Tree<'a>, keep: &'s [Keep], missing: Missing) -> Guest<'s, 'a> {
    Guest {
        memory: const { &[region(0x4000_0000, 0x1000_0000)] },
        uart: None,
        passthrough: Some(Passthrough { host, keep, follow: false, missing }),
        ..machine()
    }
}

#[test]
fn devices_of_the_host() {
    let host = board();
    let keep = [Keep::node("serial0"), Keep::subtree("/soc/bridge@2000")];
    let guest = around(&host, &keep, Missing::Drop);
    let (tree, dropped) = guest.tree().unwrap();
    // The same path, the same address for the CPU, the same interrupt, at the guest's GIC.
    let serial = tree.find("serial0").unwrap();
    assert_eq!(serial.path(), "/soc/serial@1000");
    assert_eq!(serial.regions().unwrap(), [region(0x1000_1000, 0x1000)]);
    assert_eq!(intids(&tree, "serial0"), [33]);
    // Behind the host's wakeup controller, which the guest doesn't get.
    assert_eq!(intids(&tree, "/soc/bridge@2000/timer@10"), [41]);
    let gone: Vec<_> = dropped
        .iter()
        .map(|one| (one.node.as_str(), one.property.as_str(), one.target.as_str()))
        .collect();
    assert_eq!(
        gone,
        [("/soc/serial@1000", "clocks", "/clock"), ("/soc/serial@1000", "dmas", "/soc/dma@3000"),]
    );
    // New nodes took phandles that the host doesn't use.
    let clock = tree.find("/apb-pclk").unwrap().node().phandle().unwrap();
    assert!(host.by_phandle(clock).is_none());

    assert_eq!(
        refused(&around(&host, &keep, Missing::Fail)),
        "/soc/serial@1000: \"clocks\" refers to /clock, which is not in the guest's tree"
    );
    let keep = [Keep::subtree("/interrupt-controller@8000000")];
    let (tree, _) = around(&host, &keep, Missing::Fail).tree().unwrap();
    let gic = tree.find("/interrupt-controller").unwrap();
    assert_eq!(gic.regions().unwrap()[1].size, 0x2000, "the guest's, not the host's");
}

#[test]
fn the_clock_of_the_hosts_devices_is_there_once() {
    let mut host = board();
    let mut clock = Node::new("apb-pclk");
    clock.set_text("compatible", "fixed-clock");
    clock.set_u32("#clock-cells", 0);
    clock.set_u32("clock-frequency", 24_000_000);
    clock.set_u32("phandle", 77);
    host.root.push(clock);
    let keep = [Keep::node("/apb-pclk")];
    let clocks = |host: &Tree<'static>| {
        let uart = Some(device(0x900_0000, 33));
        let guest = Guest { uart, ..around(host, &keep, Missing::Fail) };
        let (tree, _) = guest.tree().unwrap();
        let serial = tree.find("/serial@9000000").unwrap().node().cells("clocks").unwrap();
        let clock = tree.by_phandle(serial[0]).unwrap();
        assert_eq!(clock.node().u32("clock-frequency"), Some(24_000_000));
        clock.path()
    };
    assert_eq!(clocks(&host), "/apb-pclk");
    // Another clock of that name is left to the host's devices.
    host.get_mut("/apb-pclk").unwrap().set_u32("clock-frequency", 1000);
    assert_eq!(clocks(&host), "/apb-pclk-1");
}

#[test]
fn what_does_not_fit_the_cells_of_the_host() {
    let host = board();
    let mut guest = around(&host, &[], Missing::Fail);
    guest.memory = const { &[region(0x1_0000_0000, 0x1000)] };
    assert_eq!(
        refused(&guest),
        "guest device tree: memory is 0x1000 bytes at 0x100000000; expected what fits the cells \
         of the root, which are the host's"
    );
}
