use super::*;
use crate::mmio::Widths;
use crate::report::Reporter;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use core::cell::RefCell;
use proptest::prelude::*;

/// Bytes, and a list of the accesses that reached them.
struct Ram {
    widths: Widths,
    bytes: Vec<u8>,
    seen: Rc<RefCell<Vec<String>>>,
}

impl MmioDevice for Ram {
    fn widths(&self) -> Widths {
        self.widths
    }

    fn read(&mut self, access: Access, _: &mut DeviceLog<'_>) -> u64 {
        self.seen.borrow_mut().push(format!("read {:#x} {}", access.offset, access.width));
        let start = usize::try_from(access.offset).unwrap();
        let bytes = &self.bytes[start..start + access.width.size()];
        bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn write(&mut self, access: Access, value: u64, _: &mut DeviceLog<'_>) {
        assert_eq!(value, access.width.truncate(value));
        self.seen.borrow_mut().push(format!("write {:#x} {}", access.offset, access.width));
        let start = usize::try_from(access.offset).unwrap();
        let end = start + access.width.size();
        self.bytes[start..end].copy_from_slice(&value.to_le_bytes()[..access.width.size()]);
    }

    fn reset(&mut self) {
        self.bytes.fill(0);
    }
}

const BASE: u64 = 0x900_0000;

fn range(start: u64, size: u64) -> GuestRange {
    GuestRange::new(GuestAddress(start), size).unwrap()
}

fn bus(widths: Widths, size: u8) -> (Bus, Rc<RefCell<Vec<String>>>) {
    let seen = Rc::new(RefCell::new(vec![]));
    let ram = Ram { widths, bytes: (0..size).collect(), seen: Rc::clone(&seen) };
    let mut bus = Bus::new();
    bus.add("ram", range(BASE, u64::from(size)), Box::new(ram)).unwrap();
    (bus, seen)
}

#[test]
fn overlaps_name_both_devices() {
    let (mut bus, seen) = bus(Widths::ANY, 0x40);
    let ram = || Box::new(Ram { widths: Widths::ANY, bytes: vec![], seen: Rc::clone(&seen) });
    let error = bus.add("rtc", range(BASE + 0x3f, 1), ram()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "device rtc (0x900003f..=0x900003f) overlaps device ram (0x9000000..=0x900003f)"
    );
    bus.add("rtc", range(BASE - 0x10, 0x10), ram()).unwrap();
    assert_eq!(bus.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["rtc", "ram"]);
}

#[test]
fn a_device_that_time_matters_to_is_noticed() {
    struct Timeless(Ram);
    impl MmioDevice for Timeless {
        fn is_timed(&self) -> bool {
            false
        }
        fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
            self.0.read(access, log)
        }
        fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
            self.0.write(access, value, log);
        }
        fn reset(&mut self) {}
    }
    let (mut bus, seen) = bus(Widths::WORDS, 0x10);
    let ram = Ram { widths: Widths::WORDS, bytes: vec![0; 0x10], seen };
    bus.add("timeless", range(BASE - 0x10, 0x10), Box::new(Timeless(ram))).unwrap();
    let read =
        |bus: &mut Bus, address| bus.read(GuestAddress(address), Width::Four, VcpuId(0), &mut ());
    read(&mut bus, BASE - 0x10).unwrap();
    assert!(!bus.take_used_timed());
    read(&mut bus, BASE).unwrap();
    read(&mut bus, BASE - 0x10).unwrap();
    assert!(bus.take_used_timed());
    assert!(!bus.take_used_timed());
    bus.write(GuestAddress(BASE + 4), Width::Four, 1, VcpuId(0), &mut ()).unwrap();
    assert!(bus.take_used_timed());
}

#[test]
fn an_address_without_device_is_said() {
    let (mut bus, _) = bus(Widths::ANY, 0x40);
    for address in [0, BASE - 1, BASE + 0x40, u64::MAX] {
        let error = bus.read(GuestAddress(address), Width::One, VcpuId(0), &mut ());
        assert_eq!(error, Err(NoDevice(GuestAddress(address))));
    }
    assert_eq!(NoDevice(GuestAddress(0x10)).to_string(), "no device at 0x10");
}

