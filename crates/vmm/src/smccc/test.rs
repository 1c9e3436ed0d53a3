use super::*;
use crate::report::Reporter;
use crate::testing::TestVcpu;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// Ones, as long as there are some.
#[derive(Debug)]
struct Ones(usize);

impl Entropy for Ones {
    fn uuid(&self) -> [u8; 16] {
        core::array::from_fn(|at| u8::try_from(at).unwrap())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> bool {
        let enough = self.0 >= buffer.len();
        if enough {
            self.0 -= buffer.len();
            buffer.fill(0xff);
        }
        enough
    }
}

fn services() -> Services<Ones> {
    let soc_id = Some(SocId { version: 0x043b_0001, revision: 2 });
    Services { psci: Psci::new(&[0, 1]).unwrap(), soc_id, entropy: Some(Ones(1000)) }
}

/// A call by SMC: the action and x0 to x3.
fn call(services: &mut Services<Ones>, x: &[u64]) -> (Action, [u64; 4]) {
    let mut vcpu = TestVcpu::new();
    for (number, value) in (0..).zip(x) {
        vcpu.set(Register::X(number), *value);
    }
    let action = services.call(&mut vcpu, Conduit::Smc, 0, &mut (), |_| true);
    assert_eq!(vcpu.get(Register::Pc), 4);
    (action, core::array::from_fn(|at| vcpu.get(Register::X(u8::try_from(at).unwrap()))))
}

fn x0(x: &[u64]) -> u64 {
    call(&mut services(), x).1[0]
}

#[test]
fn the_convention_describes_itself() {
    assert_eq!(x0(&[0x8000_0000]), 0x1_0001);
    assert_eq!(x0(&[0x8000_0001, 0x8000_0000]), 0);
    assert_eq!(x0(&[0x8000_0001, 0x8000_0001]), 0);
    assert_eq!(x0(&[0x8000_0001, 0x8000_0002]), 0);
    assert_eq!(x0(&[0x8000_0001, 0x8000_8000]), u64::MAX);
    assert_eq!(x0(&[0x8000_0002, 0]), 0x043b_0001);
    assert_eq!(x0(&[0x8000_0002, 1]), 2);
    assert_eq!(x0(&[0x8000_0002, 2]), u64::MAX - 1);
    let mut without = Services { soc_id: None, ..services() };
    assert_eq!(call(&mut without, &[0x8000_0001, 0x8000_0002]).1[0], u64::MAX);
    assert_eq!(call(&mut without, &[0x8000_0002, 0]).1[0], u64::MAX);
}

#[test]
fn psci_gets_the_arguments_of_its_convention() {
    let mut services = services();
    // The 32-bit function sees the low halves.
    let (action, x) = call(
        &mut services,
        &[
            0xffff_ffff_8400_0003,
            0xffff_ffff_0000_0001,
            0xffff_ffff_4000_0000,
            0xffff_ffff_0000_0007,
        ],
    );
    let Action::Start(_, start) = action else { panic!("{action:?}") };
    assert_eq!((start.entry, start.context, x[0]), (GuestAddress(0x4000_0000), 7, 0));
    let (action, x) = call(&mut services, &[0xc400_0003, 0xffff_ffff_0000_0001, 0, 0]);
    assert_eq!((action, x[0]), (Action::Return(u64::MAX - 1), u64::MAX - 1));
    assert_eq!(call(&mut services, &[0x8400_0001, 0]).1[0], 0);
}

#[test]
fn only_what_a_call_needs_is_read() {
    let mut vcpu = TestVcpu::new();
    vcpu.set(Register::X(0), 0x8400_0000);
    services().call(&mut vcpu, Conduit::Hvc, 0, &mut (), |_| true);
    assert_eq!(vcpu.touched.into_iter().collect::<Vec<_>>(), [Register::X(0)]);
}

#[test]
fn hvc_continues_where_it_is() {
    let mut vcpu = TestVcpu::new();
    vcpu.set(Register::X(0), 0x8400_0000);
    services().call(&mut vcpu, Conduit::Hvc, 0, &mut (), |_| true);
    assert_eq!((vcpu.get(Register::Pc), vcpu.get(Register::X(0))), (0, 0x1_0001));
}

#[test]
fn entropy() {
    assert_eq!(x0(&[0x8400_0050]), 0x1_0000);
    assert_eq!(x0(&[0x8400_0051, 0xc400_0053]), 0);
    assert_eq!(x0(&[0x8400_0051, 0xc400_0050]), u64::MAX);
    let (_, uuid) = call(&mut services(), &[0x8400_0052]);
    assert_eq!(uuid, [0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c]);
    let random = |id, bits| call(&mut services(), &[id, bits]).1;
    assert_eq!(random(0xc400_0053, 192), [0, u64::MAX, u64::MAX, u64::MAX]);
    assert_eq!(random(0xc400_0053, 65), [0, 0, 1, u64::MAX]);
    assert_eq!(random(0x8400_0053, 96), [0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]);
    assert_eq!(random(0x8400_0053, 3), [0, 0, 0, 7]);
    for (id, bits) in
        [(0xc400_0053, 0), (0xc400_0053, 193), (0x8400_0053, 97), (0xc400_0053, u64::MAX)]
    {
        assert_eq!(random(id, bits)[0], u64::MAX - 1);
    }
    let mut empty = Services { entropy: Some(Ones(7)), ..services() };
    assert_eq!(call(&mut empty, &[0xc400_0053, 64, 5, 5]).1, [u64::MAX - 2, 0, 0, 0]);
    let mut without = Services { entropy: None, ..services() };
    assert_eq!(call(&mut without, &[0x8400_0050]).1[0], u64::MAX);
}

/// One original killed the guest at any call that it didn't list; another one forwarded all calls
/// of the chip's maker to the firmware.
#[test]
fn unknown_calls_return_not_supported_and_are_reported_once() {
    let mut lines: Vec<String> = Vec::new();
    {
        let mut log = Reporter::new("vm0", |line| lines.push(line.to_string()));
        let mut vcpu = TestVcpu::new();
        for (id, immediate) in
            [(0xc200_0001, 0), (0xc200_0001, 0), (0x8400_0000, 5), (0x8000_8000, 0)]
        {
            vcpu.set(Register::X(0), id);
            let action = services().call(&mut vcpu, Conduit::Smc, immediate, &mut log, |_| true);
            assert_eq!(action, Action::Return(u64::MAX));
        }
    }
    assert_eq!(
        lines,
        [
            "guest vm0, calls: called 0xc2000001 by SMC, a function of the chip's maker (this \
             virtual machine has no such function: NOT_SUPPORTED; said once)",
            "guest vm0, calls: made the call SMC #5 (w0 is 0x84000000) (DEN0028 2.9: the \
             immediate is zero; said once)",
        ]
    );
}

proptest! {
    #[test]
    fn every_call_is_answered(id: u32, near in 0u32..0x60, pick in 0u8..4, x in any::<[u64; 3]>(), immediate in 0u16..2) {
        let id = match pick {
            0 => id,
            1 => 0x8400_0000 | near,
            2 => 0xc400_0000 | near,
            _ => 0x8000_0000 | near,
        };
        let mut vcpu = TestVcpu::new();
        vcpu.set(Register::X(0), u64::from(id));
        for (number, value) in (1..).zip(x) {
            vcpu.set(Register::X(number), value);
        }
        services().call(&mut vcpu, Conduit::Smc, immediate, &mut (), |_| true);
        prop_assert_eq!(vcpu.get(Register::Pc), 4);
    }
}
