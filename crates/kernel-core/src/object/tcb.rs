//! Thread control blocks.

use sel4_abi::tcb::slot as tcb_slot;

use super::{Notification, Slot};
use crate::arch::aarch64::vcpu::Vcpu;
use crate::error::LookupFailure;
use crate::fault::Fault;
use crate::memory::{Memory, WordField, kernel_object};
use crate::word::{PhysAddr, WORD_BYTES, Word};

/// What a thread is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadState {
    /// Stopped, until it is resumed.
    Inactive,
    /// Able to run.
    Running,
    /// Able to run, and to repeat the instruction that it was stopped at.
    Restart,
    /// Waiting for a message.
    BlockedOnReceive,
    /// Waiting for a receiver.
    BlockedOnSend,
    /// Waiting for a reply.
    BlockedOnReply,
    /// Waiting for a signal.
    BlockedOnNotification,
    /// The thread that stands for an idle processor.
    Idle,
}

impl WordField for ThreadState {
    fn from_word(word: Word) -> Self {
        match word & 7 {
            0 => Self::Inactive,
            1 => Self::Running,
            2 => Self::Restart,
            3 => Self::BlockedOnReceive,
            4 => Self::BlockedOnSend,
            5 => Self::BlockedOnReply,
            6 => Self::BlockedOnNotification,
            _ => Self::Idle,
        }
    }
    fn to_word(self) -> Word {
        self as Word
    }
}

/// The capability slots of a TCB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum TcbSlot {
    /// The root of the capability space.
    CSpace = tcb_slot::CSPACE,
    /// The root of the address space.
    VSpace = tcb_slot::VSPACE,
    /// The master reply capability, parent of all that stand for this thread.
    Reply = tcb_slot::REPLY,
    /// The reply capability of the last caller.
    Caller = tcb_slot::CALLER,
    /// The frame of the IPC buffer.
    IpcBuffer = tcb_slot::IPC_BUFFER,
}

/// Slots in a TCB.
pub const TCB_SLOTS: Word = tcb_slot::COUNT;

const FIELDS: Word = TCB_SLOTS * Slot::WORDS;
const REGISTERS: Word = 64;
const FPU: Word = 104;
const NAME: Word = 176;
/// Bytes kept of a thread's name, a terminating zero included.
pub const NAME_BYTES: Word = 256;

kernel_object! {
    /// A thread.
    ///
    /// Layout, in words: five capability slots, the fields, the saved
    /// registers from [`Tcb::registers`] on, the floating-point state from
    /// [`Tcb::fpu_state`] on (both as the entry code writes them), the name.
    Tcb {
        /// What the thread is doing.
        state, set_state: ThreadState = FIELDS;
        /// The endpoint or notification that it waits for, as an address.
        blocking_object, set_blocking_object: Word = FIELDS + 1;
        /// The badge of a message that waits to be sent.
        sender_badge, set_sender_badge: Word = FIELDS + 2;
        /// The grant right of the capability that it waits with.
        can_grant, set_can_grant: bool = FIELDS + 3;
        /// The grant-reply right of the capability that it waits with.
        can_grant_reply, set_can_grant_reply: bool = FIELDS + 4;
        /// Whether the waiting message is a call.
        is_call, set_is_call: bool = FIELDS + 5;
        /// Whether it is in a ready queue.
        is_queued, set_is_queued: bool = FIELDS + 6;
        /// Its neighbour towards the end of the ready queue.
        ready_next, set_ready_next: Option<Tcb> = FIELDS + 7;
        /// Its neighbour towards the head of the ready queue.
        ready_previous, set_ready_previous: Option<Tcb> = FIELDS + 8;
        /// Its neighbour towards the end of an endpoint's or notification's queue.
        wait_next, set_wait_next: Option<Tcb> = FIELDS + 9;
        /// Its neighbour towards the head of an endpoint's or notification's queue.
        wait_previous, set_wait_previous: Option<Tcb> = FIELDS + 10;
        /// Priority, 0 to 255.
        priority, set_priority: Word = FIELDS + 11;
        /// Maximum controlled priority, 0 to 255.
        max_priority, set_max_priority: Word = FIELDS + 12;
        /// Timer ticks left of its time slice.
        time_slice, set_time_slice: Word = FIELDS + 13;
        /// Scheduling domain.
        domain, set_domain: Word = FIELDS + 14;
        /// Capability address of the fault handler's endpoint.
        fault_handler, set_fault_handler: Word = FIELDS + 15;
        /// Virtual address of the IPC buffer.
        ipc_buffer, set_ipc_buffer: Word = FIELDS + 16;
        /// The notification that it also receives while it waits for a message.
        bound_notification, set_bound_notification: Option<Notification> = FIELDS + 17;
        /// Flags, `seL4_TCBFlag`.
        flags, set_flags: Word = FIELDS + 18;
        /// The virtual processor that it runs.
        vcpu, set_vcpu: Option<Vcpu> = FIELDS + 19;
        /// The next thread of the list of all threads.
        debug_next, set_debug_next: Option<Tcb> = FIELDS + 20;
        /// The previous thread of the list of all threads.
        debug_previous, set_debug_previous: Option<Tcb> = FIELDS + 21;
    }
}

