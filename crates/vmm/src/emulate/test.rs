use super::*;
use crate::mmio::{Access, MmioDevice, Widths};
use crate::report::DeviceLog;
use crate::syndrome::Exit;
use crate::testing::TestVcpu;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::RefCell;
use guest_memory::GuestRange;
use proptest::prelude::*;

const BASE: u64 = 0x0900_0000;

/// 64 bytes that can be looked at from outside.
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl MmioDevice for Bytes {
    fn widths(&self) -> Widths {
        Widths::ANY
    }

    fn read(&mut self, access: Access, _: &mut DeviceLog<'_>) -> u64 {
        let start = usize::try_from(access.offset).unwrap();
        let bytes = &self.0.borrow()[start..start + access.width.size()];
        bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn write(&mut self, access: Access, value: u64, _: &mut DeviceLog<'_>) {
        let start = usize::try_from(access.offset).unwrap();
        let end = start + access.width.size();
        let value = &value.to_le_bytes()[..access.width.size()];
        self.0.borrow_mut()[start..end].copy_from_slice(value);
    }

    fn reset(&mut self) {}
}

/// A processor with its registers holding something, and a bus with one device.
struct Bench {
    vcpu: TestVcpu,
    bus: Bus,
    bytes: Rc<RefCell<Vec<u8>>>,
}

impl Bench {
    fn new() -> Self {
        let bytes = Rc::new(RefCell::new((0x80..0xc0).collect()));
        let mut bus = Bus::new();
        let range = GuestRange::new(GuestAddress(BASE), 64).unwrap();
        bus.add("bytes", range, Box::new(Bytes(Rc::clone(&bytes)))).unwrap();
        let mut vcpu = TestVcpu::new();
        vcpu.set(Register::Pc, 0x4000);
        vcpu.set(Register::Pstate, 0b0101);
        for number in 0..31 {
            vcpu.set(Register::X(number), 0x1122_3344_5566_7700 | u64::from(number));
        }
        Self { vcpu, bus, bytes }
    }

    fn x(&self, number: u8) -> u64 {
        self.vcpu.get(Register::X(number))
    }

    /// An abort with syndrome: the access size, sign, register, and so on are in `esr`.
    fn described(&mut self, esr: u64, offset: u64) -> Result<(), NotEmulated> {
        let Exit::DataAbort(abort) = Exit::decode(esr) else { panic!("{esr:#x}") };
        let address = GuestAddress(BASE + offset);
        let fetch = |_: &mut TestVcpu| panic!("the syndrome is complete");
        data_abort(&abort, address, &mut self.vcpu, &mut self.bus, &mut (), fetch)
    }

    /// An abort without.
    fn fetched(&mut self, word: u32, store: bool, offset: u64) -> Result<(), NotEmulated> {
        let esr = 0x9200_0007 | u64::from(store) << 6;
        let Exit::DataAbort(abort) = Exit::decode(esr) else { panic!("{esr:#x}") };
        let address = GuestAddress(BASE + offset);
        data_abort(&abort, address, &mut self.vcpu, &mut self.bus, &mut (), |_| Some(word))
    }
}

#[test]
fn a_described_load_touches_one_register() {
    let mut bench = Bench::new();
    bench.described(0x9385_0007, 4).unwrap();
    assert_eq!((bench.x(5), bench.vcpu.get(Register::Pc)), (0x8786_8584, 0x4004));
    assert_eq!(bench.vcpu.touched.iter().copied().collect::<Vec<_>>(), [Register::Pc]);
}

/// The original took every access for one of 32 bits.
#[test]
fn accesses_have_their_own_width_and_sign() {
    let mut bench = Bench::new();
    bench.described(0x9305_0007, 1).unwrap(); // ldrb w5
    assert_eq!(bench.x(5), 0x81);
    bench.described(0x9325_0007, 1).unwrap(); // ldrsb w5
    assert_eq!(bench.x(5), 0xffff_ff81);
    bench.described(0x9365_8007, 2).unwrap(); // ldrsh x5
    assert_eq!(bench.x(5), 0xffff_ffff_ffff_8382);
    bench.described(0x93c5_8007, 8).unwrap(); // ldr x5
    assert_eq!(bench.x(5), 0x8f8e_8d8c_8b8a_8988);
    bench.described(0x9301_0047, 3).unwrap(); // strb w1
    bench.described(0x935f_0047, 4).unwrap(); // strh wzr
    assert_eq!(bench.bytes.borrow()[2..7], [0x82, 0x01, 0, 0, 0x86]);
    bench.described(0x939f_0007, 0).unwrap(); // ldr wzr
    assert_eq!(bench.vcpu.get(Register::Pc), 0x401c);
}

#[test]
fn writeback_changes_the_base() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(1), 0xffff_0000_0000_0010);
    bench.fetched(0xb840_4c20, false, 0x14).unwrap(); // ldr w0, [x1, #4]!
    assert_eq!((bench.x(0), bench.x(1)), (0x9796_9594, 0xffff_0000_0000_0014));
    bench.fetched(0x3800_1422, true, 0x14).unwrap(); // strb w2, [x1], #1
    assert_eq!((bench.bytes.borrow()[0x14], bench.x(1)), (0x02, 0xffff_0000_0000_0015));
    assert_eq!(bench.vcpu.get(Register::Pc), 0x4008);
}

