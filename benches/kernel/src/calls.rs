//! System calls with nothing around them.

use core::arch::asm;

use sel4::sys::{seL4_SysCall, seL4_SysNBSend, seL4_SysRecv, seL4_SysReplyRecv, seL4_SysSend};
use sel4::{MessageInfo, Word};

/// A system call: capability, tag, first message register; gives the first one back.
#[inline(always)]
fn call<const NUMBER: Word>(cptr: Word, tag: Word, mut first: Word) -> Word {
    // SAFETY: the kernel comes back behind it with all registers as they were except those named
    // here. It writes to the IPC buffer only, and the compiler takes the block to write to any
    // memory.
    unsafe {
        asm!(
            "svc #0",
            in("x7") NUMBER,
            inout("x0") cptr => _,
            inout("x1") tag => _,
            inout("x2") first,
            out("x3") _, out("x4") _, out("x5") _,
            options(nostack),
        );
    }
    first
}

/// The tag of a message of `length` words.
pub fn tag(length: usize) -> Word {
    MessageInfo::new(0, 0, 0, length).into_inner().0
}

/// Sends if somebody is waiting.
#[inline(always)]
pub fn nb_send(cptr: Word) {
    call::<seL4_SysNBSend>(cptr, 0, 0);
}

/// Signals a notification.
#[inline(always)]
pub fn signal(cptr: Word) {
    call::<seL4_SysSend>(cptr, 0, 0);
}

/// Waits for a message or signal; gives the first message register.
#[inline(always)]
pub fn receive(cptr: Word) -> Word {
    call::<seL4_SysRecv>(cptr, 0, 0)
}

/// Calls.
#[inline(always)]
pub fn send_call(cptr: Word, tag: Word) {
    call::<seL4_SysCall>(cptr, tag, 0);
}

/// Answers with a first message register and waits for the next message; gives its first one.
#[inline(always)]
pub fn reply_receive(cptr: Word, tag: Word, first: Word) -> Word {
    call::<seL4_SysReplyRecv>(cptr, tag, first)
}
