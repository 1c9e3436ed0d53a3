//! Capabilities, faults and table entries survive being packed.

use std::vec;

use proptest::prelude::*;

use crate::arch::aarch64::translation::{Entry, Geometry};
use crate::arch::aarch64::vcpu::Vcpu;
use crate::arch::aarch64::{FrameCap, Mapping, PageSize, PageTableCap, VSpaceCap, VmRights};
use crate::arch::{ArchCap, ArchFault};
use crate::cap::{
    CNodeCap, Cap, EndpointCap, EndpointRights, NotificationCap, ReplyCap, UntypedCap, ZombieCap,
    ZombieKind,
};
use crate::error::LookupFailure;
use crate::fault::Fault;
use crate::object::{Endpoint, Notification, Tcb};
use crate::word::{PhysAddr, Word, align_down, mask};

/// An address that an object of 2^`bits` bytes can have.
fn address(bits: u32) -> impl Strategy<Value = PhysAddr> {
    (1_usize..1 << 40).prop_map(move |at| PhysAddr(align_down(at, bits)))
}

fn mapping() -> impl Strategy<Value = Option<Mapping>> {
    prop::option::of(
        (1_usize..1 << 16, 0_usize..1 << 28)
            .prop_map(|(asid, page)| Mapping { asid, address: page << 12 }),
    )
}

fn arch_cap() -> impl Strategy<Value = ArchCap> {
    let size = prop::sample::select(&[PageSize::Small, PageSize::Large, PageSize::Huge][..]);
    let rights =
        prop::sample::select(&[VmRights::KernelOnly, VmRights::ReadOnly, VmRights::ReadWrite][..]);
    prop_oneof![
        (address(12), size, rights, any::<bool>(), mapping()).prop_map(
            |(base, size, rights, device, mapping)| ArchCap::Frame(FrameCap {
                base,
                size,
                rights,
                device,
                mapping
            })
        ),
        (address(12), mapping())
            .prop_map(|(base, mapping)| ArchCap::PageTable(PageTableCap { base, mapping })),
        (address(13), prop::option::of(1_usize..1 << 16))
            .prop_map(|(base, asid)| ArchCap::VSpace(VSpaceCap { base, asid })),
        Just(ArchCap::AsidControl),
        (0_usize..128, address(12))
            .prop_map(|(pool, at)| ArchCap::AsidPool { first: pool << 9, pool: at }),
        address(12).prop_map(|at| ArchCap::Vcpu(Vcpu::at(at))),
        (0_usize..16, 0_usize..8).prop_map(|(irq, target)| ArchCap::SgiSignal { irq, target }),
    ]
}

pub(super) fn cap() -> impl Strategy<Value = Cap> {
    let rights = any::<[bool; 4]>().prop_map(|[send, receive, grant, grant_reply]| {
        EndpointRights { send, receive, grant, grant_reply }
    });
    let untyped = (4_u32..=47, address(4), any::<bool>(), any::<Word>()).prop_map(
        |(size_bits, base, device, used)| {
            let used = (used & mask(size_bits)) & !mask(4);
            Cap::Untyped(UntypedCap { base, size_bits, device, used })
        },
    );
    prop_oneof![
        Just(Cap::Null),
        untyped,
        (address(4), any::<Word>(), rights).prop_map(|(at, badge, rights)| Cap::Endpoint(
            EndpointCap { endpoint: Endpoint::at(at), badge, rights }
        )),
        (address(5), any::<Word>(), any::<bool>(), any::<bool>()).prop_map(
            |(at, badge, send, receive)| Cap::Notification(NotificationCap {
                notification: Notification::at(at),
                badge,
                send,
                receive
            })
        ),
        (address(11), any::<bool>(), any::<bool>()).prop_map(|(at, master, grant)| Cap::Reply(
            ReplyCap { caller: Tcb::at(at), master, grant }
        )),
        (address(5), 1_u32..48, any::<Word>(), 0_u32..=64).prop_map(
            |(base, radix, guard, guard_bits)| Cap::CNode(CNodeCap {
                base,
                radix,
                guard,
                guard_bits
            })
        ),
        address(11).prop_map(|at| Cap::Thread(Tcb::at(at))),
        Just(Cap::IrqControl),
        (0_usize..1020).prop_map(Cap::IrqHandler),
        (address(5), 0_usize..1 << 40, prop::option::of(1_u32..48)).prop_map(
            |(base, remaining, radix)| Cap::Zombie(ZombieCap {
                base,
                remaining,
                kind: radix.map_or(ZombieKind::Tcb, ZombieKind::CNode)
            })
        ),
        Just(Cap::Domain),
        arch_cap().prop_map(Cap::Arch),
    ]
}