#[test]
fn pairs_move_both_registers() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(4), 0x7000);
    bench.fetched(0xa8c1_0c82, false, 0).unwrap(); // ldp x2, x3, [x4], #16
    assert_eq!(bench.x(2), 0x8786_8584_8382_8180);
    assert_eq!((bench.x(3), bench.x(4)), (0x8f8e_8d8c_8b8a_8988, 0x7010));
    bench.fetched(0x6940_8c82, false, 0x14).unwrap(); // ldpsw x2, x3, [x4, #4]
    assert_eq!(bench.x(2), 0xffff_ffff_9796_9594);
    bench.fetched(0x2900_7c85, true, 0x10).unwrap(); // stp w5, wzr, [x4]
    assert_eq!(bench.bytes.borrow()[0x10..0x18], [5, 0x77, 0x66, 0x55, 0, 0, 0, 0]);
}

#[test]
fn index_registers_are_extended_and_shifted() {
    for (word, index, start, offset) in [
        (0xb862_d820, 0xffff_ffff, 0x7014, 0x10), // ldr w0, [x1, w2, sxtw #2]
        (0xb862_5820, 0x5_0000_0002, 0x7000, 8),  // ldr w0, [x1, w2, uxtw #2]
        (0xf862_7820, 2, 0x7000, 0x10),           // ldr x0, [x1, x2, lsl #3]
        (0x3862_6820, 3, 0x7000, 3),              // ldrb w0, [x1, x2]
    ] {
        let mut bench = Bench::new();
        bench.vcpu.set(Register::X(1), start);
        bench.vcpu.set(Register::X(2), index);
        bench.fetched(word, false, offset).unwrap();
        assert_eq!(bench.x(0) & 0xff, 0x80 + offset, "{word:#x}");
        // Anywhere else, it isn't this instruction's address.
        assert!(bench.fetched(word, false, offset ^ 0x20).is_err(), "{word:#x}");
    }
    let mut bench = Bench::new();
    bench.vcpu.set(Register::Pc, 0x4000);
    bench.fetched(0x1800_0080, false, 0x10).unwrap(); // ldr w0, .+16
    assert_eq!(bench.x(0), 0x9392_9190);
}

#[test]
fn a_base_that_the_pair_loads_is_loaded() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(3), 0x7000);
    bench.fetched(0xa940_0c62, false, 0).unwrap(); // ldp x2, x3, [x3]
    assert_eq!(bench.x(3), 0x8f8e_8d8c_8b8a_8988);
}

#[test]
fn the_stack_pointer_in_use_is_the_base() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::SpEl1, 0x7010);
    bench.vcpu.set(Register::SpEl0, 0x7020);
    bench.fetched(0xf81f_0fff, true, 0).unwrap(); // str xzr, [sp, #-16]!
    assert_eq!(bench.vcpu.get(Register::SpEl1), 0x7000);
    bench.vcpu.set(Register::Pstate, 0);
    bench.fetched(0xf81f_0fff, true, 0x10).unwrap();
    assert_eq!(bench.vcpu.get(Register::SpEl0), 0x7010);
    bench.vcpu.set(Register::Pstate, 0b0100);
    bench.fetched(0xf81f_0fff, true, 0).unwrap();
    assert_eq!(bench.vcpu.get(Register::SpEl0), 0x7000);
    assert_eq!(bench.vcpu.get(Register::SpEl1), 0x7000);
}

#[test]
fn a_pair_that_leaves_the_device_changes_nothing() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(4), 0x7038);
    let before: Vec<u64> = (0..31).map(|number| bench.x(number)).collect();
    let error = bench.fetched(0xa8c1_0c82, false, 0x38).unwrap_err();
    assert_eq!(error.to_string(), "no device at 0x9000040");
    assert_eq!(before, (0..31).map(|number| bench.x(number)).collect::<Vec<_>>());
    assert_eq!(bench.vcpu.get(Register::Pc), 0x4000);
}

