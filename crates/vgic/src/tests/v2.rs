//! GICv2's registers, by offset, against Arm IHI 0048B.

use guest_memory::Width;
use vmm::interrupt::InterruptController;

use super::bench::{CPU0, CPU1, Guest, Hardware, running_v2, spi};
use crate::{Config, Group};

/// Table 4-1: values after a reset.
#[test]
fn registers_have_their_reset_values() {
    let config = Config { vcpus: 4, spis: 96 };
    let (_, mut distributor) = crate::v2::new(config).unwrap();
    let mut guest = Guest::new(&mut distributor, CPU1);
    assert_eq!(guest.read(0x000), 0, "GICD_CTLR");
    assert_eq!(guest.read(0x004), 3 << 5 | 3, "GICD_TYPER");
    assert_eq!(guest.read(0x008) & 0xfff, 0x43b, "GICD_IIDR.Implementer");
    assert_eq!(guest.read(0x100), 0xffff, "GICD_ISENABLER0");
    assert_eq!(guest.read(0xc00), 0xaaaa_aaaa, "GICD_ICFGR0");
    assert_eq!(guest.read(0xc04), 0, "GICD_ICFGR1");
    assert_eq!(guest.read(0x800), 0x0202_0202, "GICD_ITARGETSR0");
    assert_eq!(guest.read(0xfe8), 0x2b, "ICPIDR2");
    for offset in [0x080, 0x104, 0x200, 0x300, 0x400, 0x820, 0xc08, 0xe00, 0xf10] {
        assert_eq!(guest.read(offset), 0, "{offset:#x}");
    }
    assert!(guest.log.0.is_empty());
}

/// 4.3.2: ITLinesNumber is in units of 32, and what is beyond the SPIs is RAZ/WI.
#[test]
fn interrupts_that_do_not_exist_read_as_zero() {
    let config = Config { vcpus: 1, spis: 40 };
    let (_, mut distributor) = crate::v2::new(config).unwrap();
    let mut guest = Guest::new(&mut distributor, CPU0);
    assert_eq!(guest.read(0x004), 2);
    for offset in [0x104, 0x108, 0x10c, 0x17c] {
        guest.write(offset, u64::MAX);
    }
    assert_eq!([0x104, 0x108, 0x10c].map(|o| guest.read(o)), [0xffff_ffff, 0xff, 0]);
    guest.write(0x448, u64::MAX);
    assert_eq!((guest.read(0x444), guest.read(0x448)), (0, 0));
}

/// 4.3.12: targets of private interrupts are read-only; a single processor's are RAZ/WI.
#[test]
fn targets_are_banked_or_absent() {
    let (_, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU1);
    guest.write(0x81c, u64::MAX);
    assert_eq!(guest.read(0x81c), 0x0202_0202);
    guest.write(0x820, 0xff02_0100);
    assert_eq!(guest.read(0x820), 0x0302_0100);

    let (gic, mut distributor) = running_v2(1);
    assert_eq!(Guest::new(&mut distributor, CPU0).read(0x820), 0);
    gic.set_level(spi(0), true);
    assert!(gic.has_waiting(CPU0));
}

/// 4.1.4: bytes of IPRIORITYR, ITARGETSR, CPENDSGIR and SPENDSGIR; words of all.
#[test]
fn widths_are_those_of_the_specification() {
    let (_, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write_as(0x421, Width::One, 0xa7);
    guest.write_as(0x822, Width::One, 0x02);
    guest.write_as(0xf23, Width::One, 0x02);
    assert_eq!(guest.read(0x420), 0xa000);
    assert_eq!(guest.read_as(0x421, Width::One), 0xa0);
    assert_eq!(guest.read_as(0x822, Width::One), 0x02);
    assert_eq!(guest.read(0x820), 0x0102_0101);
    assert_eq!(guest.read(0xf20), 0x0200_0000);
    assert_eq!(guest.read_as(0xf13, Width::One), 0x02);
    guest.write_as(0xf13, Width::One, 0x02);
    assert_eq!(guest.read(0xf10), 0);
    assert!(guest.log.0.is_empty());

    guest.write_as(0x104, Width::One, 0);
    guest.write_as(0x184, Width::One, 0xff);
    guest.write_as(0x420, Width::Two, 0);
    guest.write_as(0x000, Width::Two, 0);
    assert_eq!(guest.read_as(0x104, Width::One), 0);
    assert_eq!(guest.read(0x104), 0xffff_ffff);
    assert_eq!(guest.read(0x000), 3);
    assert_eq!(guest.log.0, ["width"; 5]);
}

/// 4.3.15: the target list, all but the sender, and the sender.
#[test]
fn sgis_go_where_the_filter_says() {
    let receivers = |value| {
        let (gic, mut distributor) = running_v2(4);
        Guest::new(&mut distributor, CPU1).write(0xf00, value);
        gic.deliverable().bits()
    };
    assert_eq!(receivers(0b1010 << 16 | 3), 0b1010);
    assert_eq!(receivers(0xff << 16 | 3), 0b1111);
    assert_eq!(receivers(1 << 24 | 3), 0b1101);
    assert_eq!(receivers(2 << 24 | 3), 0b0010);
    assert_eq!(receivers(3 << 24 | 0xff << 16 | 3), 0);
}

/// 4.3.15: a reserved filter is the guest's mistake; so is a write to read-only registers.
#[test]
fn mistakes_are_reported() {
    let (_, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0xf00, 3 << 24);
    guest.write(0x004, 1);
    guest.write(0xfe8, 1);
    assert_eq!(guest.log.0, ["sgi-filter", "not-writable", "not-writable"]);
}

/// 4.3.5, 4.3.7: SGIs are always enabled, and pending by SPENDSGIR only.
#[test]
fn sgis_have_registers_of_their_own() {
    let (_, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x180, u64::MAX);
    guest.write(0x200, 0xffff);
    assert_eq!((guest.read(0x100), guest.read(0x200)), (0xffff, 0));
    guest.write(0xf20, 0x3);
    guest.write(0x280, 0xffff);
    assert_eq!((guest.read(0x200), guest.read(0xf10)), (1, 3));
    guest.write(0xf10, 0x3);
    assert_eq!(guest.read(0x200), 0);
}

/// 4.3.1, 4.3.4: groups are forwarded by an enable each, and said in the list register.
#[test]
fn groups_reach_the_list_registers() {
    let (gic, mut distributor) = running_v2(1);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x000, 2);
    guest.write(0x084, 0b10);
    gic.pulse(spi(0));
    gic.pulse(spi(1));
    let mut hardware = Hardware::new(4);
    assert_eq!(gic.deliver(CPU0, &mut hardware), 1);
    let injection = hardware.injected[0];
    assert_eq!((injection.intid.number(), injection.group), (33, Group::One));
}

/// 4.3.9, 4.3.10: what software made active isn't delivered until it says otherwise.
#[test]
fn an_active_interrupt_waits() {
    let (gic, mut distributor) = running_v2(1);
    Guest::new(&mut distributor, CPU0).write(0x304, 1);
    gic.set_level(spi(0), true);
    assert!(!gic.has_waiting(CPU0));
    let mut guest = Guest::new(&mut distributor, CPU0);
    assert_eq!((guest.read(0x304), guest.read(0x204)), (1, 1));
    guest.write(0x384, 1);
    assert!(gic.has_waiting(CPU0));
}
