//! On the host there is no kernel: system calls panic, or in tests go to a stand-in.

extern crate std;

use std::cell::Cell;
use std::thread_local;

use super::{MESSAGE_REGISTERS, Reply};
use crate::sys::{seL4_CPtr, seL4_MessageInfo, seL4_Word};

thread_local! {
    static THREAD_POINTER: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn thread_pointer() -> usize {
    THREAD_POINTER.get()
}

pub(crate) fn set_thread_pointer(value: usize) {
    THREAD_POINTER.set(value);
}

pub(crate) fn send_recv(
    number: seL4_Word, cptr: seL4_CPtr, info: seL4_MessageInfo,
    registers: [seL4_Word; MESSAGE_REGISTERS],
) -> Reply {
    kernel::enter(number, cptr, info, registers)
}

pub(crate) fn send(
    number: seL4_Word, cptr: seL4_CPtr, info: seL4_MessageInfo,
    registers: [seL4_Word; MESSAGE_REGISTERS],
) {
    send_recv(number, cptr, info, registers);
}

pub(crate) fn recv(number: seL4_Word, cptr: seL4_CPtr) -> Reply {
    send_recv(number, cptr, seL4_MessageInfo::default(), [0; MESSAGE_REGISTERS])
}

pub(crate) fn null(number: seL4_Word) {
    send_recv(number, 0, seL4_MessageInfo::default(), [0; MESSAGE_REGISTERS]);
}

#[cfg(not(test))]
mod kernel {
    use super::*;

    pub(crate) fn enter(
        number: seL4_Word, _cptr: seL4_CPtr, _info: seL4_MessageInfo,
        _registers: [seL4_Word; MESSAGE_REGISTERS],
    ) -> Reply {
        panic!("system call {number:#x}: there is no seL4 kernel on the host");
    }
}

/// A stand-in that records the last system call and gives the answer that the test prepared.
#[cfg(test)]
pub(crate) mod kernel {
    use super::*;

    /// What the kernel got in its registers.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Entry {
        pub number: seL4_Word,
        pub cptr: seL4_CPtr,
        pub info: seL4_MessageInfo,
        pub registers: [seL4_Word; MESSAGE_REGISTERS],
    }

    /// The answer to the next system calls.
    #[derive(Clone, Copy, Default)]
    pub(crate) struct Answer {
        pub badge: seL4_Word,
        pub info: seL4_MessageInfo,
        pub registers: [seL4_Word; MESSAGE_REGISTERS],
    }

    thread_local! {
        static LAST: Cell<Entry> = Cell::new(Entry::default());
        static ANSWER: Cell<Answer> = Cell::new(Answer::default());
    }

    pub(crate) fn last() -> Entry {
        LAST.get()
    }

    pub(crate) fn prepare(answer: Answer) {
        ANSWER.set(answer);
    }

    pub(crate) fn enter(
        number: seL4_Word, cptr: seL4_CPtr, info: seL4_MessageInfo,
        registers: [seL4_Word; MESSAGE_REGISTERS],
    ) -> Reply {
        LAST.set(Entry { number, cptr, info, registers });
        let Answer { badge, info, registers } = ANSWER.get();
        Reply { badge, info, registers }
    }
}
