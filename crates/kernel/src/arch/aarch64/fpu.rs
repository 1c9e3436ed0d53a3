//! The SIMD and floating point registers. The kernel itself is compiled for soft
//! floating point and never touches them elsewhere.

use super::sysreg::{isb, read_sysreg, write_sysreg};

/// CPTR_EL2 without VHE: RES1 bits (SVE, which there is none of, would be trapped).
const CPTR: u64 = 0x33ff;
/// CPTR_EL2.TFP: trap floating point at EL0, EL1 and EL2.
const CPTR_TFP: u64 = 1 << 10;
/// CPACR_EL1.FPEN: floating point allowed at EL1 and EL0.
const CPACR_FPEN: u64 = 3 << 20;

/// A thread's SIMD and floating point registers.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct FpuState {
    /// V0 to V31.
    pub vector: [u128; 32],
    /// FPSR, status.
    pub fpsr: u32,
    /// FPCR, control.
    pub fpcr: u32,
}

const _: () = assert!(core::mem::offset_of!(FpuState, fpsr) == 16 * 32);

/// Whether the core has SIMD and floating point (ID_AA64PFR0_EL1.FP, .AdvSIMD).
pub(super) fn is_present() -> bool {
    let pfr0 = read_sysreg!("id_aa64pfr0_el1");
    pfr0 >> 16 & 0xf != 0xf && pfr0 >> 20 & 0xf != 0xf
}

/// Traps the FPU until a thread gets it.
pub(super) fn init() {
    disable();
    allow_at_el1();
    isb();
}

/// Lets EL1 and EL0 use the FPU, as far as CPTR_EL2 does: native threads need it.
pub(super) fn allow_at_el1() {
    let cpacr = read_sysreg!("cpacr_el1") | CPACR_FPEN;
    // SAFETY: CPACR_EL1 doesn't concern EL2.
    unsafe { write_sysreg!("cpacr_el1", cpacr) };
}

/// Stops trapping the FPU. Needed before [`save`] and [`load`], too.
pub fn enable() {
    // SAFETY: the kernel's own code doesn't depend on CPTR_EL2.
    unsafe { write_sysreg!("cptr_el2", CPTR & !CPTR_TFP) };
    isb();
}

/// Traps the FPU: its use is a fault of the thread. Takes effect on return to it.
pub fn disable() {
    // SAFETY: as for `enable`.
    unsafe { write_sysreg!("cptr_el2", CPTR | CPTR_TFP) };
}

/// Stores the FPU's registers. The FPU must be enabled.
pub fn save(state: &mut FpuState) {
    // SAFETY: writes exactly the fields of `state`, which is 16-byte aligned.
    unsafe {
        core::arch::asm!(
            ".arch_extension fp",
            "stp     q0,  q1,  [{state}, #0 * 32]",
            "stp     q2,  q3,  [{state}, #1 * 32]",
            "stp     q4,  q5,  [{state}, #2 * 32]",
            "stp     q6,  q7,  [{state}, #3 * 32]",
            "stp     q8,  q9,  [{state}, #4 * 32]",
            "stp     q10, q11, [{state}, #5 * 32]",
            "stp     q12, q13, [{state}, #6 * 32]",
            "stp     q14, q15, [{state}, #7 * 32]",
            "stp     q16, q17, [{state}, #8 * 32]",
            "stp     q18, q19, [{state}, #9 * 32]",
            "stp     q20, q21, [{state}, #10 * 32]",
            "stp     q22, q23, [{state}, #11 * 32]",
            "stp     q24, q25, [{state}, #12 * 32]",
            "stp     q26, q27, [{state}, #13 * 32]",
            "stp     q28, q29, [{state}, #14 * 32]",
            "stp     q30, q31, [{state}, #15 * 32]",
            "mrs     {status}, fpsr",
            "mrs     {control}, fpcr",
            "add     {state}, {state}, #16 * 32",
            "stp     {status:w}, {control:w}, [{state}]",
            ".arch_extension nofp",
            state = inout(reg) core::ptr::from_mut(state) => _,
            status = out(reg) _,
            control = out(reg) _,
            options(nostack, preserves_flags)
        );
    }
}

/// Loads the FPU's registers. The FPU must be enabled.
pub fn load(state: &FpuState) {
    // SAFETY: reads exactly the fields of `state`; the compiler keeps nothing in the
    // registers that are written, since the target has no floating point.
    unsafe {
        core::arch::asm!(
            ".arch_extension fp",
            "ldp     q0,  q1,  [{state}, #0 * 32]",
            "ldp     q2,  q3,  [{state}, #1 * 32]",
            "ldp     q4,  q5,  [{state}, #2 * 32]",
            "ldp     q6,  q7,  [{state}, #3 * 32]",
            "ldp     q8,  q9,  [{state}, #4 * 32]",
            "ldp     q10, q11, [{state}, #5 * 32]",
            "ldp     q12, q13, [{state}, #6 * 32]",
            "ldp     q14, q15, [{state}, #7 * 32]",
            "ldp     q16, q17, [{state}, #8 * 32]",
            "ldp     q18, q19, [{state}, #9 * 32]",
            "ldp     q20, q21, [{state}, #10 * 32]",
            "ldp     q22, q23, [{state}, #11 * 32]",
            "ldp     q24, q25, [{state}, #12 * 32]",
            "ldp     q26, q27, [{state}, #13 * 32]",
            "ldp     q28, q29, [{state}, #14 * 32]",
            "ldp     q30, q31, [{state}, #15 * 32]",
            "add     {state}, {state}, #16 * 32",
            "ldp     {status:w}, {control:w}, [{state}]",
            "msr     fpsr, {status}",
            "msr     fpcr, {control}",
            ".arch_extension nofp",
            state = inout(reg) core::ptr::from_ref(state) => _,
            status = out(reg) _,
            control = out(reg) _,
            options(nostack, preserves_flags, readonly)
        );
    }
}