#[test]
fn wide_accesses_are_split_and_narrow_loads_cut_out() {
    let (mut bus, seen) = bus(Widths::WORDS, 0x40);
    let at = GuestAddress(BASE + 8);
    assert_eq!(bus.read(at, Width::Eight, VcpuId(0), &mut ()), Ok(0x0f0e_0d0c_0b0a_0908));
    assert_eq!(bus.read(GuestAddress(BASE + 10), Width::Two, VcpuId(0), &mut ()), Ok(0x0b0a));
    bus.write(at, Width::Eight, u64::MAX, VcpuId(0), &mut ()).unwrap();
    let expected = [
        "read 0x8 32 bits",
        "read 0xc 32 bits",
        "read 0x8 32 bits",
        "write 0x8 32 bits",
        "write 0xc 32 bits",
    ];
    assert_eq!(*seen.borrow(), expected);
}

#[test]
fn what_suits_no_device_is_reported_once() {
    let (mut bus, seen) = bus(Widths::WORDS, 0x3e);
    let mut lines: Vec<String> = vec![];
    let mut log = Reporter::new("vm0", |line| lines.push(line.to_string()));
    for (offset, width) in
        [(2, Width::Four), (0x3c, Width::Four), (4, Width::One), (6, Width::Eight)]
    {
        bus.write(GuestAddress(BASE + offset), width, 1, VcpuId(0), &mut log).unwrap();
    }
    assert_eq!(bus.read(GuestAddress(BASE + 1), Width::Two, VcpuId(0), &mut log), Ok(0));
    assert_eq!(log.total(), 5);
    assert!(seen.borrow().is_empty());
    assert_eq!(
        lines,
        [
            "guest vm0, ram: wrote 32 bits at offset 0x2, without effect (Arm ARM B2, Device memory: \
             accesses to device memory are aligned to their width; said once)",
            "guest vm0, ram: wrote 32 bits at offset 0x3c, without effect (an access ends in the \
             device in which it starts; said once)",
            "guest vm0, ram: wrote 8 bits at offset 0x4, ignored (its registers take no store \
             that narrow; said once)",
        ]
    );
}

/// Widened to the device's narrowest access, a load may not run out of the device either.
#[test]
fn a_widened_load_stays_inside() {
    let (mut bus, seen) = bus(Widths::WORDS, 0x3e);
    assert_eq!(bus.read(GuestAddress(BASE + 0x3c), Width::Two, VcpuId(0), &mut ()), Ok(0));
    assert!(seen.borrow().is_empty());
    let (mut bus, _) = self::bus(Widths::WORDS, 0x40);
    let last = GuestAddress(BASE + 0x3e);
    assert_eq!(bus.read(last, Width::Two, VcpuId(0), &mut ()), Ok(0x3f3e));
}

proptest! {
    /// Whatever a device's widths, aligned accesses are those of plain memory.
    #[test]
    fn widths_do_not_change_what_is_read(
        min in 0u32..4, extra in 0u32..4, log2 in 0u32..4, at in 0u64..8, value: u64,
    ) {
        let max = (min + extra).min(3);
        let widths = Widths {
            min: Width::from_log2(min).unwrap(),
            max: Width::from_log2(max).unwrap(),
        };
        let width = Width::from_log2(log2).unwrap();
        let (mut bus, _) = bus(widths, 64);
        let address = GuestAddress(BASE + at * width.bytes());
        let first = at * width.bytes();
        let expected = (0..width.bytes()).fold(0, |sum, byte| sum | (first + byte) << (byte * 8));
        prop_assert_eq!(bus.read(address, width, VcpuId(0), &mut ()), Ok(expected));
        bus.write(address, width, value, VcpuId(0), &mut ()).unwrap();
        let written = if width < widths.min { expected } else { width.truncate(value) };
        prop_assert_eq!(bus.read(address, width, VcpuId(0), &mut ()), Ok(written));
        bus.reset();
        prop_assert_eq!(bus.read(address, width, VcpuId(0), &mut ()), Ok(0));
    }

    #[test]
    fn no_access_panics(
        address in BASE - 16..BASE + 80, log2 in 0u32..4, value: u64, size in 1u8..64, min in 0u32..4,
    ) {
        let widths = Widths { min: Width::from_log2(min).unwrap(), max: Width::Eight };
        let (mut bus, _) = bus(widths, size);
        let width = Width::from_log2(log2).unwrap();
        let there = (BASE..BASE + u64::from(size)).contains(&address);
        let address = GuestAddress(address);
        prop_assert_eq!(bus.read(address, width, VcpuId(0), &mut ()).is_ok(), there);
        prop_assert_eq!(bus.write(address, width, value, VcpuId(0), &mut ()).is_ok(), there);
    }
}
