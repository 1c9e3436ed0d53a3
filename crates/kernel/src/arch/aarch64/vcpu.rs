//! Switching between native threads and virtual CPUs.
//!
//! [`kernel_core::arch::aarch64::vcpu`] says when which function is called.
//!
//! `list_registers` is [`virtual_gic::list_register_count`], which the caller keeps, as device
//! registers are slow to read.

use sel4_abi::aarch64::VcpuReg;

use super::{
    fpu, generic_timer, gic, mmu,
    sysreg::{dsb, isb, read_sysreg, write_sysreg},
    vcpu_register, virtual_gic,
    virtual_interface::{HCR_ENABLE, VirtualInterface},
};
use crate::platform::VIRTUAL_TIMER_IRQ;

/// The virtual timer's interrupt, as the interrupt controller counts.
#[expect(clippy::cast_possible_truncation, reason = "interrupt numbers are below 1020")]
const VIRTUAL_TIMER: u32 = VIRTUAL_TIMER_IRQ as u32;

/// HCR_EL2 bits (Arm ARM D24.2.48).
mod hcr {
    /// Stage 2 translation on.
    const VM: u64 = 1 << 0;
    /// Set/way invalidation also cleans.
    const SWIO: u64 = 1 << 1;
    /// FIQs, IRQs and SErrors go to EL2.
    const FMO_IMO_AMO: u64 = 1 << 3 | 1 << 4 | 1 << 5;
    /// Stage 1 off, memory is cacheable.
    const DC: u64 = 1 << 12;
    /// Trap WFI and WFE.
    const TWI_TWE: u64 = 1 << 13 | 1 << 14;
    /// Trap SMC.
    const TSC: u64 = 1 << 19;
    /// Trap ACTLR.
    const TAC: u64 = 1 << 21;
    /// Trap TLB maintenance.
    const TTLB: u64 = 1 << 25;
    /// Trap writes to translation registers.
    const TVM: u64 = 1 << 26;
    /// All exceptions of EL0 go to EL2.
    const TGE: u64 = 1 << 27;
    /// EL1 is AArch64.
    const RW: u64 = 1 << 31;

    const COMMON: u64 = VM | RW | FMO_IMO_AMO | TSC;
    /// While a native thread runs.
    pub const NATIVE: u64 = COMMON | TGE | TVM | TTLB | DC | TAC | SWIO;
    /// While a VCPU runs.
    pub const VCPU: u64 = COMMON | TWI_TWE;
}

/// SCTLR_EL1 with the MMU and caches off: RES1 bits, CP15BEN, nTWI, nTWE.
const SCTLR_OFF: u64 = 0x30d0_0800 | 1 << 5 | 1 << 16 | 1 << 18;
/// SCTLR_EL1.UCT and .UCI: EL0 may read CTR and maintain caches.
const SCTLR_USER_CACHE: u64 = 1 << 15 | 1 << 26;
/// SCTLR_EL1.C and .I.
const SCTLR_CACHES: u64 = 1 << 2 | 1 << 12;
/// SCTLR_EL1 for native threads.
const SCTLR_NATIVE: u64 = SCTLR_OFF | SCTLR_CACHES | SCTLR_USER_CACHE;
/// SCTLR_EL1 of a new VCPU.
const SCTLR_NEW: u64 = SCTLR_OFF | SCTLR_USER_CACHE;

/// The state of a VCPU that isn't in the hardware.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VcpuContext {
    /// By the number of [`VcpuReg`].
    pub registers: [u64; VcpuReg::COUNT],
    /// The guest's virtual interrupts.
    pub interface: VirtualInterface,
    /// Not zero while the virtual timer's interrupt waits for the VMM's
    /// acknowledgement.
    pub virtual_timer_masked: u64,
}

impl VcpuContext {
    /// Makes a new VCPU of cleared memory: MMU off, virtual interrupts on,
    /// everything else zero.
    pub const fn init(&mut self) {
        self.registers[VcpuReg::Sctlr as usize] = SCTLR_NEW;
        self.interface.hcr = HCR_ENABLE;
    }

    fn save_register(&mut self, register: VcpuReg) {
        self.registers[register as usize] = vcpu_register::read(register);
    }

