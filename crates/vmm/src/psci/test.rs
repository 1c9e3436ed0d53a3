use super::*;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

const BOOT: VcpuId = VcpuId(0);

fn psci() -> Psci {
    Psci::new(&[0x8000_0000, 0x8000_0001, 0x8000_0100, 0x81_8000_0000]).unwrap()
}

fn ram(address: GuestAddress) -> bool {
    (0x4000_0000..0x5000_0000).contains(&address.0)
}

fn call(psci: &mut Psci, id: u32, arguments: [u64; 3]) -> Action {
    psci.call(BOOT, Function::from_id(id).unwrap(), arguments, ram)
}

fn status(status: Status) -> Action {
    status.into()
}

#[test]
fn a_machine_has_processors_that_can_be_told_apart() {
    assert_eq!(Psci::new(&[]).unwrap_err().to_string(), "a virtual machine needs a vCPU");
    let error = Psci::new(&[0x8000_0000, 1, 0xc000_0001]).unwrap_err();
    assert_eq!(error.to_string(), "vCPU 1 and vCPU 2 have the same affinity 0x1");
    let error = Psci::new(&(0..257).collect::<Vec<u64>>()).unwrap_err();
    assert_eq!(error.to_string(), "257 vCPUs are too many: there can be 256");
}

#[test]
fn constant_answers() {
    let psci = &mut psci();
    assert_eq!(call(psci, 0x8400_0000, [0; 3]), Action::Return(0x1_0001));
    assert_eq!(call(psci, 0x8400_0006, [0; 3]), Action::Return(2));
    assert_eq!(call(psci, 0x8400_0008, [0; 3]), Action::SystemOff);
}

/// The original answered SUCCESS to SYSTEM_RESET and reset nothing; another one left x0 as it was.
#[test]
fn a_reset_is_an_action_and_never_an_answer() {
    let psci = &mut psci();
    assert_eq!(call(psci, 0x8400_0009, [0; 3]), Action::SystemReset(Reset::Cold));
    assert_eq!(call(psci, 0xc400_0012, [0, 7, 0]), Action::SystemReset(Reset::Warm));
    assert_eq!(call(psci, 0x8400_0012, [0xffff_0000_0000, 0, 0]), Action::SystemReset(Reset::Warm));
    let invalid = status(Status::InvalidParameters);
    assert_eq!(call(psci, 0x8400_0012, [1, 0, 0]), invalid);
    assert_eq!(call(psci, 0xc400_0012, [0x8000_0000, 0, 0]), invalid);
}

#[test]
fn a_processor_goes_on_and_off() {
    let psci = &mut psci();
    let info = |psci: &mut Psci, target| call(psci, 0xc400_0004, [target, 0, 0]);
    assert_eq!(info(psci, 0), Action::Return(0));
    assert_eq!(info(psci, 0x100), Action::Return(1));
    let arguments = [0x100, 0x4008_0000, 0x1234_5678_9abc];
    let start = Start { entry: GuestAddress(0x4008_0000), context: 0x1234_5678_9abc };
    assert_eq!(call(psci, 0xc400_0003, arguments), Action::Start(VcpuId(2), start));
    assert_eq!(info(psci, 0x100), Action::Return(2));
    assert_eq!(call(psci, 0xc400_0003, arguments), status(Status::OnPending));
    psci.started(VcpuId(2));
    assert_eq!(call(psci, 0xc400_0003, arguments), status(Status::AlreadyOn));
    assert_eq!(psci.power(VcpuId(2)), Some(Power::On));
    assert_eq!(psci.call(VcpuId(2), Function::CpuOff, [0; 3], ram), Action::Off);
    assert_eq!(info(psci, 0x100), Action::Return(1));
    // A late report of a start doesn't turn it on again.
    psci.started(VcpuId(2));
    assert_eq!(info(psci, 0x100), Action::Return(1));
    assert!(!psci.all_off());
    assert_eq!(call(psci, 0x8400_0002, [0; 3]), Action::Off);
    assert!(psci.all_off());
    psci.reset();
    assert_eq!(psci.power(BOOT), Some(Power::On));
}

#[test]
fn cpu_on_checks_its_arguments() {
    let psci = &mut psci();
    let invalid = status(Status::InvalidParameters);
    for target in [5, 0x8000_0001, 1 << 24, 1 << 40 | 1, u64::MAX] {
        assert_eq!(call(psci, 0xc400_0003, [target, 0x4000_0000, 0]), invalid, "{target:#x}");
    }
    let address = status(Status::InvalidAddress);
    for entry in [0, 0x4000_0002, 0x5000_0000, u64::MAX] {
        assert_eq!(call(psci, 0xc400_0003, [1, entry, 0]), address, "{entry:#x}");
    }
    assert_eq!(psci.power(VcpuId(1)), Some(Power::Off));
    let on = call(psci, 0xc400_0003, [0x81_0000_0000, 0x4000_0000, 0]);
    assert!(matches!(on, Action::Start(VcpuId(3), _)));
}

