//! The GICv3 virtual interface control registers (Arm IHI 0069, section 12.4): a guest's
//! pending interrupts, in list registers ICH_LRn_EL2.

use super::sysreg::{read_sysreg, write_sysreg};
use super::virtual_interface::VirtualInterface;

/// ICH_MISR_EL2.EOI.
const MISR_EOI: u64 = 1 << 0;

/// Number of list registers that the hardware has (ICH_VTR_EL2.ListRegs). It doesn't
/// change.
pub fn list_register_count() -> usize {
    // Five bits, and at most 16 registers.
    super::memory_map::to_usize(read_sysreg!("ich_vtr_el2") & 0x1f).min(15) + 1
}

/// Stores the virtual interface's state, except HCR.
pub(super) fn save(state: &mut VirtualInterface, list_registers: usize) {
    state.vmcr = low(read_sysreg!("ich_vmcr_el2"));
    state.apr = low(read_sysreg!("ich_ap1r0_el2"));
    state.apr_group0 = low(read_sysreg!("ich_ap0r0_el2"));
    let registers = state.list_registers.iter_mut().take(list_registers);
    for (index, register) in registers.enumerate() {
        *register = read_list_register(index);
    }
}

/// Loads the virtual interface's state, except HCR.
pub(super) fn restore(state: &VirtualInterface, list_registers: usize) {
    // SAFETY: what a guest sees of its virtual interrupts.
    unsafe {
        write_sysreg!("ich_vmcr_el2", u64::from(state.vmcr));
        write_sysreg!("ich_ap1r0_el2", u64::from(state.apr));
        write_sysreg!("ich_ap0r0_el2", u64::from(state.apr_group0));
    }
    let registers = state.list_registers.iter().take(list_registers);
    for (index, register) in registers.enumerate() {
        write_list_register(index, *register);
    }
}

/// The bits of a register whose upper half is reserved.
#[expect(clippy::cast_possible_truncation, reason = "the upper half is reserved")]
const fn low(register: u64) -> u32 {
    register as u32
}

/// Reads ICH_HCR_EL2.
pub(super) fn read_hcr() -> u32 {
    low(read_sysreg!("ich_hcr_el2"))
}

/// Writes ICH_HCR_EL2; zero turns the virtual interface off.
pub(super) fn write_hcr(hcr: u32) {
    // SAFETY: as for `restore`.
    unsafe { write_sysreg!("ich_hcr_el2", u64::from(hcr)) };
}

macro_rules! list_registers {
    ($($index:literal $name:literal),*) => {
        /// Reads list register `index`, which must be below [`list_register_count`].
        pub fn read_list_register(index: usize) -> u64 {
            match index {
                $($index => read_sysreg!($name),)*
                _ => 0,
            }
        }

        /// Writes list register `index`, which must be below [`list_register_count`].
        pub fn write_list_register(index: usize, value: u64) {
            // SAFETY: as for `restore`.
            unsafe {
                match index {
                    $($index => write_sysreg!($name, value),)*
                    _ => {}
                }
            }
        }
    };
}

list_registers! {
    0 "ich_lr0_el2", 1 "ich_lr1_el2", 2 "ich_lr2_el2", 3 "ich_lr3_el2",
    4 "ich_lr4_el2", 5 "ich_lr5_el2", 6 "ich_lr6_el2", 7 "ich_lr7_el2",
    8 "ich_lr8_el2", 9 "ich_lr9_el2", 10 "ich_lr10_el2", 11 "ich_lr11_el2",
    12 "ich_lr12_el2", 13 "ich_lr13_el2", 14 "ich_lr14_el2", 15 "ich_lr15_el2"
}

/// The list registers, a bit each, whose interrupt the guest has ended, and that ask
/// for a maintenance interrupt then (ICH_EISR_EL2). `None` if that isn't why the
/// maintenance interrupt came (ICH_MISR_EL2.EOI).
pub fn ended_list_registers() -> Option<u64> {
    (read_sysreg!("ich_misr_el2") & MISR_EOI != 0).then(|| read_sysreg!("ich_eisr_el2"))
}
