//! The guest's side of the doorbell in `tests/camkes-modules`.

use crate::access::{read32, write32};
use crate::machine::{self, REDISTRIBUTOR, call};
use crate::serial;

const BASE: u64 = 0xb00_0000;
const COUNT: u64 = BASE;
const CLEAR: u64 = BASE + 0x04;
const ANSWER: u64 = BASE + 0x08;
const INTID: u64 = BASE + 0x0c;
const STARTS: u64 = BASE + 0x10;
/// The page that is shared with those who ring.
const PAGE: u64 = 0x5000_0000;
const DISTRIBUTOR: u64 = 0x800_0000;
const INTERFACE: u64 = 0x801_0000;
/// Where the device tree is, and at most so much of it is looked at.
const TREE: u64 = 0x4000_0000;
const TREE_SIZE: u64 = 0x4000;
const NAME: &[u8] = b"caravan,doorbell\0";
// Arm DEN0098.
const TRNG_VERSION: u64 = 0x8400_0050;
const TRNG_RND64: u64 = 0xc400_0053;

/// Says hello, answers every ring, and tells what there was.
pub fn visit() {
    if !describes(NAME) {
        serial::print(format_args!("doorbell: the device tree has none\n"));
        return;
    }
    let intid = read32(INTID);
    let system = machine::has_gicv3();
    enable(intid, system);
    let starts = read32(STARTS);
    let before = read32(COUNT);
    write32(ANSWER, 0);
    let mut rings = 0;
    loop {
        wait_for(intid, system);
        let number = read32(PAGE);
        write32(CLEAR, 0);
        end(intid, system);
        if number == 0 {
            break;
        }
        rings += 1;
        write32(ANSWER, number + 1);
    }
    let count = read32(COUNT);
    let version = call(TRNG_VERSION, [0; 3])[0];
    let random = call(TRNG_RND64, [64, 0, 0])[3];
    serial::print(format_args!(
        "doorbell: start {starts}: {before} rings before, {rings} answered, {count} counted; \
         random numbers {version:#x}: {random:#018x}\n"
    ));
}

/// Whether the device tree has something that is compatible with that.
fn describes(name: &[u8]) -> bool {
    let byte = |at: u64| (read32(TREE + (at & !3)) >> (8 * (at & 3))).to_le_bytes()[0];
    (0..TREE_SIZE).any(|start| (start..).zip(name).all(|(at, expected)| byte(at) == *expected))
}

/// Lets the interrupt come to the first processor, whose interface is registers in memory (GICv2, Arm
/// IHI 0048B) or of the system (GICv3, IHI 0069H). Its handler is never run: it stays masked.
fn enable(intid: u32, system: bool) {
    let id = u64::from(intid);
    let bit = 1 << (id % 32);
    if system {
        // GICR_WAKER: awake. Then affinity routing, group 1, to the first processor.
        write32(REDISTRIBUTOR + 0x14, 0);
        write32(DISTRIBUTOR, 0x12);
        let groups = DISTRIBUTOR + 0x80 + id / 32 * 4;
        write32(groups, read32(groups) | bit);
        write32(DISTRIBUTOR + 0x6000 + id * 8, 0);
        write32(DISTRIBUTOR + 0x6004 + id * 8, 0);
        machine::enable_interface();
    } else {
        write32(DISTRIBUTOR, 3);
        let targets = DISTRIBUTOR + 0x800 + (id & !3);
        write32(targets, read32(targets) | 1 << (id % 4 * 8));
        write32(INTERFACE + 4, 0xff);
        write32(INTERFACE, 7);
    }
    write32(DISTRIBUTOR + 0x100 + id / 32 * 4, bit);
}

/// Waits until the processor takes the interrupt.
fn wait_for(intid: u32, system: bool) {
    let taken = || match system {
        true => machine::acknowledge(),
        false => u64::from(read32(INTERFACE + 0xc) & 0x3ff),
    };
    while taken() != u64::from(intid) {
        machine::wait();
    }
}

fn end(intid: u32, system: bool) {
    match system {
        true => machine::end(intid.into()),
        false => write32(INTERFACE + 0x10, intid),
    }
}
