//! The system registers of a virtual CPU, with the numbers that seL4's
//! `VCPU_ReadRegs` and `VCPU_WriteRegs` have for them.

use super::sysreg::{read_sysreg, write_sysreg};

macro_rules! vcpu_registers {
    ($($(#[$doc:meta])* $variant:ident = $index:literal, $name:literal, $mask:expr;)*) => {
        /// A register of a virtual CPU.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum VcpuRegister {
            $($(#[$doc])* $variant = $index,)*
        }

        impl VcpuRegister {
            /// All registers, by number.
            pub const ALL: [Self; COUNT] = [$(Self::$variant),*];

            /// Reads the hardware register.
            pub fn read_hardware(self) -> u64 {
                match self {
                    $(Self::$variant => read_sysreg!($name) & $mask,)*
                }
            }

            /// Writes the hardware register.
            pub fn write_hardware(self, value: u64) {
                // SAFETY: these registers control EL1 and EL0 only; what a guest can
                // reach is up to stage 2, whatever it writes here.
                unsafe {
                    match self {
                        $(Self::$variant => write_sysreg!($name, value & $mask),)*
                    }
                }
            }
        }
    };
}

/// Number of registers.
pub const COUNT: usize = 24;

/// Registers that the kernel keeps 64 bits of.
const WIDE: u64 = u64::MAX;
/// Registers that the kernel keeps 32 bits of.
const NARROW: u64 = u32::MAX as u64;

vcpu_registers! {
    /// System control.
    Sctlr = 0, "sctlr_el1", WIDE;
    /// FPU access control.
    Cpacr = 1, "cpacr_el1", WIDE;
    /// Translation table base 0.
    Ttbr0 = 2, "ttbr0_el1", WIDE;
    /// Translation table base 1.
    Ttbr1 = 3, "ttbr1_el1", WIDE;
    /// Translation control.
    Tcr = 4, "tcr_el1", WIDE;
    /// Memory attributes.
    Mair = 5, "mair_el1", WIDE;
    /// Auxiliary memory attributes.
    Amair = 6, "amair_el1", WIDE;
    /// Context ID.
    Contextidr = 7, "contextidr_el1", NARROW;
    /// Auxiliary control.
    Actlr = 8, "actlr_el1", WIDE;
    /// Auxiliary fault status 0.
    Afsr0 = 9, "afsr0_el1", NARROW;
    /// Auxiliary fault status 1.
    Afsr1 = 10, "afsr1_el1", NARROW;
    /// Exception syndrome.
    Esr = 11, "esr_el1", NARROW;
    /// Fault address.
    Far = 12, "far_el1", WIDE;
    /// Result of an address translation.
    Par = 13, "par_el1", WIDE;
    /// Vector base.
    Vbar = 14, "vbar_el1", WIDE;
    /// Thread ID of EL1.
    Tpidr = 15, "tpidr_el1", WIDE;
    /// What the guest sees as its MPIDR.
    Vmpidr = 16, "vmpidr_el2", WIDE;
    /// Stack pointer of EL1.
    Sp = 17, "sp_el1", WIDE;
    /// Exception link of EL1.
    Elr = 18, "elr_el1", WIDE;
    /// Saved PSTATE of EL1.
    Spsr = 19, "spsr_el1", WIDE;
    /// Virtual timer control.
    CntvCtl = 20, "cntv_ctl_el0", WIDE;
    /// Virtual timer compare value.
    CntvCval = 21, "cntv_cval_el0", WIDE;
    /// Physical minus virtual count.
    Cntvoff = 22, "cntvoff_el2", WIDE;
    /// Timer access control of EL0.
    Cntkctl = 23, "cntkctl_el1", WIDE;
}

impl VcpuRegister {
    /// Those that are left in the hardware while the VCPU is current but not running.
    pub(super) const SWITCHED: &[Self] = {
        let (_, from_ttbr0) = Self::ALL.split_at(Self::Ttbr0 as usize);
        let (switched, _timers) =
            from_ttbr0.split_at(Self::CntvCtl as usize - Self::Ttbr0 as usize);
        switched
    };

    /// The register with an seL4 register number.
    pub fn from_number(number: u64) -> Option<Self> {
        let index = usize::try_from(number).ok()?;
        Self::ALL.get(index).copied()
    }

    /// Whether the register leaves the hardware as soon as the VCPU stops running,
    /// because native threads need it otherwise.
    pub const fn is_saved_when_disabled(self) -> bool {
        matches!(
            self,
            Self::Sctlr
                | Self::Cpacr
                | Self::CntvCtl
                | Self::CntvCval
                | Self::Cntvoff
                | Self::Cntkctl
        )
    }
}
