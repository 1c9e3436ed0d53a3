//! The IPC buffer (`seL4_IPCBuffer`), as word offsets and as a structure.

use crate::Word;
use crate::message::{MAX_EXTRA_CAPS, MAX_LENGTH};

/// Size and alignment of the buffer (log2 of bytes).
pub const SIZE_BITS: u32 = 10;

/// Word offset of the message information; user space keeps it there, the kernel ignores it.
pub const TAG: usize = 0;
/// Word offset of message register 0.
pub const MSG: usize = 1;
/// Word offset of a word that belongs to user space.
pub const USER_DATA: usize = MSG + MAX_LENGTH;
/// Word offset of the addresses of capabilities to send, and of the badges of unwrapped ones.
pub const CAPS_OR_BADGES: usize = USER_DATA + 1;
/// Word offset of the CNode where a received capability goes.
pub const RECEIVE_CNODE: usize = CAPS_OR_BADGES + MAX_EXTRA_CAPS;
/// Word offset of the address of the receive slot in that CNode.
pub const RECEIVE_INDEX: usize = RECEIVE_CNODE + 1;
/// Word offset of the number of bits of that address.
pub const RECEIVE_DEPTH: usize = RECEIVE_INDEX + 1;
/// Words of the buffer.
pub const WORDS: usize = RECEIVE_DEPTH + 1;

/// The IPC buffer of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(C, align(1024))]
pub struct IpcBuffer {
    /// See [`TAG`].
    pub tag: Word,
    /// See [`MSG`].
    pub msg: [Word; MAX_LENGTH],
    /// See [`USER_DATA`].
    pub user_data: Word,
    /// See [`CAPS_OR_BADGES`].
    pub caps_or_badges: [Word; MAX_EXTRA_CAPS],
    /// See [`RECEIVE_CNODE`].
    pub receive_cnode: Word,
    /// See [`RECEIVE_INDEX`].
    pub receive_index: Word,
    /// See [`RECEIVE_DEPTH`].
    pub receive_depth: Word,
}

const _: () = assert!(WORDS * size_of::<Word>() == 1 << SIZE_BITS);
const _: () = assert!(size_of::<IpcBuffer>() == 1 << SIZE_BITS);
const _: () = assert!(align_of::<IpcBuffer>() == 1 << SIZE_BITS);
const _: () = assert!(core::mem::offset_of!(IpcBuffer, caps_or_badges) == CAPS_OR_BADGES * 8);
const _: () = assert!(core::mem::offset_of!(IpcBuffer, receive_depth) == RECEIVE_DEPTH * 8);
