//! The saved registers of a thread, in the order in which the entry code
//! stores them, and the subsets that messages are made of.

use crate::word::Word;

/// The argument that names a capability, and the badge that a receiver gets: x0.
pub const CAP: Word = 0;
/// The badge, in the register of the capability argument: x0.
pub const BADGE: Word = 0;
/// The message information: x1.
pub const MESSAGE_INFO: Word = 1;
/// The first message registers: x2 to x5.
pub const MESSAGE: [Word; 4] = [2, 3, 4, 5];
/// The system call number: x7.
pub const SYSCALL: Word = 7;
/// The link register: x30.
pub const LR: Word = 30;
/// The stack pointer.
pub const SP: Word = 31;
/// The address of the next instruction (`ELR_EL2`).
pub const NEXT_IP: Word = 32;
/// The processor state (`SPSR_EL2`).
pub const SPSR: Word = 33;
/// The address of the instruction that entered the kernel.
pub const FAULT_IP: Word = 34;
/// The thread identifier register, which holds the TLS base (`TPIDR_EL0`).
pub const TLS_BASE: Word = 35;
/// The read-only thread identifier register (`TPIDRRO_EL0`).
pub const TPIDRRO: Word = 36;
/// The number of saved registers.
pub const COUNT: Word = 37;

/// The registers of `seL4_UserContext`, in its order: first those of a frame,
/// then the other general registers.
pub const USER_CONTEXT: [Word; 36] = [
    FAULT_IP, SP, SPSR, 0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30, //
    9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, TLS_BASE, TPIDRRO,
];

/// How many of [`USER_CONTEXT`] are frame registers.
pub const FRAME_COUNT: Word = 17;

/// The registers in the message of an unknown system call.
pub const UNKNOWN_SYSCALL: [Word; 12] = [0, 1, 2, 3, 4, 5, 6, 7, FAULT_IP, SP, NEXT_IP, SPSR];

/// The registers in the message of a user exception.
pub const USER_EXCEPTION: [Word; 3] = [FAULT_IP, SP, SPSR];

/// `SPSR` of a thread at EL0: AArch64, FIQ masked.
const SPSR_USER: Word = 1 << 6;
/// `SPSR.A`: SError masked.
const SPSR_SERROR_MASK: Word = 1 << 8;

/// The initial processor state. A debug kernel lets SErrors through, so that
/// they are seen.
pub const fn initial_spsr(debug: bool) -> Word {
    if debug { SPSR_USER } else { SPSR_USER | SPSR_SERROR_MASK }
}

/// Reduces a processor state to what a thread may set: the condition flags,
/// or, for a virtual processor, any state at EL0 and EL1.
pub const fn sanitise_spsr(value: Word, runs_vcpu: bool, debug: bool) -> Word {
    const EL0T: Word = 0;
    const EL1T: Word = 4;
    const EL1H: Word = 5;
    if runs_vcpu && matches!(value & 0x1f, EL0T | EL1T | EL1H) {
        return value;
    }
    (value & 0xf000_0000) | initial_spsr(debug)
}
