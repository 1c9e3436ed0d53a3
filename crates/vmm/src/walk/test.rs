use super::*;
use crate::testing::TestVcpu;
use guest_memory::{Region, Regions, VecBacking};
use proptest::prelude::*;

const RAM: u64 = 0x4000_0000;
const TABLES: u64 = RAM + 0x10_0000;
const KIB4: u64 = 16 | 16 << 16 | 2 << 30;

fn memory() -> Regions<VecBacking> {
    let mut memory = Regions::new();
    let backing = VecBacking::new(0x20_0000);
    memory.add(Region::new("ram", GuestAddress(RAM), backing).unwrap()).unwrap();
    memory
}

fn vcpu(tcr: u64) -> TestVcpu {
    let mut vcpu = TestVcpu::new();
    vcpu.set(Register::SctlrEl1, 1);
    vcpu.set(Register::TcrEl1, tcr);
    // With an address space identifier above.
    vcpu.set(Register::Ttbr0El1, TABLES | 0x123 << 48);
    vcpu.set(Register::Ttbr1El1, TABLES | 1);
    vcpu
}

/// Writes the entries of a walk, each as a table's address, an index and the entry.
fn write(memory: &Regions<VecBacking>, entries: &[(u64, u64, u64)]) {
    for (table, index, entry) in entries {
        memory.store(GuestAddress(table + index * 8), Width::Eight, *entry).unwrap();
    }
}

const ATTRIBUTES: u64 = 0x0060_0000_0000_0700;

#[test]
fn without_mmu_addresses_are_themselves() {
    let mut vcpu = TestVcpu::new();
    let memory = memory();
    assert_eq!(translate(0x4008_0000, &mut vcpu, &memory), Some(GuestAddress(0x4008_0000)));
    assert_eq!(translate(1 << 60, &mut vcpu, &memory), None);
    memory.store(GuestAddress(RAM), Width::Four, 0xb840_4c20).unwrap();
    vcpu.set(Register::Pc, RAM);
    assert_eq!(fetch(&mut vcpu, &memory), Some(0xb840_4c20));
    vcpu.set(Register::Pc, 0);
    assert_eq!(fetch(&mut vcpu, &memory), None);
}

#[test]
fn pages_and_blocks_of_4_kib() {
    let memory = memory();
    let [l1, l2, l3] = [TABLES + 0x1000, TABLES + 0x2000, TABLES + 0x3000];
    write(
        &memory,
        &[
            (TABLES, 0x100, l1 | 3),
            (l1, 0x1, l2 | 3),
            (l1, 0x2, 0x8000_0000 | ATTRIBUTES | 1),
            (l2, 0x3, 0x4060_0000 | ATTRIBUTES | 1),
            (l2, 0x4, l3 | 3),
            (l3, 0x5, (RAM + 0x7000) | ATTRIBUTES | 3),
            (l3, 0x6, (RAM + 0x7000) | 1),
        ],
    );
    let mut vcpu = vcpu(KIB4);
    let mut at = |address| translate(address, &mut vcpu, &memory).map(|address| address.0);
    let base = 0xffff_8000_0000_0000;
    assert_eq!(at(base + 0x4080_5123), Some(RAM + 0x7123));
    assert_eq!(at(base + 0x4061_2345), Some(0x4061_2345));
    assert_eq!(at(base + 0x8765_4321), Some(0x8765_4321));
    // A reserved page entry, an absent one, and a hole between the halves.
    assert_eq!(at(base + 0x4080_6000), None);
    assert_eq!(at(base + 0x4080_7000), None);
    assert_eq!(at(0xfff0_8000_4080_5123), None);
    // The lower half has the same tables here.
    assert_eq!(at(0x8000_4080_5123), Some(RAM + 0x7123));
    assert_eq!(at(0x12_8000_4080_5123), None);
}