#[test]
fn what_is_not_emulated_says_why() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(1), 0x7000);
    assert_eq!(
        bench.fetched(0x3dc0_0020, false, 0).unwrap_err().to_string(),
        "the instruction 0x3dc00020 at 0x4000, which accesses 0x9000000, is \
         a SIMD or floating-point load or store"
    );
    assert_eq!(
        bench.fetched(0xb840_4c20, true, 4).unwrap_err().to_string(),
        "the instruction 0xb8404c20 at 0x4000 does not access 0x9000004"
    );
    let Exit::DataAbort(abort) = Exit::decode(0x9200_0007) else { panic!() };
    let Bench { vcpu, bus, .. } = &mut bench;
    let error = data_abort(&abort, GuestAddress(BASE), vcpu, bus, &mut (), |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the instruction at 0x4000, which accesses 0x9000000, could not be read"
    );
    assert_eq!(
        bench.described(0x9382_0087, 0).unwrap_err().to_string(),
        "the guest's translation tables are at 0x9000000, where it has no memory"
    );
    assert_eq!(bench.described(0x9382_0007, 64).unwrap_err().to_string(), "no device at 0x9000040");
}

#[test]
fn cache_maintenance_on_a_device_does_nothing() {
    let mut bench = Bench::new();
    bench.described(0x9200_0147, 0).unwrap();
    assert_eq!(bench.vcpu.get(Register::Pc), 0x4004);
    assert!(bench.described(0x9200_0147, 0x1000).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Any syndrome, any instruction, any address: an error changes nothing, and nothing panics.
    #[test]
    fn every_abort_is_survived(esr in 0u64..0x200_0000, word: u32, group: bool, offset in 0u64..72, x1: u64) {
        let mut bench = Bench::new();
        bench.vcpu.set(Register::X(1), x1);
        let word = if group { word & !(1 << 25 | 1 << 26) | 1 << 27 } else { word };
        let Exit::DataAbort(abort) = Exit::decode(esr | 0x9200_0000) else { panic!() };
        let before = bench.bytes.borrow().clone();
        let address = GuestAddress(BASE + offset);
        let Bench { vcpu, bus, .. } = &mut bench;
        if data_abort(&abort, address, vcpu, bus, &mut (), |_| Some(word)).is_err() {
            prop_assert_eq!(bench.vcpu.get(Register::Pc), 0x4000);
            prop_assert_eq!(&*bench.bytes.borrow(), &before);
        }
    }

    /// What is done in one step is what is done by decoding; and the most usual accesses are.
    #[test]
    fn the_usual_way_differs_in_nothing(esr in 0u64..0x400_0000, offset in 0u64..72) {
        let (mut quick, mut slow) = (Bench::new(), Bench::new());
        let esr = esr | 0x9000_0000;
        let address = GuestAddress(BASE + offset);
        let Bench { vcpu, bus, .. } = &mut quick;
        let done = usual(esr, address, vcpu, bus, &mut ());
        if done {
            slow.described(esr, offset).unwrap();
        }
        prop_assert_eq!(&*quick.bytes.borrow(), &*slow.bytes.borrow());
        for register in (0..31).map(Register::X).chain([Register::Pc]) {
            prop_assert_eq!(quick.vcpu.get(register), slow.vcpu.get(register));
        }
        prop_assert_eq!(done, esr & 0x0320_0180 == 0x0300_0000 && offset < 64);
    }

    /// A stored register comes back as the load says, for every width.
    #[test]
    fn what_is_stored_is_loaded(log2 in 0u32..4, value: u64, rt in 0u64..31, slot in 0u64..8) {
        let width = Width::from_log2(log2).unwrap();
        let mut bench = Bench::new();
        let register = Register::X(u8::try_from(rt).unwrap());
        bench.vcpu.set(register, value);
        let esr = 0x9300_0007 | u64::from(log2) << 22 | rt << 16;
        bench.described(esr | 1 << 6, slot * 8).unwrap();
        bench.vcpu.set(register, 0xdead);
        bench.described(esr, slot * 8).unwrap();
        prop_assert_eq!(bench.vcpu.get(register), width.truncate(value));
        bench.described(esr | 1 << 21 | 1 << 15, slot * 8).unwrap();
        prop_assert_eq!(bench.vcpu.get(register), width.sign_extend(value));
    }
}
