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
            ".arch_extension simd",
            "stp     q0,  q1,  [{state}, #0 * 32]",
            "stp     q2,  q3,  [{state}, #1 * 32]",
            "stp     q4,  q5,  [{state}, #2 * 32]",
            "stp     q6,  q7,  [{state}, #3 * 32]",
            "stp     q8,  q9,  [{state}, #4 * 32]",
            "st1     {{v0.2d, v1.2d, v2.2d, v3.2d}}, [{state}], #64",
            "st1     {{v4.2d, v5.2d, v6.2d, v7.2d}}, [{state}], #64",
            "st1     {{v8.2d, v9.2d, v10.2d, v11.2d}}, [{state}], #64",
            "st1     {{v12.2d, v13.2d, v14.2d, v15.2d}}, [{state}], #64",
            "st1     {{v16.2d, v17.2d, v18.2d, v19.2d}}, [{state}], #64",
            "st1     {{v20.2d, v21.2d, v22.2d, v23.2d}}, [{state}], #64",
            "st1     {{v24.2d, v25.2d, v26.2d, v27.2d}}, [{state}], #64",
            "st1     {{v28.2d, v29.2d, v30.2d, v31.2d}}, [{state}], #64",
            "mrs     {status}, fpsr",
            "mrs     {control}, fpcr",
            "stp     {status:w}, {control:w}, [{state}]",
            ".arch_extension nosimd",
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
            ".arch_extension simd",
            "ldp     q0,  q1,  [{state}, #0 * 32]",
            "ldp     q2,  q3,  [{state}, #1 * 32]",
            "ldp     q4,  q5,  [{state}, #2 * 32]",
            "ldp     q6,  q7,  [{state}, #3 * 32]",
            "ldp     q8,  q9,  [{state}, #4 * 32]",
            "ld1     {{v0.2d, v1.2d, v2.2d, v3.2d}}, [{state}], #64",
            "ld1     {{v4.2d, v5.2d, v6.2d, v7.2d}}, [{state}], #64",
            "ld1     {{v8.2d, v9.2d, v10.2d, v11.2d}}, [{state}], #64",
            "ld1     {{v12.2d, v13.2d, v14.2d, v15.2d}}, [{state}], #64",
            "ld1     {{v16.2d, v17.2d, v18.2d, v19.2d}}, [{state}], #64",
            "ld1     {{v20.2d, v21.2d, v22.2d, v23.2d}}, [{state}], #64",
            "ld1     {{v24.2d, v25.2d, v26.2d, v27.2d}}, [{state}], #64",
            "ld1     {{v28.2d, v29.2d, v30.2d, v31.2d}}, [{state}], #64",
            "ldp     {status:w}, {control:w}, [{state}]",
            "msr     fpsr, {status}",
            "msr     fpcr, {control}",
            ".arch_extension nosimd",
            state = inout(reg) core::ptr::from_ref(state) => _,
            status = out(reg) _,
            control = out(reg) _,
            options(nostack, preserves_flags, readonly)
        );
    }
}