const FAULT: Word = FIELDS + 22;
const LOOKUP_FAILURE: Word = FAULT + 3;

const _: () = assert!(LOOKUP_FAILURE + 4 <= REGISTERS, "fields run into the registers");
const _: () = assert!(
    REGISTERS + crate::arch::registers::COUNT <= FPU,
    "registers run into the floating-point state"
);
const _: () = assert!(NAME * WORD_BYTES + NAME_BYTES <= 1 << super::sizes::TCB_BITS);

impl Tcb {
    /// One of the thread's capability slots.
    pub const fn slot(self, slot: TcbSlot) -> Slot {
        Slot::at(self.address().word(slot as Word * Slot::WORDS))
    }

    /// Where the entry code saves the registers, in the order of
    /// [`crate::arch::registers`].
    pub const fn registers(self) -> PhysAddr {
        self.address().word(REGISTERS)
    }

    /// Where the floating-point state is kept: 32 vector registers of 16
    /// bytes, then FPSR and FPCR.
    pub const fn fpu_state(self) -> PhysAddr {
        self.address().word(FPU)
    }

    /// A saved register.
    pub fn register(self, memory: &impl Memory, register: Word) -> Word {
        memory.load(self.registers().word(register))
    }

    /// Sets a saved register.
    pub fn set_register(self, memory: &mut impl Memory, register: Word, value: Word) {
        memory.store(self.registers().word(register), value);
    }

    /// Whether there is a fault that waits to be answered.
    pub fn has_fault(self, memory: &impl Memory) -> bool {
        memory.load(self.address().word(FAULT)) != 0
    }

    /// The fault that waits to be answered.
    pub fn fault(self, memory: &impl Memory) -> Option<Fault> {
        let word = |index| memory.load(self.address().word(FAULT + index));
        Fault::decode([word(0), word(1), word(2)])
    }

    /// Sets the fault that waits to be answered.
    pub fn set_fault(self, memory: &mut impl Memory, fault: Option<Fault>) {
        for (index, word) in Fault::encode(fault).into_iter().enumerate() {
            memory.store(self.address().word(FAULT + index), word);
        }
    }

    /// Why the lookup behind a waiting capability fault failed.
    pub fn lookup_failure(self, memory: &impl Memory) -> LookupFailure {
        let word = |index| memory.load(self.address().word(LOOKUP_FAILURE + index));
        LookupFailure::from_message([word(0), word(1), word(2), word(3)])
    }

    /// Sets why the lookup behind a waiting capability fault failed.
    pub fn set_lookup_failure(self, memory: &mut impl Memory, failure: LookupFailure) {
        for (index, word) in failure.message().0.into_iter().enumerate() {
            memory.store(self.address().word(LOOKUP_FAILURE + index), word);
        }
    }

    /// Whether the thread can be given the processor.
    pub fn is_runnable(self, memory: &impl Memory) -> bool {
        matches!(self.state(memory), ThreadState::Running | ThreadState::Restart)
    }

    /// Whether the thread does nothing until somebody acts on it.
    pub fn is_stopped(self, memory: &impl Memory) -> bool {
        matches!(
            self.state(memory),
            ThreadState::Inactive
                | ThreadState::BlockedOnReceive
                | ThreadState::BlockedOnSend
                | ThreadState::BlockedOnNotification
                | ThreadState::BlockedOnReply
        )
    }

    /// The thread's name, as bytes that end with a zero.
    pub fn name(self, memory: &impl Memory) -> [u8; NAME_BYTES] {
        let mut name = [0; NAME_BYTES];
        for (index, bytes) in name.chunks_exact_mut(WORD_BYTES).enumerate() {
            bytes.copy_from_slice(&memory.load(self.address().word(NAME + index)).to_le_bytes());
        }
        name[NAME_BYTES - 1] = 0;
        name
    }

    /// Sets the thread's name, cut to what fits.
    pub fn set_name(self, memory: &mut impl Memory, name: &[u8]) {
        let mut bytes = [0; NAME_BYTES];
        let length = name.len().min(NAME_BYTES - 1);
        bytes[..length].copy_from_slice(&name[..length]);
        for (index, chunk) in bytes.chunks_exact(WORD_BYTES).enumerate() {
            let mut word = [0; WORD_BYTES];
            word.copy_from_slice(chunk);
            memory.store(self.address().word(NAME + index), Word::from_le_bytes(word));
        }
    }
}
