//! Guests that do anything at all with all registers: nothing panics, no value is wider than the
//! access, and a disabled interrupt is never injected.

use guest_memory::Width;
use proptest::prelude::*;
use vmm::interrupt::InterruptController;
use vmm::mmio::MmioDevice;
use vmm::sysreg::{SystemRegister, SystemRegisters};
use vmm::vcpu::VcpuId;

use super::bench::{Guest, Hardware, spi, timer};
use crate::v3::{Affinity, DISTRIBUTOR_SIZE, REDISTRIBUTOR_SIZE};
use crate::{Config, Gic};

type Step = (u64, usize, u64, u8, bool);

fn steps(size: u64) -> impl Strategy<Value = alloc::vec::Vec<Step>> {
    let offset = prop_oneof![0..size, 0_u64..0x1000, Just(0xf00_u64), Just(0x6100)];
    let step = (offset, 0_usize..4, any::<u64>(), 0_u8..10, any::<bool>());
    prop::collection::vec(step, 1..200)
}

/// Does a step as a bus would: inside of the device, aligned, of a width that is understood.
fn access(device: &mut impl MmioDevice, size: u64, (offset, width, value, vcpu, store): Step) {
    let widths = device.widths();
    let width = Width::ALL[width].clamp(widths.min, widths.max);
    let offset = offset % size / width.bytes() * width.bytes();
    let mut guest = Guest::new(device, VcpuId(vcpu));
    if store {
        guest.write_as(offset, width, value);
    } else {
        assert_eq!(guest.read_as(offset, width) & !width.mask(), 0);
    }
}

/// Devices and the guest's processors go on meanwhile.
fn go_on(gic: &Gic, hardware: &mut [Hardware], (_, width, value, vcpu, high): Step) {
    let number = u16::from(value.to_le_bytes()[0]);
    gic.set_level(spi(number), high);
    gic.fire(timer(VcpuId(vcpu)));
    let vcpu = usize::from(vcpu) % hardware.len();
    let mine = &mut hardware[vcpu];
    let vcpu = VcpuId(u8::try_from(vcpu).unwrap());
    gic.deliver(vcpu, mine);
    if mine.acknowledge().is_some() && width > 1 {
        gic.ended(vcpu, mine.end().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_access_to_a_gicv2(steps in steps(crate::v2::SIZE)) {
        let config = Config { vcpus: 8, spis: 100 };
        let (gic, mut distributor) = crate::v2::new(config).unwrap();
        let mut hardware = alloc::vec![Hardware::new(4); 8];
        for step in steps {
            access(&mut distributor, crate::v2::SIZE, step);
            go_on(&gic, &mut hardware, step);
        }
        distributor.reset();
    }

    #[test]
    fn any_access_to_a_gicv3(
        shared in steps(DISTRIBUTOR_SIZE), private in steps(8 * REDISTRIBUTOR_SIZE)
    ) {
        let affinities: [_; 8] = core::array::from_fn(|n| {
            Affinity::from_mpidr(u64::try_from(n * 0x101).unwrap())
        });
        let config = Config { vcpus: 8, spis: 988 };
        let mut v3 = crate::v3::new(config, &affinities).unwrap();
        let size = v3.redistributors.size();
        prop_assert_eq!(size, 8 * REDISTRIBUTOR_SIZE);
        let mut hardware = alloc::vec![Hardware::new(4); 8];
        for (one, other) in shared.into_iter().zip(private) {
            access(&mut v3.distributor, DISTRIBUTOR_SIZE, one);
            access(&mut v3.redistributors, size, other);
            let (offset, _, value, vcpu, _) = other;
            let [op2, crm, ..] = offset.to_le_bytes();
            let register = SystemRegister::new(3, 0, 12, 11 | crm, op2);
            v3.system.write(register, value, VcpuId(vcpu));
            v3.system.read(register, VcpuId(vcpu));
            go_on(&v3.gic, &mut hardware, one);
        }
        v3.distributor.reset();
        v3.redistributors.reset();
    }
}
