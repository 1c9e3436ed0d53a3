//! What all invocation stubs share.

use crate::word::usize_to_word;

use super::{
    arch, seL4_CPtr, seL4_Error, seL4_IPCBuffer, seL4_MessageInfo, seL4_SysCall, seL4_Word,
};

/// The message registers that are passed in machine registers.
pub(crate) type Registers = [seL4_Word; arch::MESSAGE_REGISTERS];

impl seL4_IPCBuffer {
    /// Calls `service` with a message of `words` and `caps`.
    ///
    /// Returns the error number, and the message registers that came back in machine registers.
    /// If there is an error they are stored in the IPC buffer too, since they describe it.
    #[inline]
    pub(super) fn invoke<const WORDS: usize, const CAPS: usize>(
        &mut self, service: seL4_CPtr, label: seL4_Word, words: [seL4_Word; WORDS],
        caps: [seL4_CPtr; CAPS],
    ) -> (seL4_Error::Type, Registers) {
        let mut registers = [0; arch::MESSAGE_REGISTERS];
        for (i, word) in words.into_iter().enumerate() {
            match registers.get_mut(i) {
                Some(register) => *register = word,
                None => self.msg[i] = word,
            }
        }
        self.caps_or_badges[..CAPS].copy_from_slice(&caps);
        let info = seL4_MessageInfo::new(label, 0, usize_to_word(CAPS), usize_to_word(WORDS));
        let reply = arch::send_recv(seL4_SysCall, service, info, registers);
        let error = reply.info.get_label();
        if error != seL4_Error::seL4_NoError {
            self.msg[..arch::MESSAGE_REGISTERS].copy_from_slice(&reply.registers);
        }
        (error, reply.registers)
    }

    /// As [`invoke`](Self::invoke) with `head` and then `words`, a message whose length isn't known
    /// before it is sent. Takes what fits the IPC buffer.
    #[inline]
    pub(crate) fn invoke_with(
        &mut self, service: seL4_CPtr, label: seL4_Word, head: [seL4_Word; 2], words: &[seL4_Word],
    ) -> (seL4_Error::Type, Registers) {
        let words = &words[..words.len().min(self.msg.len() - head.len())];
        // One by one: a copy of a few words takes longer to call than to do.
        let registers = core::array::from_fn(|at| match at.checked_sub(head.len()) {
            None => head[at],
            Some(at) => words.get(at).copied().unwrap_or_default(),
        });
        let later = words.get(arch::MESSAGE_REGISTERS - head.len()..).unwrap_or_default();
        copy_few(&mut self.msg[arch::MESSAGE_REGISTERS..], later);
        let length = usize_to_word(head.len() + words.len());
        let info = seL4_MessageInfo::new(label, 0, 0, length);
        let reply = arch::send_recv(seL4_SysCall, service, info, registers);
        let error = reply.info.get_label();
        if error != seL4_Error::seL4_NoError {
            self.msg[..arch::MESSAGE_REGISTERS].copy_from_slice(&reply.registers);
        }
        (error, reply.registers)
    }

    /// Message registers of a reply whose first ones are in `registers`.
    #[inline]
    pub(crate) fn outputs(&self, registers: &Registers, words: &mut [seL4_Word]) {
        for (at, register) in registers.iter().enumerate() {
            if let Some(word) = words.get_mut(at) {
                *word = *register;
            }
        }
        let later = words.iter_mut().skip(registers.len());
        for (word, place) in later.zip(&self.msg[arch::MESSAGE_REGISTERS..]) {
            *word = *place;
        }
    }

    /// As [`outputs`](Self::outputs), but leaves the words as they are whose bit is set in `keep`.
    #[inline]
    pub(crate) fn outputs_except(
        &self, registers: &Registers, keep: seL4_Word, words: &mut [seL4_Word],
    ) {
        let wanted = |at: usize| at >= seL4_Word::BITS as usize || keep >> at & 1 == 0;
        for (at, register) in registers.iter().enumerate() {
            if let Some(word) = words.get_mut(at).filter(|_| wanted(at)) {
                *word = *register;
            }
        }
        let later = words.iter_mut().enumerate().skip(registers.len());
        for ((at, word), place) in later.zip(&self.msg[arch::MESSAGE_REGISTERS..]) {
            if wanted(at) {
                *word = *place;
            }
        }
    }

    /// Message register `index` of a reply whose first ones are in `registers`.
    #[inline]
    pub(super) fn output(&self, registers: &Registers, index: usize) -> seL4_Word {
        registers.get(index).copied().unwrap_or_else(|| self.msg[index])
    }
}

/// Copies `from` to the start of `to`, as much as fits: a call of `memcpy` would take longer than the
/// few words that most messages have.
#[inline]
fn copy_few(to: &mut [seL4_Word], from: &[seL4_Word]) {
    const FEW: usize = 8;
    for at in 0..FEW {
        let (Some(place), Some(word)) = (to.get_mut(at), from.get(at)) else {
            return;
        };
        *place = *word;
    }
    for (place, word) in to.iter_mut().zip(from).skip(FEW) {
        *place = *word;
    }
}
