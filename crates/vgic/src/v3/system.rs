//! The system registers that leave the guest (IHI 0069H 12.2): SGIs, and which interface is on.
//! All others are those of the hardware's virtual CPU interface.

use alloc::rc::Rc;

use vmm::sysreg::{SystemRegister, SystemRegisters};
use vmm::vcpu::VcpuId;

use super::{Affinity, Processors};
use crate::gic::Gic;
use crate::intid::Sgi;

/// An SGI of group 0 (12.2). Write-only.
const ICC_SGI0R: SystemRegister = SystemRegister::new(3, 0, 12, 11, 7);
/// An SGI of group 1 (12.2). Write-only.
const ICC_SGI1R: SystemRegister = SystemRegister::new(3, 0, 12, 11, 5);
/// An SGI of the other security state's group 1 (12.2). There is one security state, and group 0
/// takes that place. Write-only.
const ICC_ASGI1R: SystemRegister = SystemRegister::new(3, 0, 12, 11, 6);
/// Which interface is on (12.2).
const ICC_SRE: SystemRegister = SystemRegister::new(3, 0, 12, 12, 5);

/// ICC_SRE_EL1: the system register interface is on, and neither IRQ nor FIQ bypass it (SRE, DFB,
/// DIB). There is no other way, so writes are ignored.
const SRE_ON: u64 = 0b111;

/// The system registers of all processors.
#[derive(Clone, Debug)]
pub struct CpuInterface {
    gic: Rc<Gic>,
    processors: Rc<Processors>,
}

impl CpuInterface {
    pub(super) const fn new(gic: Rc<Gic>, processors: Rc<Processors>) -> Self {
        Self { gic, processors }
    }

    fn send(&self, vcpu: VcpuId, value: u64, may_send_group_one: bool) {
        let request = SgiRequest::from_bits(value);
        let targets = if request.to_others {
            let own = self.processors.affinity(vcpu);
            self.processors.matching(|affinity| Some(affinity) != own)
        } else {
            self.processors.matching(|affinity| request.names(affinity))
        };
        self.gic.with(|engine| {
            for target in targets.iter() {
                if may_send_group_one || !engine.is_group_one(target, request.sgi.into()) {
                    engine.send(target, request.sgi, VcpuId(0).into());
                }
            }
        });
    }
}

impl SystemRegisters for CpuInterface {
    fn read(&mut self, register: SystemRegister, _vcpu: VcpuId) -> Option<u64> {
        match register {
            ICC_SRE => Some(SRE_ON),
            ICC_SGI0R | ICC_SGI1R | ICC_ASGI1R => Some(0),
            _ => None,
        }
    }

    fn write(&mut self, register: SystemRegister, value: u64, vcpu: VcpuId) -> bool {
        match register {
            ICC_SRE => {}
            ICC_SGI1R => self.send(vcpu, value, true),
            // Reaches only SGIs of group 0 (12.2, ICC_SGI0R_EL1).
            ICC_SGI0R | ICC_ASGI1R => self.send(vcpu, value, false),
            _ => return false,
        }
        true
    }
}

/// A value of an SGI register (12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SgiRequest {
    sgi: Sgi,
    /// IRM: to all processors but the sender.
    to_others: bool,
    /// Levels 3 to 1 of the targets, and 16 times the range selector at level 0.
    first: Affinity,
    /// A bit for each of 16 processors from the first on.
    list: u16,
}

impl SgiRequest {
    /// Aff3 in bits 55:48, RS 47:44, IRM 40, Aff2 39:32, INTID 27:24, Aff1 23:16, list 15:0.
    const fn from_bits(bits: u64) -> Self {
        let [list0, list1, aff1, intid, aff2, range, aff3, _] = bits.to_le_bytes();
        Self {
            sgi: Sgi::from_bits(intid as u64),
            to_others: range & 1 != 0,
            first: Affinity { aff3, aff2, aff1, aff0: range & 0xf0 },
            list: u16::from_le_bytes([list0, list1]),
        }
    }

    fn names(self, affinity: Affinity) -> bool {
        let same_range = Affinity { aff0: affinity.aff0 & 0xf0, ..affinity } == self.first;
        same_range && self.list >> (affinity.aff0 & 0xf) & 1 != 0
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn targets_are_decoded_at_all_levels() {
        let request =
            SgiRequest::from_bits(4 << 48 | 1 << 44 | 3 << 32 | 0x7 << 24 | 2 << 16 | 1 << 5);
        assert_eq!((request.sgi.number(), request.to_others), (7, false));
        let named = Affinity::from_mpidr(0x04_0003_0215);
        assert!(request.names(named));
        for other in [0x04_0003_0205, 0x04_0003_0214, 0x04_0003_0115, 0x04_0004_0215, 0x0003_0215] {
            assert!(!request.names(Affinity::from_mpidr(other)), "{other:#x}");
        }
        assert!(SgiRequest::from_bits(1 << 40).to_others);
    }
}
