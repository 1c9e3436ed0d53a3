//! The system registers of a virtual CPU, with the numbers that seL4's
//! `VCPU_ReadRegs` and `VCPU_WriteRegs` have for them.

use super::sysreg::{read_sysreg, write_sysreg};

/// Expands to the second part for registers of the first part's group only.
macro_rules! when_parked {
    (parked, $statement:stmt) => {
        $statement
    };
    (running, $statement:stmt) => {};
}

/// One line per register: its name, its number, its group, its name in assembly and
/// the bits that the kernel keeps of it.
macro_rules! vcpu_registers {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $group:ident, $name:literal, $mask:expr;)*) => {
        /// A register of a virtual CPU.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum VcpuRegister {
            $($(#[$doc])* $variant = $number,)*
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

            /// Whether the register leaves the hardware as soon as the VCPU stops
            /// running, because native threads need it otherwise.
            pub const fn is_running_state(self) -> bool {
                match self {
                    $(Self::$variant => matches!(Group::$group, Group::running),)*
                }
            }
        }

        /// Stores the parked registers, which stay in the hardware while the VCPU is
        /// current but doesn't run. Straight-line code: no table of jumps.
        pub(super) fn save_parked(registers: &mut [u64; COUNT]) {
            $(when_parked!($group, {
                registers[VcpuRegister::$variant as usize] = VcpuRegister::$variant.read_hardware();
            });)*
        }

        /// Loads the parked registers.
        pub(super) fn restore_parked(registers: &[u64; COUNT]) {
            $(when_parked!($group, {
                VcpuRegister::$variant.write_hardware(registers[VcpuRegister::$variant as usize]);
            });)*
        }
    };
}

/// The groups of registers, as [`vcpu_registers`] spells them.
#[allow(non_camel_case_types)]
enum Group {
    /// Needed otherwise while a native thread runs.
    running,
    /// Untouched while a native thread runs.
    parked,
}

/// Number of registers.
pub const COUNT: usize = 24;

/// Registers that the kernel keeps 64 bits of.
const WIDE: u64 = u64::MAX;
/// Registers that the kernel keeps 32 bits of.
const NARROW: u64 = u32::MAX as u64;

vcpu_registers! {
    /// System control.
    Sctlr = 0, running, "sctlr_el1", WIDE;
    /// FPU access control.
    Cpacr = 1, running, "cpacr_el1", WIDE;
    /// Translation table base 0.
    Ttbr0 = 2, parked, "ttbr0_el1", WIDE;
    /// Translation table base 1.
    Ttbr1 = 3, parked, "ttbr1_el1", WIDE;
    /// Translation control.
    Tcr = 4, parked, "tcr_el1", WIDE;
    /// Memory attributes.
    Mair = 5, parked, "mair_el1", WIDE;
    /// Auxiliary memory attributes.
    Amair = 6, parked, "amair_el1", WIDE;
    /// Context ID.
    Contextidr = 7, parked, "contextidr_el1", NARROW;
    /// Auxiliary control.
    Actlr = 8, parked, "actlr_el1", WIDE;
    /// Auxiliary fault status 0.
    Afsr0 = 9, parked, "afsr0_el1", NARROW;
    /// Auxiliary fault status 1.
    Afsr1 = 10, parked, "afsr1_el1", NARROW;
    /// Exception syndrome.
    Esr = 11, parked, "esr_el1", NARROW;
    /// Fault address.
    Far = 12, parked, "far_el1", WIDE;
    /// Result of an address translation.
    Par = 13, parked, "par_el1", WIDE;
    /// Vector base.
    Vbar = 14, parked, "vbar_el1", WIDE;
    /// Thread ID of EL1.
    Tpidr = 15, parked, "tpidr_el1", WIDE;
    /// What the guest sees as its MPIDR.
    Vmpidr = 16, parked, "vmpidr_el2", WIDE;
    /// Stack pointer of EL1.
    Sp = 17, parked, "sp_el1", WIDE;
    /// Exception link of EL1.
    Elr = 18, parked, "elr_el1", WIDE;
    /// Saved PSTATE of EL1.
    Spsr = 19, parked, "spsr_el1", WIDE;
    /// Virtual timer control.
    CntvCtl = 20, running, "cntv_ctl_el0", WIDE;
    /// Virtual timer compare value.
    CntvCval = 21, running, "cntv_cval_el0", WIDE;
    /// Physical minus virtual count.
    Cntvoff = 22, running, "cntvoff_el2", WIDE;
    /// Timer access control of EL0.
    Cntkctl = 23, running, "cntkctl_el1", WIDE;
}

impl VcpuRegister {
    /// The register with an seL4 register number.
    pub fn from_number(number: u64) -> Option<Self> {
        let index = usize::try_from(number).ok()?;
        Self::ALL.get(index).copied()
    }
}
