//! System calls that are written down for a thread, and what became of them.
//!
//! They are in pages that the thread shares with the supervisor. What the thread writes there is
//! only counted.

use sel4::Word;
use sel4_abi::ipc_buffer;

use crate::slots::Kind;

/// Message registers of a call that are written down: as many as `TCBWriteRegisters` takes.
pub const MESSAGES: usize = 38;
/// Words of a call: registers x0 to x5 and x7, then its result.
pub const RESULT: usize = 7;
/// See [`RESULT`]: not 0 when the call is over.
pub const DONE: usize = 8;
/// See [`RESULT`]: message registers.
pub const IPC: usize = 10;
/// See [`RESULT`]: addresses of capabilities, and the path to the receive slot.
pub const CAPS: usize = IPC + MESSAGES;
/// Words of a call.
const WORDS: usize = CAPS + 6;
/// Bytes of a call.
pub const CALL_BYTES: usize = WORDS * 8;
/// Where the words at [`CAPS`] go in the IPC buffer.
pub const IPC_CAPS: usize = ipc_buffer::CAPS_OR_BADGES;

/// Pages of one script.
pub const PAGES: usize = 3;
/// Calls of one script.
pub const CALLS: usize = PAGES * 4096 / CALL_BYTES;

const _: () = assert!(MESSAGES.is_multiple_of(2) && ipc_buffer::WORDS == IPC_CAPS + 6);

/// One system call.
#[derive(Clone, Copy)]
pub struct Call {
    /// The number of the system call.
    pub number: Word,
    /// The capability's address.
    pub target: Word,
    /// The label of the message.
    pub label: Word,
    /// The length of the message.
    pub length: usize,
    /// Message registers.
    pub words: [Word; MESSAGES],
    /// How many capabilities it has.
    pub cap_count: usize,
    /// Addresses of capabilities.
    pub caps: [Word; 3],
    /// Root, index and depth of the slot for a received capability.
    pub receive: [Word; 3],
    /// It is an invocation whose result says whether it succeeded.
    pub counted: bool,
    /// What it changes if it succeeds: the first slot, how many, what is in them then.
    pub effects: [Option<(Word, Word, Kind)>; 2],
}

impl Call {
    fn to_words(self) -> [Word; WORDS] {
        let info = (self.label << 12) | ((self.cap_count as Word) << 7) | self.length as Word;
        let mut words = [0; WORDS];
        words[0] = self.target;
        words[1] = info;
        words[2..6].copy_from_slice(&self.words[..4]);
        words[6] = self.number;
        words[IPC..CAPS].copy_from_slice(&self.words);
        words[CAPS..CAPS + 3].copy_from_slice(&self.caps);
        words[CAPS + 3..].copy_from_slice(&self.receive);
        words
    }
}

/// A script, where the supervisor has it mapped.
#[derive(Clone, Copy)]
pub struct Script(pub usize);

impl Script {
    fn word(self, call: usize, word: usize) -> *mut Word {
        assert!(call < CALLS && word < WORDS);
        core::ptr::with_exposed_provenance_mut(self.0 + call * CALL_BYTES + word * 8)
    }

    /// Writes a call down.
    pub fn write(self, index: usize, call: &Call) {
        for (word, value) in call.to_words().into_iter().enumerate() {
            // SAFETY: the pages are mapped as long as the task lives, Rust has no other way to
            // them, and every value is a valid word.
            unsafe { self.word(index, word).write_volatile(value) };
        }
    }

    /// What the thread got from a call, if it has made it: the message information.
    pub fn result(self, index: usize) -> Option<Word> {
        // SAFETY: as in `write`.
        let [done, result] =
            [DONE, RESULT].map(|word| unsafe { self.word(index, word).read_volatile() });
        (done != 0).then_some(result)
    }
}