proptest! {
    #[test]
    fn capabilities_survive(cap in cap()) {
        prop_assert_eq!(Cap::decode(cap.encode()), cap);
        prop_assert_eq!(cap.encode()[0] == 0, cap.is_null());
    }

    /// A capability covers itself, and what covers something untyped covers is
    /// in it too.
    #[test]
    fn covering_is_about_regions(a in cap(), b in cap()) {
        if a.covers(b) && let (Some((a_base, a_bits)), Some((b_base, b_bits))) = (a.region(), b.region()) {
            prop_assert!(a_base <= b_base);
            prop_assert!(b_base.0 + mask(b_bits) <= a_base.0 + mask(a_bits));
        }
        if a.same_object(b) {
            prop_assert!(b.same_object(a));
        }
    }

    /// Rights only shrink, and masking twice is masking with what both allow.
    #[test]
    fn rights_only_shrink(cap in cap(), a in 0_usize..16, b in 0_usize..16) {
        use sel4_abi::CapRights;
        let (first, second) = (CapRights::from_word(a), CapRights::from_word(b));
        let both = CapRights::from_word(a & b);
        prop_assert_eq!(cap.masked(first).masked(second), cap.masked(both));
        prop_assert_eq!(cap.masked(CapRights::ALL), cap);
    }

    #[test]
    fn faults_survive(kind in 0..7, a in any::<Word>(), b in any::<Word>(), flag in any::<bool>()) {
        let fault = match kind {
            0 => Fault::Cap { address: a, receiving: flag },
            1 => Fault::UnknownSyscall(a),
            2 => Fault::UserException { number: a, code: b },
            3 => Fault::Arch(ArchFault::Vm { address: a, status: b, instruction: flag }),
            4 => Fault::Arch(ArchFault::VgicMaintenance { index: flag.then_some(a) }),
            5 => Fault::Arch(ArchFault::Vcpu { syndrome: a }),
            _ => Fault::Arch(ArchFault::VirtualPpi { irq: a }),
        };
        prop_assert_eq!(Fault::decode(Fault::encode(Some(fault))), Some(fault));
        prop_assert_eq!(Fault::decode(Fault::encode(None)), None);
    }

    #[test]
    fn table_entries_survive(base in address(30), large in any::<bool>(), cacheable in any::<bool>()) {
        let size = if large { PageSize::Large } else { PageSize::Small };
        let page = Entry::for_page(base, size, VmRights::ReadOnly, cacheable, true);
        prop_assert_eq!((page.page(), page.table()), (Some(base), None));
        let table = Entry::for_table(base);
        prop_assert_eq!((table.page(), table.table()), (None, Some(base)));
    }
}

#[test]
fn lookup_failures_survive() {
    let failures = [
        LookupFailure::InvalidRoot,
        LookupFailure::MissingCapability { bits_left: 7 },
        LookupFailure::DepthMismatch { bits_left: 7, bits_found: 9 },
        LookupFailure::GuardMismatch { bits_left: 7, guard_found: 0x123, bits_found: 12 },
    ];
    for failure in failures {
        assert_eq!(LookupFailure::from_message(failure.message().0), failure);
    }
}

/// The bits of a page entry are those of Arm ARM D8.3.1, stage 2.
#[test]
fn page_entries_have_the_architectures_bits() {
    let base = PhysAddr(0x12_3456_7000);
    let entry = Entry::for_page(base, PageSize::Small, VmRights::ReadWrite, true, false);
    assert_eq!(entry.0 & !(1 << 58), 0x12_3456_7000 | 0b11 | 0b1111 << 2 | 0b11 << 6 | 1 << 10);
    let device = Entry::for_page(base, PageSize::Small, VmRights::ReadOnly, false, true);
    assert_eq!(device.0 & !(1 << 58), 0x12_3456_7000 | 0b11 | 0b01 << 6 | 1 << 10 | 1 << 54);
    assert!(!Entry::INVALID.is_valid());
}

#[test]
fn address_spaces_have_the_architectures_shapes() {
    let small = Geometry::new(40);
    assert_eq!((small.levels(), small.root_bits()), (3, 13));
    assert_eq!([0, 1, 2].map(|depth| small.bits_below(depth)), [30, 21, 12]);
    let large = Geometry::new(44);
    assert_eq!((large.levels(), large.root_bits()), (4, 12));
    assert_eq!([0, 1, 2, 3].map(|depth| large.bits_below(depth)), [39, 30, 21, 12]);
}
