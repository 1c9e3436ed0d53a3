//! Virtual processors.

use sel4_abi::aarch64::VcpuReg as Abi;

use crate::invocations::invoke;
use crate::cap::{Tcb, VCpu};
use crate::word::usize_to_word;
use crate::{InvocationContext, Result, Word};

/// Declares the registers with their names in the Arm ARM.
macro_rules! registers {
    ($($name:ident = $abi:ident,)*) => {
        /// Registers of a virtual processor (`seL4_VCPUReg`), named as in the Arm ARM.
        #[derive(Debug, Copy, Clone, PartialEq, Eq)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum VCpuReg {
            $($name,)*
        }

        impl VCpuReg {
            /// All registers, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The kernel's number of the register.
            pub const fn into_sys(self) -> Word {
                usize_to_word(match self {
                    $(Self::$name => Abi::$abi,)*
                }.as_word())
            }
        }
    };
}

registers! {
    SCTLR = Sctlr,
    CPACR = Cpacr,
    TTBR0 = Ttbr0,
    TTBR1 = Ttbr1,
    TCR = Tcr,
    MAIR = Mair,
    AMAIR = Amair,
    CIDR = Cidr,
    ACTLR = Actlr,
    AFSR0 = Afsr0,
    AFSR1 = Afsr1,
    ESR = Esr,
    FAR = Far,
    PAR = Par,
    VBAR = Vbar,
    TPIDR_EL1 = TpidrEl1,
    VMPIDR_EL2 = VmpidrEl2,
    SP_EL1 = SpEl1,
    ELR_EL1 = ElrEl1,
    SPSR_EL1 = SpsrEl1,
    CNTV_CTL = CntvCtl,
    CNTV_CVAL = CntvCval,
    CNTVOFF = Cntvoff,
    CNTKCTL_EL1 = CntkctlEl1,
}

impl<C: InvocationContext> VCpu<C> {
    /// `seL4_ARM_VCPU_SetTCB`: makes the thread run as a guest on this virtual processor.
    pub fn vcpu_set_tcb(self, tcb: Tcb) -> Result<()> {
        invoke!(self, seL4_ARM_VCPU_SetTCB, tcb.bits())
    }

    /// `seL4_ARM_VCPU_ReadRegs`.
    pub fn vcpu_read_regs(self, field: VCpuReg) -> Result<Word> {
        self.invoke(|cptr, ipc_buffer| {
            let reply = ipc_buffer.inner_mut().seL4_ARM_VCPU_ReadRegs(cptr, field.into_sys());
            ipc_buffer.value(reply.error, reply.value)
        })
    }

    /// `seL4_ARM_VCPU_WriteRegs`.
    pub fn vcpu_write_regs(self, field: VCpuReg, value: Word) -> Result<()> {
        invoke!(self, seL4_ARM_VCPU_WriteRegs, field.into_sys(), value)
    }

    /// `seL4_ARM_VCPU_AckVPPI`: lets a private interrupt be reported again.
    pub fn vcpu_ack_vppi(self, irq: Word) -> Result<()> {
        invoke!(self, seL4_ARM_VCPU_AckVPPI, irq)
    }

    /// `seL4_ARM_VCPU_InjectIRQ`: puts an interrupt into list register `index`, which has to be
    /// free.
    pub fn vcpu_inject_irq(self, virq: u16, priority: u8, group: u8, index: u8) -> Result<()> {
        invoke!(self, seL4_ARM_VCPU_InjectIRQ, virq, priority, group, index)
    }
}
