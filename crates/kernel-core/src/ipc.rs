//! Messages: moving words and capabilities from one thread to another.
//!
//! seL4 manual, section 4.2 "IPC". The first message words travel in
//! registers, the rest, and the capabilities, through the IPC buffers.

use sel4_abi::{MessageInfo, ipc_buffer, message};

use crate::arch::registers;
use crate::cap::Cap;
use crate::error::LookupFailure;
use crate::fault::Fault;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Endpoint, Slot, Tcb, ThreadState};
use crate::word::{PhysAddr, Word};

/// Message words that travel in registers.
pub(crate) const REGISTER_WORDS: usize = registers::MESSAGE.len();

/// Most capabilities in a message.
pub(crate) const MAX_EXTRA_CAPS: usize = message::MAX_EXTRA_CAPS;

/// Whether a message has more than its registers.
pub(crate) fn needs_buffer(info: MessageInfo) -> bool {
    info.length() > REGISTER_WORDS || info.extra_caps() > 0
}

/// The slots of the capabilities that come with a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtraCaps {
    slots: [Slot; MAX_EXTRA_CAPS],
    count: usize,
}

impl ExtraCaps {
    /// No capabilities.
    pub(crate) const NONE: Self = Self { slots: [Slot::at(PhysAddr(0)); MAX_EXTRA_CAPS], count: 0 };

    /// Slot number `index`, if the message has that many.
    pub(crate) fn get(&self, index: usize) -> Option<Slot> {
        if index < self.count { self.slots.get(index).copied() } else { None }
    }
}

impl<M: Machine> Kernel<M> {
    /// The IPC buffer of a thread, for reading.
    pub(crate) fn ipc_buffer_for_send(&self, tcb: Tcb) -> Option<PhysAddr> {
        self.ipc_buffer(tcb, false)
    }

    /// The IPC buffer of a thread, for writing.
    pub(crate) fn ipc_buffer_for_receive(&self, tcb: Tcb) -> Option<PhysAddr> {
        self.ipc_buffer(tcb, true)
    }

    /// Word `index` of the message that a thread sends.
    pub(crate) fn message_word(
        &self, tcb: Tcb, buffer: Option<PhysAddr>, index: usize,
    ) -> Option<Word> {
        match registers::MESSAGE.get(index) {
            Some(register) => Some(tcb.register(&self.machine, *register)),
            None => buffer.map(|buffer| self.machine.load(buffer.word(ipc_buffer::MSG + index))),
        }
    }

    /// Writes a whole message. Gives how many words there was room for.
    pub(crate) fn write_message(&mut self, tcb: Tcb, words: &[Word]) -> Word {
        self.write_message_at(tcb, 0, words)
    }

    /// Writes the words of a message from `first` on. Gives the message's
    /// length so far: without an IPC buffer only the registers count.
    pub(crate) fn write_message_at(&mut self, tcb: Tcb, first: usize, words: &[Word]) -> Word {
        let buffer = self.ipc_buffer_for_receive(tcb);
        let mut length = first;
        for (index, word) in (first..).zip(words) {
            if let Some(register) = registers::MESSAGE.get(index) {
                tcb.set_register(&mut self.machine, *register, *word);
            } else if let Some(buffer) = buffer {
                self.machine.store(buffer.word(ipc_buffer::MSG + index), *word);
            } else {
                return REGISTER_WORDS;
            }
            length = index + 1;
        }
        length
    }

    /// Writes message information and badge.
    pub(crate) fn set_message(&mut self, tcb: Tcb, info: MessageInfo, badge: Word) {
        let m = &mut self.machine;
        tcb.set_register(m, registers::MESSAGE_INFO, info.as_word());
        tcb.set_register(m, registers::BADGE, badge);
    }

    /// Looks up the capabilities that come with a message, into `caps`.
    ///
    /// # Errors
    /// The address that does not resolve, and why.
    #[inline(never)]
    pub(crate) fn look_up_extra_caps(
        &self, tcb: Tcb, buffer: PhysAddr, info: MessageInfo, caps: &mut ExtraCaps,
    ) -> Result<(), (Word, LookupFailure)> {
        for (index, slot) in caps.slots.iter_mut().enumerate().take(info.extra_caps()) {
            let address = self.machine.load(buffer.word(ipc_buffer::CAPS_OR_BADGES + index));
            *slot = self.lookup_slot(tcb, address).map_err(|failure| (address, failure))?;
        }
        caps.count = info.extra_caps();
        Ok(())
    }

