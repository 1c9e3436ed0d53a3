//! Faults: what a thread did that it can't go on from by itself, and the
//! messages to and from its fault handler.
//!
//! seL4 manual, section 6.2 "Faults".

use sel4_abi::{FaultType, MessageInfo};

use crate::arch::{ArchFault, registers};
use crate::cap::Cap;
use crate::error::LookupFailure;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Send, Tcb, ThreadState};
use crate::word::{Word, mask};

/// A fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A system call named a capability that can't be looked up.
    Cap {
        /// The capability address.
        address: Word,
        /// Whether the thread wanted to receive.
        receiving: bool,
    },
    /// A system call number that does not exist.
    UnknownSyscall(Word),
    /// An exception of the processor.
    UserException {
        /// What happened, as the architecture says it.
        number: Word,
        /// Details of it.
        code: Word,
    },
    /// A fault of the architecture.
    Arch(ArchFault),
}

impl Fault {
    /// The message label.
    pub fn fault_type(self) -> FaultType {
        match self {
            Self::Cap { .. } => FaultType::CapFault,
            Self::UnknownSyscall(_) => FaultType::UnknownSyscall,
            Self::UserException { .. } => FaultType::UserException,
            Self::Arch(fault) => fault.fault_type(),
        }
    }

    /// Packs a fault into three words of a TCB; the first is 0 for none.
    pub fn encode(fault: Option<Self>) -> [Word; 3] {
        let Some(fault) = fault else { return [0; 3] };
        let [a, b] = match fault {
            Self::Cap { address, receiving } => [address, Word::from(receiving)],
            Self::UnknownSyscall(number) => [number, 0],
            Self::UserException { number, code } => [number, code],
            Self::Arch(fault) => {
                let (flags, a, b) = fault.encode();
                return [fault.fault_type() as Word | flags << 8, a, b];
            }
        };
        [fault.fault_type() as Word, a, b]
    }

    /// Unpacks what [`Self::encode`] made.
    pub fn decode([first, a, b]: [Word; 3]) -> Option<Self> {
        const CAP: Word = FaultType::CapFault as Word;
        const SYSCALL: Word = FaultType::UnknownSyscall as Word;
        const EXCEPTION: Word = FaultType::UserException as Word;
        match first & mask(8) {
            0 => None,
            CAP => Some(Self::Cap { address: a, receiving: b != 0 }),
            SYSCALL => Some(Self::UnknownSyscall(a)),
            EXCEPTION => Some(Self::UserException { number: a, code: b }),
            fault_type => Some(Self::Arch(ArchFault::decode(fault_type, first >> 8, a, b))),
        }
    }
}

impl<M: Machine> Kernel<M> {
    /// Sends a thread's fault to its handler; without one the thread stops and
    /// a report is printed. `failure` belongs to a capability fault.
    pub(crate) fn handle_fault(&mut self, tcb: Tcb, fault: Fault, failure: LookupFailure) {
        let address = tcb.fault_handler(&self.machine);
        let problem = match self.lookup_cap(tcb, address) {
            Ok(Cap::Endpoint(cap))
                if cap.rights.send && (cap.rights.grant || cap.rights.grant_reply) =>
            {
                let m = &mut self.machine;
                tcb.set_fault(m, Some(fault));
                if matches!(fault, Fault::Cap { .. }) {
                    tcb.set_lookup_failure(m, failure);
                }
                let send = Send {
                    blocking: true,
                    call: true,
                    badge: cap.badge,
                    grant: cap.rights.grant,
                    grant_reply: true,
                };
                self.send_ipc(tcb, cap.endpoint, send);
                return;
            }
            Ok(_) => "is no endpoint to send to with grant or grant-reply right",
            Err(_) => "can't be looked up",
        };
        self.report_fault(tcb, fault, failure, address, problem);
        self.set_thread_state(tcb, ThreadState::Inactive);
    }

    /// Writes the message of `sender`'s fault for its handler.
    pub(crate) fn transfer_fault(&mut self, sender: Tcb, fault: Fault, badge: Word, receiver: Tcb) {
        let length = match fault {
            Fault::Cap { address, receiving } => {
                let ip = sender.register(&self.machine, registers::FAULT_IP);
                let failure = sender.lookup_failure(&self.machine);
                let (words, count) = failure.message();
                self.write_message(receiver, &[ip, address, Word::from(receiving)]);
                self.write_message_at(receiver, 3, &words[..count])
            }
            Fault::UnknownSyscall(number) => {
                self.write_registers_message(sender, receiver, &registers::UNKNOWN_SYSCALL);
                self.write_message_at(receiver, registers::UNKNOWN_SYSCALL.len(), &[number])
            }
            Fault::UserException { number, code } => {
                self.write_registers_message(sender, receiver, &registers::USER_EXCEPTION);
                let at = registers::USER_EXCEPTION.len();
                self.write_message_at(receiver, at, &[number & mask(32), code & mask(28)])
            }
            Fault::Arch(fault) => {
                let ip = sender.register(&self.machine, registers::FAULT_IP);
                let (words, count) = fault.message(ip);
                self.write_message(receiver, &words[..count])
            }
        };
        let info = MessageInfo::new(fault.fault_type() as Word, 0, 0, length);
        self.set_message(receiver, info, badge);
    }

    fn write_registers_message(&mut self, sender: Tcb, receiver: Tcb, list: &[Word]) {
        for (index, register) in list.iter().enumerate() {
            let value = sender.register(&self.machine, *register);
            self.write_message_at(receiver, index, &[value]);
        }
    }

    /// Applies the handler's reply to a faulted thread. Gives whether the
    /// thread is to run again.
    pub(crate) fn apply_fault_reply(&mut self, tcb: Tcb, fault: Fault, handler: Tcb) -> bool {
        let m = &self.machine;
        let info = MessageInfo::from_user(handler.register(m, registers::MESSAGE_INFO));
        let list: &[Word] = match fault {
            Fault::Cap { .. } | Fault::Arch(_) => return true,
            Fault::UnknownSyscall(_) => &registers::UNKNOWN_SYSCALL,
            Fault::UserException { .. } => &registers::USER_EXCEPTION,
        };
        let buffer = self.ipc_buffer_for_send(handler);
        let given = info.length().min(list.len());
        for (index, register) in list[..given].iter().enumerate() {
            let Some(value) = self.message_word(handler, buffer, index) else {
                break;
            };
            self.set_user_register(tcb, *register, value);
        }
        info.label() == 0
    }

    /// Sets a register of a thread to a value from user level.
    pub(crate) fn set_user_register(&mut self, tcb: Tcb, register: Word, value: Word) {
        let m = &mut self.machine;
        let value = if register == registers::SPSR {
            registers::sanitise_spsr(value, tcb.vcpu(m).is_some(), M::DEBUG)
        } else {
            value
        };
        tcb.set_register(m, register, value);
    }
}