    fn restore_register(&self, register: VcpuReg) {
        vcpu_register::write(register, self.registers[register as usize]);
    }
}

/// Sets up stage 2 translation and the traps, for native threads.
pub(super) fn init() {
    mmu::init_stage2();
    let midr = read_sysreg!("midr_el1");
    // SAFETY: what EL1 sees as MIDR, and nothing else.
    unsafe { write_sysreg!("vpidr_el2", midr) };
    disable_native();
}

/// Stores the state of the current VCPU. If it isn't `active`, parts of it were
/// stored by [`disable`].
pub fn save(vcpu: &mut VcpuContext, active: bool, list_registers: usize) {
    dsb();
    if active {
        vcpu.save_register(VcpuReg::Sctlr);
        vcpu.save_register(VcpuReg::Cpacr);
        vcpu.interface.hcr = virtual_gic::read_hcr();
        save_virtual_timer(vcpu);
    }
    virtual_gic::save(&mut vcpu.interface, list_registers);
    vcpu_register::save_parked(&mut vcpu.registers);
}

/// Loads the state of a VCPU, and enables it.
pub fn restore(vcpu: &VcpuContext, list_registers: usize) {
    virtual_gic::write_hcr(0);
    isb();
    virtual_gic::restore(&vcpu.interface, list_registers);
    vcpu_register::restore_parked(&vcpu.registers);
    enable(vcpu);
}

/// Makes the current VCPU run again: the next thread to return to is the guest.
pub fn enable(vcpu: &VcpuContext) {
    vcpu.restore_register(VcpuReg::Sctlr);
    write_hcr(hcr::VCPU);
    isb();
    virtual_gic::write_hcr(vcpu.interface.hcr);
    vcpu.restore_register(VcpuReg::Cpacr);
    restore_virtual_timer(vcpu);
}

/// Stops the current VCPU, for a native thread to run. What the thread doesn't need
/// stays in the hardware.
pub fn disable(vcpu: &mut VcpuContext) {
    dsb();
    vcpu.interface.hcr = virtual_gic::read_hcr();
    vcpu.save_register(VcpuReg::Sctlr);
    vcpu.save_register(VcpuReg::Cpacr);
    isb();
    disable_native();
    save_virtual_timer(vcpu);
    gic::set_masked(VIRTUAL_TIMER, true);
}

/// Stops the current VCPU without storing anything: it goes away.
///
/// Its timer stops too, as nobody would acknowledge the interrupt.
pub fn discard() {
    disable_native();
    vcpu_register::write(VcpuReg::CntvCtl, 0);
    generic_timer::restore_native_access();
    gic::set_masked(VIRTUAL_TIMER, true);
}

/// Sets the hardware up for native threads.
fn disable_native() {
    dsb();
    virtual_gic::write_hcr(0);
    isb();
    vcpu_register::write(VcpuReg::Sctlr, SCTLR_NATIVE);
    isb();
    write_hcr(hcr::NATIVE);
    isb();
    fpu::allow_at_el1();
}

fn write_hcr(value: u64) {
    // SAFETY: both values keep stage 2 translation on and route interrupts to EL2.
    unsafe { write_sysreg!("hcr_el2", value) };
}

/// Stores the virtual timer and stops it. The virtual count goes on meanwhile.
fn save_virtual_timer(vcpu: &mut VcpuContext) {
    vcpu.save_register(VcpuReg::CntvCtl);
    vcpu_register::write(VcpuReg::CntvCtl, 0);
    vcpu.save_register(VcpuReg::CntvCval);
    vcpu.save_register(VcpuReg::Cntvoff);
    vcpu.save_register(VcpuReg::CntkctlEl1);
    generic_timer::restore_native_access();
}

fn restore_virtual_timer(vcpu: &VcpuContext) {
    vcpu.restore_register(VcpuReg::CntvCval);
    vcpu.restore_register(VcpuReg::CntkctlEl1);
    vcpu.restore_register(VcpuReg::Cntvoff);
    gic::set_masked(VIRTUAL_TIMER, vcpu.virtual_timer_masked != 0);
    vcpu.restore_register(VcpuReg::CntvCtl);
}