    /// Moves the message of `sender`, or its fault, to `receiver`.
    pub(crate) fn transfer(
        &mut self, sender: Tcb, endpoint: Option<Endpoint>, badge: Word, grant: bool, receiver: Tcb,
    ) {
        if let Some(fault) = sender.fault(&self.machine) {
            self.transfer_fault(sender, fault, badge, receiver);
            return;
        }
        let info = sender.register(&self.machine, registers::MESSAGE_INFO);
        let info = MessageInfo::from_user(info);
        let mut length = info.length();
        let (from, to) = if needs_buffer(info) {
            (self.ipc_buffer_for_send(sender), self.ipc_buffer_for_receive(receiver))
        } else {
            (None, None)
        };
        let m = &mut self.machine;
        for register in registers::MESSAGE.iter().take(length) {
            let word = sender.register(m, *register);
            receiver.set_register(m, *register, word);
        }
        if length > REGISTER_WORDS {
            match (from, to) {
                (Some(from), Some(to)) => {
                    for index in REGISTER_WORDS..length {
                        let word = m.load(from.word(ipc_buffer::MSG + index));
                        m.store(to.word(ipc_buffer::MSG + index), word);
                    }
                }
                _ => length = REGISTER_WORDS,
            }
        }
        let (unwrapped, moved) = match (from, to) {
            (Some(from), Some(to)) if grant && info.extra_caps() > 0 => {
                let mut caps = ExtraCaps::NONE;
                // A capability that can't be looked up means that none is sent.
                let _ = self.look_up_extra_caps(sender, from, info, &mut caps);
                self.transfer_caps(&caps, endpoint, receiver, to)
            }
            _ => (0, 0),
        };
        let info = MessageInfo::new(info.label(), unwrapped, moved, length);
        self.set_message(receiver, info, badge);
    }

    /// Moves capabilities with a message. A capability to the endpoint itself
    /// arrives as its badge ("unwrapped"), of the others only the first can be
    /// taken. Gives the bits of the unwrapped ones and how many were moved.
    fn transfer_caps(
        &mut self, caps: &ExtraCaps, endpoint: Option<Endpoint>, receiver: Tcb, buffer: PhysAddr,
    ) -> (Word, usize) {
        let mut target = caps.get(0).and_then(|_| self.receive_slot(receiver, buffer));
        let mut unwrapped = 0;
        for index in 0..MAX_EXTRA_CAPS {
            let Some(slot) = caps.get(index) else {
                return (unwrapped, index);
            };
            let cap = slot.cap(&self.machine);
            match cap {
                Cap::Endpoint(cap) if Some(cap.endpoint) == endpoint => {
                    let at = buffer.word(ipc_buffer::CAPS_OR_BADGES + index);
                    self.machine.store(at, cap.badge);
                    unwrapped |= 1 << index;
                }
                _ => {
                    let Some(free) = target.take() else {
                        return (unwrapped, index);
                    };
                    match self.derive(slot, cap) {
                        Ok(derived) if !derived.is_null() => self.insert_cap(derived, slot, free),
                        _ => return (unwrapped, index),
                    }
                }
            }
        }
        (unwrapped, MAX_EXTRA_CAPS)
    }

    /// The empty slot that a receiver named for a capability, if it did.
    fn receive_slot(&self, receiver: Tcb, buffer: PhysAddr) -> Option<Slot> {
        let m = &self.machine;
        let root = m.load(buffer.word(ipc_buffer::RECEIVE_CNODE));
        let index = m.load(buffer.word(ipc_buffer::RECEIVE_INDEX));
        let depth = m.load(buffer.word(ipc_buffer::RECEIVE_DEPTH));
        let root = self.lookup_cap(receiver, root).ok()?;
        self.empty_target_slot(root, index, depth).ok()
    }

    /// Replies to `caller` with the message of `replier`, and uses the reply
    /// capability in `slot` up.
    pub(crate) fn reply(&mut self, replier: Tcb, caller: Tcb, slot: Slot, grant: bool) {
        debug_assert_eq!(caller.state(&self.machine), ThreadState::BlockedOnReply);
        let runs = match caller.fault(&self.machine) {
            None => {
                self.transfer(replier, None, 0, grant, caller);
                self.delete_simple(slot);
                self.set_thread_state(caller, ThreadState::Running);
                true
            }
            Some(fault) => {
                self.delete_simple(slot);
                let runs = self.apply_fault_reply(caller, fault, replier);
                caller.set_fault(&mut self.machine, None::<Fault>);
                let state = if runs { ThreadState::Restart } else { ThreadState::Inactive };
                self.set_thread_state(caller, state);
                runs
            }
        };
        if runs {
            self.possible_switch_to(caller);
        }
    }
}