#[test]
fn groups_are_as_powered_as_their_best_member() {
    let psci = &mut psci();
    let info = |psci: &mut Psci, target, level| call(psci, 0x8400_0004, [target, level, 0]);
    assert_eq!(info(psci, 0x55, 1), Action::Return(0));
    assert_eq!(info(psci, 0x1ff, 1), Action::Return(1));
    assert_eq!(info(psci, 0xff_ffff, 3), Action::Return(0));
    assert_eq!(info(psci, 0x300, 1), status(Status::InvalidParameters));
    assert_eq!(info(psci, 0, 4), status(Status::InvalidParameters));
    assert_eq!(info(psci, 1 << 31, 0), status(Status::InvalidParameters));
}

#[test]
fn suspend_takes_the_original_format() {
    let psci = &mut psci();
    assert_eq!(call(psci, 0x8400_0001, [0x1234, 0, 0]), Action::Standby);
    let start = Start { entry: GuestAddress(0x4000_0000), context: 3 };
    assert_eq!(call(psci, 0xc400_0001, [1 << 16, 0x4000_0000, 3]), Action::PowerDown(start));
    assert_eq!(call(psci, 0xc400_0001, [1 << 16, 3, 3]), status(Status::InvalidAddress));
    for state in [1 << 17, 1 << 24, 1 << 31] {
        let invalid = status(Status::InvalidParameters);
        assert_eq!(call(psci, 0xc400_0001, [state, 0x4000_0000, 3]), invalid);
    }
}

/// The original answered NOT_SUPPORTED to every question.
#[test]
fn features_names_what_is_there() {
    let psci = &mut psci();
    for id in 0x8400_0000..0x8400_0020_u64 {
        for id in [id, id | 1 << 30] {
            let there = Function::from_id(u32::try_from(id).unwrap()).is_some();
            let expected = if there { Status::Success } else { Status::NotSupported };
            assert_eq!(call(psci, 0x8400_000a, [id, 0, 0]), status(expected), "{id:#x}");
        }
    }
    assert_eq!(call(psci, 0x8400_000a, [0x8000_0000, 0, 0]), Action::Return(0));
    // 64-bit identifiers of functions that have none.
    for id in [0xc400_0000, 0xc400_0002, 0xc400_0008, 0xc400_0009, 0xc400_000a] {
        assert_eq!(Function::from_id(id), None);
    }
}

#[test]
fn codes_are_those_of_the_specification() {
    let all = vec![
        Status::Success,
        Status::NotSupported,
        Status::InvalidParameters,
        Status::Denied,
        Status::AlreadyOn,
        Status::OnPending,
        Status::InternalFailure,
        Status::NotPresent,
        Status::Disabled,
        Status::InvalidAddress,
    ];
    for (code, status) in (0..).zip(all) {
        assert_eq!(status.code(), -code);
    }
    assert_eq!(Status::NotSupported.register(), u64::MAX);
}

proptest! {
    /// Random calls of random processors keep the table and the actions in step.
    #[test]
    fn power_follows_the_actions(
        calls in proptest::collection::vec((0u8..6, 0u32..0x20, any::<bool>(), 0u64..4, 0u64..8), 0..64),
    ) {
        let mut psci = psci();
        let mut model = [Power::On, Power::Off, Power::Off, Power::Off];
        let targets = [0, 1, 0x100, 0x81_0000_0000];
        for (caller, id, wide, target, other) in calls {
            let id = 0x8400_0000 | id | u32::from(wide) << 30;
            let Some(function) = Function::from_id(id) else { continue };
            let target = targets[usize::try_from(target).unwrap()];
            match psci.call(VcpuId(caller), function, [target, 0x4000_0000 + other, other], ram) {
                Action::Start(vcpu, start) => {
                    prop_assert_eq!(model[vcpu.index()], Power::Off);
                    prop_assert!(start.entry.is_aligned(4));
                    model[vcpu.index()] = Power::OnPending;
                    if other != 0 {
                        psci.started(vcpu);
                        model[vcpu.index()] = Power::On;
                    }
                }
                Action::Off => model[usize::from(caller)] = Power::Off,
                _ => {}
            }
            for (number, power) in (0..).zip(model) {
                prop_assert_eq!(psci.power(VcpuId(number)), Some(power));
            }
        }
    }
}
