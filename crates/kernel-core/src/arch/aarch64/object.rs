//! The life of the architecture's objects, and of what threads have of it.

use sel4_abi::ObjectType;

use super::cap::{ArchCap, FrameCap, PageSize, PageTableCap, VSpaceCap, VmRights};
use super::registers;
use super::vcpu::Vcpu;
use crate::error::{Checked, SyscallError};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::Tcb;
use crate::word::PhysAddr;

impl ArchCap {
    /// What a copy of the capability would be.
    pub(crate) fn derive(self) -> Checked<Self> {
        match self {
            Self::VSpace(VSpaceCap { asid: None, .. })
            | Self::PageTable(PageTableCap { mapping: None, .. }) => {
                Err(SyscallError::IllegalOperation)
            }
            Self::Frame(frame) => Ok(Self::Frame(FrameCap { mapping: None, ..frame })),
            other => Ok(other),
        }
    }

    /// The first capability to a new object.
    pub(crate) fn of_new(object: ObjectType, base: PhysAddr, device: bool) -> Self {
        let size = match object {
            ObjectType::SmallPage => PageSize::Small,
            ObjectType::LargePage => PageSize::Large,
            ObjectType::HugePage => PageSize::Huge,
            ObjectType::VSpace => return Self::VSpace(VSpaceCap { base, asid: None }),
            ObjectType::PageTable => return Self::PageTable(PageTableCap { base, mapping: None }),
            ObjectType::Vcpu => return Self::Vcpu(Vcpu::at(base)),
            _ => unreachable!("{object:?} is no object of the architecture"),
        };
        let rights = VmRights::ReadWrite;
        Self::Frame(FrameCap { base, size, rights, device, mapping: None })
    }
}

impl<M: Machine> Kernel<M> {
    /// Makes an object of cleared memory. Nothing has to be done for pages and
    /// tables: the memory was cleaned when it was cleared.
    #[inline(always)]
    pub(crate) fn init_arch_object(&mut self, object: ObjectType, base: PhysAddr) {
        if object == ObjectType::Vcpu {
            self.machine.init_vcpu(Vcpu::at(base));
        }
    }

    /// Tells an object that a capability to it, the last one or not, goes away.
    pub(crate) fn finalise_arch(&mut self, cap: ArchCap, last: bool) {
        match cap {
            ArchCap::Frame(frame) => self.unmap_frame(frame),
            ArchCap::PageTable(table) if last => self.unmap_table(table),
            ArchCap::VSpace(VSpaceCap { base, asid: Some(asid) }) if last => {
                self.delete_asid(asid, base);
            }
            ArchCap::AsidPool { first, pool } if last => self.delete_asid_pool(first, pool),
            ArchCap::Vcpu(vcpu) if last => {
                if let Some(tcb) = vcpu.tcb(&self.machine) {
                    self.dissociate_vcpu(vcpu, tcb);
                }
            }
            _ => {}
        }
    }

    /// Sets up the registers and the time slice of a new thread.
    pub(crate) fn init_thread(&mut self, tcb: Tcb) {
        let m = &mut self.machine;
        tcb.set_register(m, registers::SPSR, registers::initial_spsr(M::DEBUG));
        tcb.set_time_slice(m, M::TIME_SLICE);
    }

    /// Takes what a dying thread has of the hardware.
    pub(crate) fn release_arch_thread(&mut self, tcb: Tcb) {
        if let Some(vcpu) = tcb.vcpu(&self.machine) {
            self.dissociate_vcpu(vcpu, tcb);
        }
        self.release_fpu(tcb);
    }
}
