//! Registers: the calling convention of system calls, and a thread's user context.

use crate::Word;

/// Register of the capability address, and of the badge that comes back: x0.
pub const CAP: usize = 0;
/// Register of the badge of a received message: x0.
pub const BADGE: usize = 0;
/// Register of the message information, both ways: x1.
pub const MSG_INFO: usize = 1;
/// Register of message register 0; the other fast ones follow: x2 to x5.
pub const FIRST_MSG: usize = 2;
/// Number of message registers that are processor registers. The rest is in the IPC buffer.
pub const NUM_FAST_MSG: usize = 4;
/// Register of the system call number: x7.
pub const SYSCALL: usize = 7;
/// Register that holds the address of the boot information when the first thread starts: x0.
pub const BOOT_INFO: usize = 0;

macro_rules! user_context {
    ($($name:ident $doc:literal,)+) => {
        /// Registers of a thread (`seL4_UserContext`), in the order of `TCBReadRegisters`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[repr(C)]
        pub struct UserContext {
            $(#[doc = $doc] pub $name: Word,)+
        }

        impl UserContext {
            /// Names in the order of memory.
            pub const NAMES: [&'static str; Self::WORDS] = [$(stringify!($name)),+];

            /// Number of registers.
            pub const WORDS: usize = [$(stringify!($name)),+].len();

            /// The registers as words.
            pub const fn to_words(self) -> [Word; Self::WORDS] {
                [$(self.$name),+]
            }

            /// The registers from words.
            pub const fn from_words(words: [Word; Self::WORDS]) -> Self {
                let [$($name),+] = words;
                Self { $($name),+ }
            }
        }
    };
}

user_context! {
    pc "Program counter.",
    sp "Stack pointer.",
    spsr "Saved program status.",
    x0 "x0.",
    x1 "x1.",
    x2 "x2.",
    x3 "x3.",
    x4 "x4.",
    x5 "x5.",
    x6 "x6.",
    x7 "x7.",
    x8 "x8.",
    x16 "x16.",
    x17 "x17.",
    x18 "x18.",
    x29 "x29, frame pointer.",
    x30 "x30, link register.",
    x9 "x9.",
    x10 "x10.",
    x11 "x11.",
    x12 "x12.",
    x13 "x13.",
    x14 "x14.",
    x15 "x15.",
    x19 "x19.",
    x20 "x20.",
    x21 "x21.",
    x22 "x22.",
    x23 "x23.",
    x24 "x24.",
    x25 "x25.",
    x26 "x26.",
    x27 "x27.",
    x28 "x28.",
    tpidr_el0 "TPIDR_EL0, thread pointer (TLS base).",
    tpidrro_el0 "TPIDRRO_EL0, thread pointer that user space can't write.",
}

impl UserContext {
    /// Registers from the start that `TCBCopyRegisters` calls frame registers: pc to x30.
    pub const FRAME_REGISTERS: usize = 17;
}

const _: () = assert!(size_of::<UserContext>() == 36 * size_of::<Word>());
const _: () = assert!(FIRST_MSG + NUM_FAST_MSG <= SYSCALL);

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn words_and_fields_agree() {
        let words = core::array::from_fn(|index| index * 3);
        let context = UserContext::from_words(words);
        assert_eq!(context.pc, 0);
        assert_eq!(context.x9, UserContext::FRAME_REGISTERS * 3);
        assert_eq!(context.tpidrro_el0, 35 * 3);
        assert_eq!(context.to_words(), words);
        assert_eq!(UserContext::NAMES[16], "x30");
    }
}