#[test]
fn tags_are_ignored_where_the_guest_says_so() {
    let memory = memory();
    write(&memory, &[(TABLES, 0, RAM | 1)]);
    // 39 bits: the walk starts at level 1.
    let tcr = 25 | 25 << 16 | 2 << 30;
    let at = |tcr, address| translate(address, &mut vcpu(tcr), &memory).map(|address| address.0);
    assert_eq!(at(tcr, 0x1234), Some(RAM + 0x1234));
    assert_eq!(at(tcr, 0x5500_0000_0000_1234), None);
    assert_eq!(at(tcr | 1 << 37, 0x5500_0000_0000_1234), Some(RAM + 0x1234));
    assert_eq!(at(tcr, 0xffff_ff80_0000_1234), Some(RAM + 0x1234));
    assert_eq!(at(tcr | 1 << 38, 0xaaff_ff80_0000_1234), Some(RAM + 0x1234));
    // Walks of the upper half turned off.
    assert_eq!(at(tcr | 1 << 23, 0xffff_ff80_0000_1234), None);
}

#[test]
fn granules_of_16_and_64_kib() {
    let memory = memory();
    // 16 KiB, 47 bits: levels 1 (11 bits), 2 and 3.
    let [l2, l3] = [TABLES + 0x4000, TABLES + 0x8000];
    write(&memory, &[(TABLES, 1, l2 | 3), (l2, 2, l3 | 3), (l2, 3, 0x4200_0000 | 1)]);
    write(&memory, &[(l3, 4, (RAM + 0x4000) | 3)]);
    let mut cpu = vcpu(17 | 2 << 14);
    let address = 1 << 36 | 2 << 25;
    assert_eq!(
        translate(address | 4 << 14 | 0x123, &mut cpu, &memory),
        Some(GuestAddress(RAM + 0x4123))
    );
    let block = 1 << 36 | 3 << 25 | 0x1f_ffff;
    assert_eq!(translate(block, &mut cpu, &memory), Some(GuestAddress(0x421f_ffff)));
    // 64 KiB, 42 bits, upper half: levels 2 (13 bits) and 3.
    let l3 = TABLES + 0x4_0000;
    write(&memory, &[(TABLES, 5, l3 | 3), (l3, 6, (RAM + 0x1_0000) | 3)]);
    let mut cpu = vcpu(22 << 16 | 3 << 30);
    let address = 0xffff_fc00_0000_0000 | 5 << 29 | 6 << 16 | 0x4567;
    assert_eq!(translate(address, &mut cpu, &memory), Some(GuestAddress(RAM + 0x1_4567)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Any configuration and any tables: a walk ends and stays in memory.
    #[test]
    fn every_walk_ends(
        address: u64, tcr: u64, ttbr: u64, near: bool, size in 16u64..40, entries: [u64; 16],
    ) {
        let memory = memory();
        for (at, entry) in (0..).zip(entries) {
            // Entries that lead back into the tables, so that walks are long.
            let entry = entry & 0x7_f000 | TABLES | 3;
            memory.store(GuestAddress(TABLES + at * 8), Width::Eight, entry).unwrap();
        }
        let tcr = if near { tcr & !0x3f_003f & !(1 << 7 | 1 << 23) | size | size << 16 } else { tcr };
        let mut vcpu = vcpu(tcr);
        vcpu.set(Register::Ttbr0El1, if near { TABLES } else { ttbr });
        vcpu.set(Register::Ttbr1El1, if near { TABLES } else { ttbr });
        vcpu.set(Register::Pc, address);
        let address = if near { address & 0xffff } else { address };
        if let Some(found) = translate(address, &mut vcpu, &memory) {
            prop_assert!(found.0 <= ADDRESS);
            prop_assert_eq!(found.0 & 0xfff, address & 0xfff);
        }
        let _ = fetch(&mut vcpu, &memory);
    }

    /// Against tables that map every page of a small space somewhere else.
    #[test]
    fn pages_are_found(page in 0u64..512, offset in 0u64..4096, key in 0u64..256) {
        let memory = memory();
        let l3 = TABLES + 0x1000;
        // 30 bits: the walk starts at level 2 in a table of 512 entries.
        write(&memory, &[(TABLES, 3, l3 | 3)]);
        for page in 0..512 {
            write(&memory, &[(l3, page, (RAM + ((page ^ key) << 12)) | ATTRIBUTES | 3)]);
        }
        let mut vcpu = vcpu(34);
        let address = 3 << 21 | page << 12 | offset;
        let expected = RAM + ((page ^ key) << 12) + offset;
        prop_assert_eq!(translate(address, &mut vcpu, &memory), Some(GuestAddress(expected)));
    }
}
