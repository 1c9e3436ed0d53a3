//! The IPC buffer.

use crate::cap::CNode;
use crate::word::{usize_to_word, word_to_usize};
use crate::{AbsoluteCPtr, Error, Result, Word, sys};

/// The memory that a thread shares with the kernel for its messages (`seL4_IPCBuffer`).
#[repr(transparent)]
#[derive(Clone, Debug)]
pub struct IpcBuffer(sys::seL4_IPCBuffer);

impl IpcBuffer {
    /// The raw structure.
    pub const fn inner(&self) -> &sys::seL4_IPCBuffer {
        &self.0
    }

    /// The raw structure.
    pub const fn inner_mut(&mut self) -> &mut sys::seL4_IPCBuffer {
        &mut self.0
    }

    /// The message registers.
    pub fn msg_regs(&self) -> &[Word] {
        &self.0.msg
    }

    /// The message registers.
    pub fn msg_regs_mut(&mut self) -> &mut [Word] {
        &mut self.0.msg
    }

    /// The message registers as bytes.
    pub fn msg_bytes(&self) -> &[u8] {
        let words = &self.0.msg;
        // SAFETY: the bytes are those of an array of words, which have no padding and outlive
        // the borrow.
        unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
    }

    /// The message registers as bytes.
    pub fn msg_bytes_mut(&mut self) -> &mut [u8] {
        let words = &mut self.0.msg;
        // SAFETY: as in `msg_bytes`; every value of a byte makes a valid word.
        unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
    }

    /// The word that is the program's own.
    pub fn user_data(&self) -> Word {
        self.0.userData
    }

    /// Sets the word that is the program's own.
    pub fn set_user_data(&mut self, data: Word) {
        self.0.userData = data;
    }

    /// Capabilities to send, or badges of capabilities that arrived unwrapped.
    pub fn caps_or_badges(&self) -> &[Word] {
        &self.0.caps_or_badges
    }

    /// Capabilities to send, or badges of capabilities that arrived unwrapped.
    pub fn caps_or_badges_mut(&mut self) -> &mut [Word] {
        &mut self.0.caps_or_badges
    }

    /// The slot for a received capability.
    pub fn recv_slot(&self) -> AbsoluteCPtr {
        CNode::from_bits(self.0.receiveCNode).absolute_cptr_from_bits_with_depth(
            self.0.receiveIndex,
            word_to_usize(self.0.receiveDepth),
        )
    }

    /// Sets the slot for a received capability. It has to be empty when the message arrives.
    pub fn set_recv_slot(&mut self, slot: &AbsoluteCPtr) {
        self.0.receiveCNode = slot.root().bits();
        self.0.receiveIndex = slot.path().bits();
        self.0.receiveDepth = usize_to_word(slot.path().depth());
    }

    /// Makes a result of an error number that an invocation gave through this buffer.
    pub(crate) fn result(&self, error: sys::seL4_Error::Type) -> Result<()> {
        if error == sys::seL4_Error::seL4_NoError {
            return Ok(());
        }
        Error::from_sys(error, self).map_or(Ok(()), Err)
    }

    /// As [`result`](Self::result), with a value.
    pub(crate) fn value<T>(&self, error: sys::seL4_Error::Type, value: T) -> Result<T> {
        self.result(error).map(|()| value)
    }
}

impl Default for IpcBuffer {
    fn default() -> Self {
        Self(sys::seL4_IPCBuffer {
            tag: sys::seL4_MessageInfo::default(),
            msg: [0; sys::seL4_MsgMaxLength],
            userData: 0,
            caps_or_badges: [0; sys::seL4_MsgMaxExtraCaps],
            receiveCNode: 0,
            receiveIndex: 0,
            receiveDepth: 0,
        })
    }
}
