//! GICv3's registers, by offset, against Arm IHI 0069H.

use guest_memory::Width;
use vmm::interrupt::InterruptController;
use vmm::mmio::MmioDevice;
use vmm::sysreg::{SystemRegister, SystemRegisters};
use vmm::vcpu::VcpuId;

use super::bench::{CPU0, CPU1, Guest, Hardware, spi, timer};
use crate::v3::{Affinity, GicV3, REDISTRIBUTOR_SIZE};
use crate::{Config, Group, IntId, Vcpus};

const SGI_BASE: u64 = 0x1_0000;
const SGI1R: SystemRegister = SystemRegister::new(3, 0, 12, 11, 5);
const SGI0R: SystemRegister = SystemRegister::new(3, 0, 12, 11, 7);

/// Processors 0.0.0.0, 0.0.0.1 and 0.0.1.0.
fn controller() -> GicV3 {
    let affinities = [0, 1, 0x100].map(Affinity::from_mpidr);
    let config = Config { vcpus: 3, spis: 64 };
    crate::v3::new(config, &affinities).unwrap()
}

/// As Linux starts it.
fn running() -> GicV3 {
    let mut v3 = controller();
    let mut guest = Guest::new(&mut v3.distributor, CPU0);
    guest.write(0x0000, 1 << 4 | 1 << 1 | 1);
    guest.write(0x0104, u64::MAX);
    for vcpu in 0..3 {
        v3.gic.set_online(VcpuId(vcpu), true);
        let base = u64::from(vcpu) * REDISTRIBUTOR_SIZE;
        let mut guest = Guest::new(&mut v3.redistributors, VcpuId(vcpu));
        guest.write(base + 0x0014, 0);
        guest.write(base + SGI_BASE + 0x0100, u64::MAX);
    }
    v3
}

/// 12.8 and 12.9: GICD_CTLR, GICD_TYPER, identification.
#[test]
fn distributor_registers_have_their_reset_values() {
    let mut v3 = controller();
    let mut guest = Guest::new(&mut v3.distributor, CPU0);
    assert_eq!(guest.read(0x0000), 0x50, "GICD_CTLR: ARE and DS");
    assert_eq!(guest.read(0x0004), 2 | 9 << 19 | 1 << 24, "GICD_TYPER");
    assert_eq!(guest.read(0xffe8), 0x3b, "GICD_PIDR2");
    assert_eq!(guest.read(0xfff4), 0xf0, "GICD_CIDR1");
    assert_eq!(guest.read_as(0x6100, Width::Eight), 0, "GICD_IROUTER32");
    guest.write(0x0000, 0);
    assert_eq!(guest.read(0x0000), 0x50, "ARE and DS are RAO/WI");
}

/// With affinity routing the distributor has no private interrupts and no targets (12.9).
#[test]
fn private_interrupts_are_not_the_distributors() {
    let mut v3 = controller();
    let mut guest = Guest::new(&mut v3.distributor, CPU0);
    for offset in [0x080, 0x100, 0x200, 0x400, 0x41c, 0x800, 0x820, 0xc00, 0xc04, 0xd00, 0xf00] {
        guest.write(offset, u64::MAX);
        assert_eq!(guest.read(offset), 0, "{offset:#x}");
    }
}

/// 12.11: affinity in bits 63:32, number in 23:8, the last one says so.
#[test]
fn redistributors_name_their_processors() {
    let mut v3 = controller();
    let mut guest = Guest::new(&mut v3.redistributors, CPU0);
    let typer = |n| n * REDISTRIBUTOR_SIZE + 8;
    let all = [0, 1, 2].map(|n| guest.read_as(typer(n), Width::Eight));
    assert_eq!(all, [0, 1 << 32 | 1 << 8, 0x100 << 32 | 2 << 8 | 1 << 4]);
    assert_eq!(guest.read(typer(2) + 4), 0x100);
    assert_eq!(guest.read(typer(2)), 2 << 8 | 1 << 4);
    assert_eq!(guest.read(REDISTRIBUTOR_SIZE + 0xffe8), 0x3b, "GICR_PIDR2");
    guest.write_as(0x70, Width::Eight, u64::MAX);
    guest.write_as(0x78, Width::Eight, u64::MAX);
    assert_eq!(guest.read_as(0x70, Width::Eight), 0, "no LPIs");
    assert!(guest.log.0.is_empty());
    assert_eq!(guest.read(3 * REDISTRIBUTOR_SIZE), 0);
}

/// 12.11: a processor takes no interrupts before it is awake.
#[test]
fn a_processor_wakes_by_gicr_waker() {
    let mut v3 = running();
    let waker = REDISTRIBUTOR_SIZE + 0x14;
    let mut guest = Guest::new(&mut v3.redistributors, CPU1);
    assert_eq!(guest.read(waker), 0);
    guest.write(waker, 1 << 1);
    assert_eq!(guest.read(waker), 0b110);
    v3.gic.fire(timer(CPU1));
    assert!(!v3.gic.has_waiting(CPU1));
    Guest::new(&mut v3.redistributors, CPU1).write(waker, 0);
    assert!(v3.gic.has_waiting(CPU1));
    v3.distributor.reset();
    assert_eq!(Guest::new(&mut v3.redistributors, CPU0).read(waker), 0b110);
}

