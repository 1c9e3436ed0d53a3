//! The GICv2 virtual interface control registers (Arm IHI 0048, section 5.3): a
//! guest's pending interrupts, in list registers GICH_LRn.

use super::mmio::DevicePage;
use super::virtual_interface::VirtualInterface;
use crate::platform;

const GICH: DevicePage = DevicePage::new(platform::GICH);

const HCR: u64 = 0x000;
const VTR: u64 = 0x004;
const VMCR: u64 = 0x008;
const MISR: u64 = 0x010;
const EISR0: u64 = 0x020;
const EISR1: u64 = 0x024;
const APR: u64 = 0x0f0;
const LR0: u64 = 0x100;

/// GICH_MISR.EOI.
const MISR_EOI: u32 = 1 << 0;
/// Number of list registers that the hardware has (GICH_VTR.ListRegs). It doesn't
/// change.
pub fn list_register_count() -> usize {
    // Six bits: at most 64.
    (GICH.read(VTR) & 0x3f) as usize + 1
}

/// Stores the virtual interface's state, except HCR.
pub(super) fn save(state: &mut VirtualInterface, list_registers: usize) {
    state.vmcr = GICH.read(VMCR);
    state.apr = GICH.read(APR);
    let registers = state.list_registers.iter_mut().take(list_registers);
    for (index, register) in registers.enumerate() {
        *register = read_list_register(index);
    }
}

/// Loads the virtual interface's state, except HCR.
pub(super) fn restore(state: &VirtualInterface, list_registers: usize) {
    GICH.write(VMCR, state.vmcr);
    GICH.write(APR, state.apr);
    let registers = state.list_registers.iter().take(list_registers);
    for (index, register) in registers.enumerate() {
        write_list_register(index, *register);
    }
}

/// Reads GICH_HCR.
pub(super) fn read_hcr() -> u32 {
    GICH.read(HCR)
}

/// Writes GICH_HCR; zero turns the virtual interface off.
pub(super) fn write_hcr(hcr: u32) {
    GICH.write(HCR, hcr);
}

/// Reads list register `index`, which must be below [`list_register_count`].
pub fn read_list_register(index: usize) -> u64 {
    u64::from(GICH.read(LR0 + index as u64 * 4))
}

/// Writes list register `index`, which must be below [`list_register_count`]. It has 32
/// bits.
#[expect(clippy::cast_possible_truncation, reason = "the registers have 32 bits")]
pub fn write_list_register(index: usize, value: u64) {
    GICH.write(LR0 + index as u64 * 4, value as u32);
}

/// The list registers, a bit each, whose interrupt the guest has ended, and that ask
/// for a maintenance interrupt then (GICH_EISR). `None` if that isn't why the
/// maintenance interrupt came (GICH_MISR.EOI).
pub fn ended_list_registers() -> Option<u64> {
    if GICH.read(MISR) & MISR_EOI == 0 {
        return None;
    }
    Some(u64::from(GICH.read(EISR1)) << 32 | u64::from(GICH.read(EISR0)))
}
