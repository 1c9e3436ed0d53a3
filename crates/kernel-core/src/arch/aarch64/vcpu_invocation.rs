//! Invocations of virtual processors.
//!
//! seL4 manual, section 10.5.6 "ARM_VCPU".

use sel4_abi::InvocationLabel;
use sel4_abi::aarch64::VcpuReg;

use super::vcpu::{VIRTUAL_TIMER_IRQ, Vcpu};
use crate::error::{Checked, Exception, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::word::{Word, bits, mask};

impl<M: Machine> Kernel<M> {
    /// Performs an invocation of a virtual processor.
    #[inline(never)]
    pub(super) fn invoke_vcpu(
        &mut self, vcpu: Vcpu, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match Label::from_word(invocation.label) {
            Some(Label::ARMVCPUSetTCB) => {
                let tcb = invocation.extra(0)?.cap(&self.machine).as_thread();
                let tcb = tcb.ok_or(SyscallError::IllegalOperation)?;
                self.begin();
                self.associate_vcpu(vcpu, tcb);
            }
            Some(Label::ARMVCPUInjectIRQ) => self.check_and_inject(vcpu, invocation)?,
            Some(Label::ARMVCPUReadReg) => {
                let register = self.vcpu_register_argument(invocation, 1)?;
                self.begin();
                return Ok(Reply::Word(self.read_vcpu_register(vcpu, register)));
            }
            Some(Label::ARMVCPUWriteReg) => {
                let register = self.vcpu_register_argument(invocation, 2)?;
                let value = self.argument(invocation, 1);
                self.begin();
                self.write_vcpu_register(vcpu, register, value);
            }
            Some(Label::ARMVCPUAckVPPI) => {
                invocation.require(1, 0)?;
                let irq = self.argument(invocation, 0);
                self.check_irq(irq)?;
                if irq != VIRTUAL_TIMER_IRQ {
                    return Err(SyscallError::InvalidArgument(0).into());
                }
                self.begin();
                vcpu.set_timer_masked(&mut self.machine, false);
            }
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }

    /// The register that argument 0 names.
    fn vcpu_register_argument(&self, invocation: &Invocation, length: usize) -> Checked<VcpuReg> {
        invocation.require(length, 0)?;
        VcpuReg::from_word(self.argument(invocation, 0)).ok_or(SyscallError::InvalidArgument(1))
    }

    fn check_and_inject(&mut self, vcpu: Vcpu, invocation: &Invocation) -> Checked<()> {
        invocation.require(1, 0)?;
        let word = self.argument(invocation, 0);
        let field = |shift, width, max: Word| -> Checked<u64> {
            let value = bits(word, shift, width);
            if value <= max { Ok(value as u64) } else { Err(SyscallError::Range { min: 0, max }) }
        };
        let irq = field(0, 16, mask(10))?;
        let priority = field(16, 8, 31)?;
        let group = field(24, 8, 1)?;
        let index = bits(word, 32, 8);
        let last = self.machine.list_register_count() - 1;
        if index > last {
            return Err(SyscallError::Range { min: 0, max: last });
        }
        // As the C kernel does: the saved register decides, which is stale
        // while the virtual processor is in the hardware.
        if M::LIST_REGISTER.is_active(vcpu.list_register(&self.machine, index)) {
            return Err(SyscallError::DeleteFirst);
        }
        self.begin();
        self.inject_irq(vcpu, index, M::LIST_REGISTER.pending(irq, priority, group));
        Ok(())
    }

    /// Makes a capability for raising a software generated interrupt.
    pub(crate) fn issue_sgi_signal(&mut self, invocation: &Invocation) -> Checked<()> {
        const SGIS: Word = 16;
        invocation.require(4, 1)?;
        let irq = self.argument(invocation, 0);
        let target = self.argument(invocation, 1);
        if irq >= SGIS {
            return Err(SyscallError::Range { min: 0, max: SGIS - 1 });
        }
        if target > M::MAX_SGI_TARGET {
            return Err(SyscallError::InvalidArgument(1));
        }
        let slot = self.named_target(invocation, 2)?;
        self.begin();
        let cap = crate::cap::Cap::Arch(super::ArchCap::SgiSignal { irq, target });
        self.insert_cap(cap, invocation.slot, slot);
        Ok(())
    }
}