/// Any processor reaches any redistributor; the frame counts, not who asks (12.10).
#[test]
fn a_redistributor_belongs_to_its_frame() {
    let mut v3 = running();
    let frame = REDISTRIBUTOR_SIZE + SGI_BASE;
    let mut guest = Guest::new(&mut v3.redistributors, CPU0);
    guest.write(frame + 0x180, 1 << 27);
    guest.write_as(frame + 0x41b, Width::One, 0x80);
    guest.write(frame + 0x200, 1 << 3);
    assert_eq!(guest.read(frame + 0x100), !(1 << 27) & 0xffff_ffff);
    assert_eq!(guest.read(frame + 0x418), 0x8000_0000);
    assert_eq!(guest.read(frame + 0xc00), 0xaaaa_aaaa);
    assert_eq!(guest.read(SGI_BASE + 0x100), 0xffff_ffff);
    assert_eq!(v3.gic.deliverable(), CPU1.into());
    let mut guest = Guest::new(&mut v3.redistributors, CPU0);
    guest.write(frame + 0x280, 1 << 3);
    assert!(v3.gic.deliverable().is_empty());
}

/// 12.9: one processor by affinity, any processor, or nobody.
#[test]
fn interrupts_are_routed_by_affinity() {
    let receiver = |route: u64| {
        let mut v3 = running();
        let mut guest = Guest::new(&mut v3.distributor, CPU0);
        guest.write_as(0x6108, Width::Eight, route);
        let read = guest.read_as(0x6108, Width::Eight);
        v3.gic.set_level(spi(1), true);
        (v3.gic.deliverable(), read)
    };
    assert_eq!(receiver(0), (CPU0.into(), 0));
    assert_eq!(receiver(0x100), (VcpuId(2).into(), 0x100));
    assert_eq!(receiver(1 << 31 | 0x77), (CPU0.into(), 1 << 31 | 0x77));
    assert_eq!(receiver(0x02_0000_0000), (Vcpus::NONE, 0x02_0000_0000));
    assert_eq!(receiver(u64::MAX), (CPU0.into(), 0xff_80ff_ffff));

    let mut v3 = running();
    let mut guest = Guest::new(&mut v3.distributor, CPU0);
    guest.write(0x6108, 0x101);
    guest.write(0x610c, 0x1);
    assert_eq!(guest.read_as(0x6108, Width::Eight), 0x1_0000_0101);
    assert_eq!(guest.read(0x610c), 1);
}

/// 12.2: target list within a cluster; IRM for all others.
#[test]
fn sgis_by_system_register() {
    let receivers = |register, value| {
        let mut v3 = running();
        let mut guest = Guest::new(&mut v3.redistributors, CPU1);
        guest.write(SGI_BASE + 0x80, !(1 << 6));
        assert!(v3.system.write(register, value, CPU1));
        v3.gic.deliverable().bits()
    };
    assert_eq!(receivers(SGI1R, 5 << 24 | 0b11), 0b011);
    assert_eq!(receivers(SGI1R, 5 << 24 | 1 << 16 | 0b11), 0b100);
    assert_eq!(receivers(SGI1R, 1 << 40 | 5 << 24), 0b101);
    assert_eq!(receivers(SGI1R, 6 << 24 | 0b1), 0b001, "either group");
    assert_eq!(receivers(SGI0R, 5 << 24 | 0b11), 0, "group 0 only");
    assert_eq!(receivers(SGI0R, 6 << 24 | 0b11), 0b001);
}

/// 12.2, and registers that aren't the GIC's.
#[test]
fn the_system_register_interface_is_always_on() {
    let mut v3 = controller();
    let sre = SystemRegister::new(3, 0, 12, 12, 5);
    assert!(v3.system.write(sre, 0, CPU0));
    assert_eq!(v3.system.read(sre, CPU0), Some(7));
    let other = SystemRegister::new(3, 0, 12, 12, 6);
    assert_eq!(v3.system.read(other, CPU0), None);
    assert!(!v3.system.write(other, 0, CPU0));
}

/// An SGI is pending once, whoever sent it: GICv3 doesn't tell senders apart.
#[test]
fn injections_are_of_group_one_and_have_no_sender() {
    let mut v3 = running();
    for sender in [CPU0, VcpuId(2)] {
        v3.system.write(SGI1R, 5 << 24 | 0b10, sender);
    }
    let mut hardware = Hardware::new(4);
    assert_eq!(v3.gic.deliver(CPU1, &mut hardware), 1);
    let injection = hardware.injected[0];
    assert_eq!(injection.intid, IntId::new(5).unwrap());
    assert_eq!((injection.group, injection.source), (Group::One, CPU0));
}
