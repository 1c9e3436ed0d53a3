//! AArch64: the system call number is in x7, the capability (and then the badge) in x0, the
//! message tag in x1, the first message registers in x2 to x5. The kernel preserves all others.

use core::arch::asm;

use super::{MESSAGE_REGISTERS, Reply};
use crate::sys::{seL4_CPtr, seL4_MessageInfo, seL4_Word};

/// Sends, then receives.
#[inline]
pub(crate) fn send_recv(
    number: seL4_Word, cptr: seL4_CPtr, info: seL4_MessageInfo,
    [mut mr0, mut mr1, mut mr2, mut mr3]: [seL4_Word; MESSAGE_REGISTERS],
) -> Reply {
    let badge;
    let tag;
    // SAFETY: SVC enters the kernel, which comes back behind it with all registers as they were
    // except those named here. It writes to the IPC buffer only, and the compiler takes this
    // block to write to any memory.
    unsafe {
        asm!(
            "svc #0",
            in("x7") number,
            inlateout("x0") cptr => badge,
            inlateout("x1") info.0 => tag,
            inlateout("x2") mr0,
            inlateout("x3") mr1,
            inlateout("x4") mr2,
            inlateout("x5") mr3,
            options(nostack),
        );
    }
    Reply { badge, info: seL4_MessageInfo(tag), registers: [mr0, mr1, mr2, mr3] }
}

/// Sends only.
#[inline]
pub(crate) fn send(
    number: seL4_Word, cptr: seL4_CPtr, info: seL4_MessageInfo,
    registers: [seL4_Word; MESSAGE_REGISTERS],
) {
    // The kernel may leave anything in the registers; what a send returns has no meaning.
    send_recv(number, cptr, info, registers);
}

/// Receives only.
#[inline]
pub(crate) fn recv(number: seL4_Word, cptr: seL4_CPtr) -> Reply {
    let badge;
    let tag;
    let (mr0, mr1, mr2, mr3);
    // SAFETY: as in `send_recv`.
    unsafe {
        asm!(
            "svc #0",
            in("x7") number,
            inlateout("x0") cptr => badge,
            // The kernel leaves the tag as it is when it gives a signal, or nothing.
            inlateout("x1") 0_u64 => tag,
            lateout("x2") mr0,
            lateout("x3") mr1,
            lateout("x4") mr2,
            lateout("x5") mr3,
            options(nostack),
        );
    }
    Reply { badge, info: seL4_MessageInfo(tag), registers: [mr0, mr1, mr2, mr3] }
}

/// Makes a call without parameters and results.
#[inline]
pub(crate) fn null(number: seL4_Word) {
    // SAFETY: as in `send_recv`; such a call changes no register.
    unsafe { asm!("svc #0", in("x7") number, options(nostack)) }
}

/// The word that the thread has put aside for itself, in TPIDR_EL0. A new thread's is what its
/// creator set (`seL4_TCB_SetTLSBase`), 0 else.
#[inline]
pub(crate) fn thread_pointer() -> usize {
    let value;
    // SAFETY: reading the register has no effect.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) value, options(nomem, nostack, preserves_flags)) }
    value
}

/// Sets the word that [`thread_pointer`] gives back. Nothing else in the program uses the
/// register: there is no thread-local storage.
#[inline]
pub(crate) fn set_thread_pointer(value: usize) {
    // SAFETY: the target has no thread-local variables that would be found through the register.
    unsafe { asm!("msr tpidr_el0, {}", in(reg) value, options(nomem, nostack, preserves_flags)) }
}
