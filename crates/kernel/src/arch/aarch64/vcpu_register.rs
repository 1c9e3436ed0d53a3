//! The system registers of a virtual CPU in the hardware.

use sel4_abi::aarch64::VcpuReg;

use super::sysreg::{read_sysreg, write_sysreg};

/// Expands to the second part for registers of the first part's group only.
macro_rules! when_parked {
    (parked, $statement:stmt) => {
        $statement
    };
    (running, $statement:stmt) => {};
}

/// One line per register: its group, its name in assembly and the bits that the
/// kernel keeps of it. Registers that are *running* are needed otherwise while a
/// native thread runs; those that are *parked* stay untouched meanwhile.
macro_rules! vcpu_registers {
    ($($register:ident: $group:ident, $name:literal, $mask:expr;)*) => {
        /// Reads a register.
        pub fn read(register: VcpuReg) -> u64 {
            match register {
                $(VcpuReg::$register => read_sysreg!($name) & $mask,)*
            }
        }

        /// Writes a register.
        pub fn write(register: VcpuReg, value: u64) {
            // SAFETY: these registers control EL1 and EL0 only; what a guest can
            // reach is up to stage 2, whatever it writes here.
            unsafe {
                match register {
                    $(VcpuReg::$register => write_sysreg!($name, value & $mask),)*
                }
            }
        }

        /// Stores the parked registers. Straight-line code: no table of jumps.
        pub(super) fn save_parked(registers: &mut [u64; VcpuReg::COUNT]) {
            $(when_parked!($group, {
                registers[VcpuReg::$register as usize] = read(VcpuReg::$register);
            });)*
        }

        /// Loads the parked registers.
        pub(super) fn restore_parked(registers: &[u64; VcpuReg::COUNT]) {
            $(when_parked!($group, {
                write(VcpuReg::$register, registers[VcpuReg::$register as usize]);
            });)*
        }
    };
}

/// Registers that the kernel keeps 64 bits of.
const WIDE: u64 = u64::MAX;
/// Registers that the kernel keeps 32 bits of.
const NARROW: u64 = u32::MAX as u64;

vcpu_registers! {
    Sctlr: running, "sctlr_el1", WIDE;
    Cpacr: running, "cpacr_el1", WIDE;
    Ttbr0: parked, "ttbr0_el1", WIDE;
    Ttbr1: parked, "ttbr1_el1", WIDE;
    Tcr: parked, "tcr_el1", WIDE;
    Mair: parked, "mair_el1", WIDE;
    Amair: parked, "amair_el1", WIDE;
    Cidr: parked, "contextidr_el1", NARROW;
    Actlr: parked, "actlr_el1", WIDE;
    Afsr0: parked, "afsr0_el1", NARROW;
    Afsr1: parked, "afsr1_el1", NARROW;
    Esr: parked, "esr_el1", NARROW;
    Far: parked, "far_el1", WIDE;
    Par: parked, "par_el1", WIDE;
    Vbar: parked, "vbar_el1", WIDE;
    TpidrEl1: parked, "tpidr_el1", WIDE;
    VmpidrEl2: parked, "vmpidr_el2", WIDE;
    SpEl1: parked, "sp_el1", WIDE;
    ElrEl1: parked, "elr_el1", WIDE;
    SpsrEl1: parked, "spsr_el1", WIDE;
    CntvCtl: running, "cntv_ctl_el0", WIDE;
    CntvCval: running, "cntv_cval_el0", WIDE;
    Cntvoff: running, "cntvoff_el2", WIDE;
    CntkctlEl1: running, "cntkctl_el1", WIDE;
}
