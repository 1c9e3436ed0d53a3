use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

/// Values that hardware gives, and what they mean.
#[test]
fn data_aborts_with_syndrome() {
    // ldr w2, [x1] of a device: level 3 translation fault.
    let Exit::DataAbort(abort) = Exit::decode(0x9382_0007) else { panic!() };
    assert_eq!(abort.fault.status, FaultStatus::Translation(3));
    let transfer = abort.transfer.unwrap();
    assert_eq!((transfer.direction, transfer.width), (Direction::Load, Width::Four));
    assert_eq!((transfer.first, transfer.extend), (Gpr::from_bits(2), Extend::Zero));
    // strb wzr, [x1].
    let Exit::DataAbort(abort) = Exit::decode(0x931f_0046) else { panic!() };
    assert_eq!(abort.direction, Direction::Store);
    assert_eq!(abort.transfer.unwrap().width, Width::One);
    assert_eq!(abort.transfer.unwrap().first, Gpr::ZERO_OR_SP);
    assert_eq!(abort.fault.status, FaultStatus::Translation(2));
    // ldrsh x3, [x1] and ldrsb w3, [x1].
    let Exit::DataAbort(abort) = Exit::decode(0x9363_8007) else { panic!() };
    assert_eq!(abort.transfer.unwrap().extend, Extend::Sign64);
    let Exit::DataAbort(abort) = Exit::decode(0x9323_0007) else { panic!() };
    assert_eq!(abort.transfer.unwrap().extend, Extend::Sign32);
}

#[test]
fn data_aborts_without_syndrome() {
    let Exit::DataAbort(abort) = Exit::decode(0x9200_0047) else { panic!() };
    assert_eq!((abort.transfer, abort.direction), (None, Direction::Store));
    // A walk of the guest's tables: what else it says is no instruction.
    let Exit::DataAbort(abort) = Exit::decode(0x9382_0087) else { panic!() };
    assert!(abort.fault.on_table_walk && abort.transfer.is_none());
    let Exit::DataAbort(abort) = Exit::decode(0x9200_0147) else { panic!() };
    assert!(abort.cache_maintenance);
}

#[test]
fn waits() {
    let wait = |esr| match Exit::decode(esr) {
        Exit::Wait(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(0x07e0_0000), Wait { for_event: false, timeout: None });
    assert_eq!(wait(0x07e0_0001), Wait { for_event: true, timeout: None });
    let register = Some(Gpr::from_bits(3));
    assert_eq!(wait(0x07e0_0066), Wait { for_event: false, timeout: register });
    assert_eq!(wait(0x07e0_0067), Wait { for_event: true, timeout: register });
}

#[test]
fn calls_and_system_registers() {
    assert_eq!(Exit::decode(0x5a00_1234), Exit::Hvc(0x1234));
    assert_eq!(Exit::decode(0x5e00_0000), Exit::Smc(0));
    // msr ICC_SGI1R_EL1 (S3_0_C12_C11_5), x7.
    let esr = 0x6200_0000 | 3 << 20 | 5 << 17 | 12 << 10 | 7 << 5 | 11 << 1;
    let Exit::SystemRegister(trap) = Exit::decode(esr) else { panic!() };
    assert_eq!(trap.register, SystemRegister::new(3, 0, 12, 11, 5));
    assert_eq!((trap.direction, trap.operand.number()), (Direction::Store, 7));
    let Exit::SystemRegister(trap) = Exit::decode(esr | 1) else { panic!() };
    assert_eq!(trap.direction, Direction::Load);
}

#[test]
fn other_classes_have_names() {
    let Exit::Other(class) = Exit::decode(0x1fe0_0000) else { panic!() };
    assert_eq!(class.to_string(), "SIMD, floating-point or SVE access (exception class 0x07)");
    let Exit::Other(class) = Exit::decode(0xfc00_0000) else { panic!() };
    assert_eq!(class.to_string(), "reserved exception class (exception class 0x3f)");
}

proptest! {
    #[test]
    fn every_value_decodes(esr: u64) {
        let exit = Exit::decode(esr);
        prop_assert_eq!(exit, Exit::decode(esr & 0xffff_ffff));
    }
}
