//! Messages, and invocations whose arguments the typed interface wouldn't allow.

use sel4::{Cap, CapType, Error, MessageInfo, Result, Word, with_ipc_buffer, with_ipc_buffer_mut};

/// Puts words into the message registers.
pub fn set_words(words: &[Word]) {
    with_ipc_buffer_mut(|ipc| ipc.msg_regs_mut()[..words.len()].copy_from_slice(words));
}

/// Message register `index`.
pub fn word(index: usize) -> Word {
    with_ipc_buffer(|ipc| ipc.msg_regs()[index])
}

/// Puts capabilities into the message.
pub fn set_caps(caps: &[Word]) {
    with_ipc_buffer_mut(|ipc| ipc.caps_or_badges_mut()[..caps.len()].copy_from_slice(caps));
}

/// A tag for words only.
pub fn info(label: Word, length: usize) -> MessageInfo {
    MessageInfo::new(label, 0, 0, length)
}

/// Invokes `cap` with any label, words and capabilities.
pub fn invoke<T: CapType>(cap: Cap<T>, label: Word, words: &[Word], caps: &[Word]) -> Result<()> {
    set_words(words);
    set_caps(caps);
    let reply = cap.call(MessageInfo::new(label, 0, caps.len(), words.len()));
    with_ipc_buffer(|ipc| Error::from_sys(reply.label(), ipc).map_or(Ok(()), Err))
}
