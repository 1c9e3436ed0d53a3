//! Access to system registers, and the barriers that go with it.

/// Reads a system register: `read_sysreg!("esr_el2")`, a `u64`.
///
/// No register that the kernel reads this way has a side effect on reading.
macro_rules! read_sysreg {
    ($name:literal) => {{
        let value: u64;
        // SAFETY: MRS only writes its destination register; at EL2 every register
        // that this crate names is accessible.
        unsafe {
            core::arch::asm!(
                concat!("mrs {}, ", $name),
                out(reg) value,
                options(nomem, nostack, preserves_flags)
            );
        }
        value
    }};
}

/// Writes a `u64` to a system register: `write_sysreg!("vbar_el2", value)`.
///
/// An `unsafe` operation: the caller argues that the new value keeps the
/// kernel's own execution and memory intact. It is ordered with memory accesses
/// by the compiler; the hardware needs an [`isb`] where that matters.
macro_rules! write_sysreg {
    ($name:literal, $value:expr) => {{
        let value: u64 = $value;
        core::arch::asm!(
            concat!("msr ", $name, ", {}"),
            in(reg) value,
            options(nostack, preserves_flags)
        )
    }};
}

pub(super) use {read_sysreg, write_sysreg};

/// Instruction synchronization barrier: what follows sees all register writes
/// before it.
#[inline(always)]
pub fn isb() {
    // SAFETY: a barrier changes no state.
    unsafe { core::arch::asm!("isb", options(nostack, preserves_flags)) };
}

/// Data synchronization barrier, full system: all memory accesses and
/// maintenance operations before it have completed.
#[inline(always)]
pub fn dsb() {
    // SAFETY: a barrier changes no state.
    unsafe { core::arch::asm!("dsb sy", options(nostack, preserves_flags)) };
}
