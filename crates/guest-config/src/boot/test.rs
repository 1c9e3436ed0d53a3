use std::cell::RefCell;
use std::vec;
use std::vec::Vec;

use fdt::address::Region;
use fdt::guest::{Device, Gic, Timer};
use guest_memory::{GuestAddress, Regions, VecBacking};

use super::*;
use crate::config::{File, Ram};
use crate::read::empty;
use crate::summary::Summary;

const RAM: u64 = 0x4000_0000;
const RAM_SIZE: usize = 0x40_0000;

/// An arm64 Image of `size` bytes in all (Linux, Documentation/arch/arm64/booting.rst).
fn image(size: u64) -> Vec<u8> {
    let mut bytes = vec![0x11; 0x1000];
    bytes[8..16].copy_from_slice(&0_u64.to_le_bytes());
    bytes[16..24].copy_from_slice(&size.to_le_bytes());
    bytes[24..32].copy_from_slice(&2_u64.to_le_bytes());
    bytes[56..60].copy_from_slice(b"ARM\x64");
    bytes
}

fn config() -> GuestConfig {
    let mut config = empty();
    let range = GuestRange::new(GuestAddress(RAM), RAM_SIZE as u64).unwrap();
    config.vcpus = 2;
    config.ram = Ram { range, physical: Some(RAM) };
    config.kernel.file.name = "linux".into();
    config.kernel.command_line = "console=ttyAMA0".into();
    config.initrd = Some(File { name: "linux-initrd".into(), at: None });
    config.device_tree = DeviceTree::Generated { base: None, at: None };
    config
}

fn hardware() -> Hardware<'static> {
    Hardware {
        gic: Gic::V2 {
            distributor: Region { base: 0x800_0000, size: 0x1000 },
            cpu_interface: Region { base: 0x801_0000, size: 0x1000 },
        },
        timer: Timer::default(),
        cpu: "arm,cortex-a53",
        uart: Some(Device { region: Region { base: 0x900_0000, size: 0x1000 }, intid: 33 }),
        rtc: None,
        power_button: None,
        virtio: &[],
        others: &[],
        keep: &[],
        reserved: &[],
    }
}

fn memory() -> Regions<VecBacking> {
    let mut memory = Regions::new();
    let backing = VecBacking::new(RAM_SIZE);
    let region = guest_memory::Region::new("RAM", GuestAddress(RAM), backing).unwrap();
    memory.add(region).unwrap();
    memory
}

fn bytes(memory: &Regions<VecBacking>, part: &NamedRange) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(part.range.size()).unwrap()];
    memory.read(part.range.start(), &mut bytes).unwrap();
    bytes
}

#[test]
fn everything_gets_into_memory_and_is_told_to_the_guest() {
    let (image, initrd) = (image(0x20_0000), vec![0x22; 5000]);
    let files = Files { kernel: &image, initrd: Some(&initrd), device_tree: None };
    let ready = prepare(&config(), &hardware(), files, &[]).unwrap();
    let memory = memory();
    let published = RefCell::new(Vec::new());
    let load = || ready.load(&memory, |range| published.borrow_mut().push(range)).unwrap();
    let boot = load();
    let parts = [
        Some(ready.plan.kernel.clone()),
        ready.plan.initrd.clone(),
        ready.plan.device_tree.clone(),
    ];
    let parts: Vec<NamedRange> = parts.into_iter().flatten().collect();
    assert_eq!(*published.borrow(), parts.iter().map(|part| part.range).collect::<Vec<_>>());
    assert_eq!((boot.pc, boot.arguments[0]), (GuestAddress(RAM), parts[2].range.start().0));
    assert_eq!(bytes(&memory, &parts[1]), initrd);

    let blob = bytes(&memory, &parts[2]);
    let tree = fdt::blob::read(&blob).unwrap();
    let chosen = tree.find("/chosen").unwrap();
    assert_eq!(chosen.node().text("bootargs"), Some("console=ttyAMA0"));
    let start = chosen.node().cells("linux,initrd-start").unwrap();
    assert_eq!(u64::from(start[1]), parts[1].range.start().0);
    assert!(tree.find("/cpus/cpu@1").is_ok() && tree.find("/cpus/cpu@2").is_err());

    // The guest wrote all over its memory; a second start is like the first.
    let before: Vec<_> = parts.iter().map(|part| bytes(&memory, part)).collect();
    memory.write(GuestAddress(RAM), &vec![0xff; RAM_SIZE]).unwrap();
    assert_eq!(load(), boot);
    assert_eq!(parts.iter().map(|part| bytes(&memory, part)).collect::<Vec<_>>(), before);
}

