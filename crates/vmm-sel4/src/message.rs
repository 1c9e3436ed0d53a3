//! What a guest's thread says to its fault endpoint.
//!
//! The kernel sends faults there; but an HVC of a guest is a system call, so a guest can send
//! anything. A message is a claim: it can only be about the guest that it came from.

use sel4::{MessageInfo, Word, with_ipc_buffer};
use sel4_abi::FaultType;
use sel4_abi::aarch64::fault::unknown_syscall::FAULT_IP;

/// A message of a guest's thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// An access that the second stage of translation refuses.
    Access {
        /// The program counter.
        ip: Word,
        /// The guest-physical address.
        address: Word,
        /// ESR_EL2.
        syndrome: Word,
    },
    /// Another exception that the hypervisor takes.
    Trap {
        /// ESR_EL2.
        syndrome: Word,
    },
    /// The guest ended what was in a list register; `None` if the hardware doesn't know which.
    Ended(Option<usize>),
    /// A private interrupt of the processor has fired, and is masked.
    Fired(Word),
    /// An HVC that was no system call of the kernel's.
    HypervisorCall {
        /// The address of the instruction.
        ip: Word,
    },
    /// Nothing that the kernel sends.
    Unknown(Word),
}

impl Message {
    /// Reads a message that was just received, before anything else uses the IPC buffer.
    #[must_use]
    pub fn read(info: &MessageInfo) -> Self {
        with_ipc_buffer(|buffer| Self::of(info.label(), info.length(), buffer.msg_regs()))
    }

    fn of(label: Word, length: usize, words: &[Word]) -> Self {
        let words = words.get(..length).unwrap_or(words);
        let fault = usize::try_from(label).ok().and_then(FaultType::from_word);
        match (fault, words) {
            (Some(FaultType::VMFault), &[ip, address, _, syndrome, ..]) => {
                Self::Access { ip, address, syndrome }
            }
            (Some(FaultType::VCPUFault), &[syndrome, ..]) => Self::Trap { syndrome },
            (Some(FaultType::VGICMaintenance), &[index, ..]) => {
                Self::Ended(usize::try_from(index).ok())
            }
            (Some(FaultType::VPPIEvent), &[irq, ..]) => Self::Fired(irq),
            (Some(FaultType::UnknownSyscall), words) if words.len() > FAULT_IP => {
                Self::HypervisorCall { ip: words[FAULT_IP] }
            }
            (Some(FaultType::CapFault), &[ip, ..]) => Self::HypervisorCall { ip },
            _ => Self::Unknown(label),
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use sel4::IpcBuffer;
    use std::boxed::Box;

    #[test]
    fn faults_are_told_apart() {
        let mut words: [Word; 13] = [0; 13];
        words[..4].copy_from_slice(&[0x1000, 0x900_0018, 0, 0x9381_0007]);
        words[8] = 0x2000;
        let access = Message::Access { ip: 0x1000, address: 0x900_0018, syndrome: 0x9381_0007 };
        assert_eq!(Message::of(5, 4, &words), access);
        assert_eq!(Message::of(7, 1, &words), Message::Trap { syndrome: 0x1000 });
        assert_eq!(Message::of(6, 1, &[3]), Message::Ended(Some(3)));
        assert_eq!(Message::of(8, 1, &[27]), Message::Fired(27));
        assert_eq!(Message::of(2, 13, &words), Message::HypervisorCall { ip: 0x2000 });
        assert_eq!(Message::of(1, 7, &words), Message::HypervisorCall { ip: 0x1000 });
    }

    #[test]
    fn what_is_too_short_is_nothing() {
        let words: [Word; 13] = [0; 13];
        for (label, length) in [(5, 3), (7, 0), (6, 0), (8, 0), (2, 8), (1, 0), (0, 4), (99, 13)] {
            assert_eq!(Message::of(label, length, &words), Message::Unknown(label));
        }
        // A length that no message has.
        assert_eq!(Message::of(5, 1000, &[]), Message::Unknown(5));
    }

    #[test]
    fn the_words_are_those_of_the_ipc_buffer() {
        let mut buffer = Box::<IpcBuffer>::default();
        buffer.msg_regs_mut()[0] = 27;
        sel4::set_ipc_buffer(Box::leak(buffer));
        assert_eq!(Message::read(&MessageInfo::new(8, 0, 0, 1)), Message::Fired(27));
    }
}
