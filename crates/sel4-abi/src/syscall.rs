//! System call numbers.
//!
//! A system call's number is negative and goes into the syscall register
//! ([`crate::aarch64::registers::SYSCALL`]). The debug calls have numbers always; only debug and
//! printing kernels serve them.

include!(concat!(env!("OUT_DIR"), "/syscalls.rs"));

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn numbers_are_negative_words() {
        assert_eq!(Syscall::Call.number(), -1);
        assert_eq!(Syscall::Call.as_word(), usize::MAX);
        assert_eq!(Syscall::NBRecv.number(), -8);
        assert_eq!(Syscall::DebugPutChar.number(), -9);
        assert_eq!(Syscall::DebugNameThread.number(), -14);
        assert_eq!(
            Syscall::from_word((-7_isize).cast_unsigned()),
            Some(Syscall::Yield),
            "two's complement"
        );
        assert_eq!(Syscall::from_word(0), None);
        assert_eq!(Syscall::from_word((-15_isize).cast_unsigned()), None);
    }
}