#[test]
fn a_given_tree_gets_the_command_line_and_the_initrd() {
    let given = tree::make(&config(), &hardware(), None, None).unwrap().blob;
    let mut config = config();
    config.device_tree = DeviceTree::File(File { name: "linux-dtb".into(), at: None });
    config.kernel.command_line = "quiet".into();
    let (image, initrd) = (image(0x10_0000), vec![0x22; 5000]);
    let files = Files { kernel: &image, initrd: Some(&initrd), device_tree: Some(&given) };
    let ready = prepare(&config, &hardware(), files, &[]).unwrap();
    let tree = fdt::blob::read(&ready.tree.blob).unwrap();
    let chosen = tree.find("/chosen").unwrap();
    assert_eq!(chosen.node().text("bootargs"), Some("quiet"));
    assert!(chosen.node().cells("linux,initrd-end").is_some());
    assert!(tree.find("/serial@9000000").is_ok());
}

#[test]
fn errors_name_the_file_and_what_is_in_the_way() {
    let (image, initrd) = (image(0x20_0000), vec![0x22; 5000]);
    let files = Files { kernel: &image, initrd: Some(&initrd), device_tree: None };
    let error = |config: &GuestConfig, files: Files<'_>| {
        prepare(config, &hardware(), files, &[]).unwrap_err().to_string()
    };
    let text = Files { kernel: b"hello, world", ..files };
    assert!(error(&config(), text).starts_with("linux: no kernel: it starts with 68 65 6c 6c"));
    assert_eq!(
        error(&config(), Files { initrd: None, ..files }),
        "linux-initrd: the file is missing or empty"
    );
    let mut overlapping = config();
    let at = Some(GuestAddress(RAM + 0x30_0000));
    overlapping.initrd = Some(File { name: "linux-initrd".into(), at });
    overlapping.device_tree = DeviceTree::Generated { base: None, at };
    assert_eq!(
        error(&overlapping, files),
        "linux-initrd (0x40300000..=0x40301387) overlaps device tree \
         (0x40300000..=0x40300630)"
    );
    let mut with_file = config();
    with_file.device_tree = DeviceTree::File(File { name: "linux-dtb".into(), at: None });
    assert_eq!(error(&with_file, files), "linux-dtb: the file is missing or empty");
    let wrong = Files { device_tree: Some(b"no tree"), ..files };
    assert!(error(&with_file, wrong).starts_with("linux-dtb: "));
}

/// The original loaded whatever it didn't recognise as a kernel.
#[test]
fn a_raw_binary_needs_a_place() {
    let raw = vec![0x33; 64];
    let mut config = config();
    config.initrd = None;
    config.device_tree = DeviceTree::None;
    let files = Files { kernel: &raw, ..Files::default() };
    assert!(prepare(&config, &hardware(), files, &[]).is_err());
    config.kernel.file.at = Some(GuestAddress(RAM + 0x8000));
    let ready = prepare(&config, &hardware(), files, &[]).unwrap();
    assert_eq!(ready.load(&memory(), |_| ()).unwrap().pc, GuestAddress(RAM + 0x8000));
}

#[test]
fn the_summary_has_it_all() {
    let (image, initrd) = (image(0x20_0000), vec![0x22; 5000]);
    let files = Files { kernel: &image, initrd: Some(&initrd), device_tree: None };
    let config = config();
    let ready = prepare(&config, &hardware(), files, &[]).unwrap();
    let range = GuestRange::new(GuestAddress(0x900_0000), 0x1000).unwrap();
    let devices = [NamedRange { name: "uart".into(), range }];
    let summary = Summary { name: "vm0", config: &config, ready: &ready, devices: &devices };
    assert_eq!(
        summary.to_string(),
        "guest vm0: 2 vCPUs, arm64 Image, starts at 0x40000000\n  \
         0x40000000..=0x403fffff  RAM, one to one (4 MiB)\n  \
         0x40000000..=0x401fffff  linux (2 MiB)\n  \
         0x40200000..=0x40200630  device tree (1.6 KiB)\n  \
         0x403fe000..=0x403ff387  linux-initrd (4.9 KiB)\n  \
         0x9000000..=0x9000fff  device uart (4 KiB)"
    );
}
