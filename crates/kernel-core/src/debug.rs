//! What the kernel says of threads: names, reports of faults without a
//! handler, the debug system calls.

use sel4_abi::{Syscall, ipc_buffer};

use crate::arch::registers;
use crate::cap::Cap;
use crate::error::LookupFailure;
use crate::fault::Fault;
use crate::kernel::Kernel;
use crate::machine::{Machine, report};
use crate::object::{NAME_BYTES, Tcb};
use crate::word::WORD_BYTES;

/// Bytes of an IPC buffer that a thread's name can come in.
const NAME_LIMIT: usize = sel4_abi::message::MAX_LENGTH * WORD_BYTES;

impl<M: Machine> Kernel<M> {
    /// Handles a debug system call. Gives whether it was one of those that
    /// this kernel has.
    pub(crate) fn debug_syscall(&mut self, syscall: Option<Syscall>) -> bool {
        let tcb = self.current();
        let argument = tcb.register(&self.machine, registers::CAP);
        match syscall {
            Some(Syscall::DebugPutChar) if M::PRINTING => {
                let [byte, ..] = argument.to_le_bytes();
                self.machine.put_byte(byte);
            }
            Some(Syscall::DebugDumpScheduler) if M::PRINTING => self.dump_threads(),
            _ if !M::DEBUG => return false,
            Some(Syscall::DebugHalt) => {
                let name = tcb.name(&self.machine);
                let name = text(&name);
                report!(self.machine, "halted by thread \"{name}\"\n");
                self.machine.halt()
            }
            Some(Syscall::DebugSnapshot) => {
                let name = tcb.name(&self.machine);
                let name = text(&name);
                report!(self.machine, "thread \"{name}\" asked for a snapshot\n");
                self.dump_threads();
            }
            Some(Syscall::DebugCapIdentify) => {
                let cap = self.lookup_cap(tcb, argument).unwrap_or(Cap::Null);
                let tag = Cap::tag(cap.encode()[0]);
                tcb.set_register(&mut self.machine, registers::CAP, tag);
            }
            Some(Syscall::DebugNameThread) => self.name_thread(argument),
            _ => return false,
        }
        true
    }

    /// Names the thread behind a capability address with the text in the
    /// caller's IPC buffer. As on the C kernel, a mistake stops the machine.
    fn name_thread(&mut self, address: usize) {
        let current = self.current();
        let Ok(Cap::Thread(tcb)) = self.lookup_cap(current, address) else {
            report!(self.machine, "DebugNameThread: capability {address:#x} is no thread\n");
            self.machine.halt()
        };
        let Some(buffer) = self.ipc_buffer_for_receive(current) else {
            report!(self.machine, "DebugNameThread: the caller has no IPC buffer\n");
            self.machine.halt()
        };
        let mut name = [0; NAME_LIMIT];
        for (index, bytes) in name.chunks_exact_mut(WORD_BYTES).enumerate() {
            let word = self.machine.load(buffer.word(ipc_buffer::MSG + index));
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let Some(length) = name.iter().position(|byte| *byte == 0) else {
            report!(self.machine, "DebugNameThread: the name does not end\n");
            self.machine.halt()
        };
        tcb.set_name(&mut self.machine, &name[..length]);
    }

    /// Adds a new thread to the list of all, named after the current one.
    pub(crate) fn name_after_parent(&mut self, tcb: Tcb) {
        if !M::DEBUG {
            return;
        }
        let parent = self.current().name(&self.machine);
        let parent = parent.split(|byte| *byte == 0).next().unwrap_or_default();
        let mut name = [0; NAME_BYTES];
        let parts: [&[u8]; 3] = [b"child of: '", parent, b"'"];
        for (to, from) in name[..NAME_BYTES - 1].iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        tcb.set_name(&mut self.machine, &name);
        self.remember_thread(tcb);
    }

    /// Adds a thread to the list of all threads.
    pub(crate) fn remember_thread(&mut self, tcb: Tcb) {
        let m = &mut self.machine;
        tcb.set_debug_next(m, self.threads);
        tcb.set_debug_previous(m, None);
        if let Some(first) = self.threads {
            first.set_debug_previous(m, Some(tcb));
        }
        self.threads = Some(tcb);
    }

    /// Takes a dying thread from the list of all threads.
    pub(crate) fn forget_thread(&mut self, tcb: Tcb) {
        if !M::DEBUG {
            return;
        }
        let m = &mut self.machine;
        let (previous, next) = (tcb.debug_previous(m), tcb.debug_next(m));
        match previous {
            Some(previous) => previous.set_debug_next(m, next),
            None => self.threads = next,
        }
        if let Some(next) = next {
            next.set_debug_previous(m, previous);
        }
    }

    fn dump_threads(&mut self) {
        report!(self.machine, "{:<40} {:>18} {:>4}  state\n", "thread", "ip", "prio");
        let mut thread = self.threads;
        while let Some(tcb) = thread {
            let m = &self.machine;
            let (name, ip) = (tcb.name(m), tcb.register(m, registers::FAULT_IP));
            let (priority, state) = (tcb.priority(m), tcb.state(m));
            thread = tcb.debug_next(m);
            let name = text(&name);
            report!(self.machine, "{name:<40} {ip:>#18x} {priority:>4}  {state:?}\n");
        }
    }

    /// Reports a fault that nobody handles.
    pub(crate) fn report_fault(
        &mut self, tcb: Tcb, fault: Fault, failure: LookupFailure, handler: usize, problem: &str,
    ) {
        if !M::PRINTING {
            return;
        }
        let m = &self.machine;
        let (name, ip) = (tcb.name(m), tcb.register(m, registers::FAULT_IP));
        let (sp, lr) = (tcb.register(m, registers::SP), tcb.register(m, registers::LR));
        let name = text(&name);
        report!(self.machine, "\nthread \"{name}\" stopped: ");
        match fault {
            Fault::Cap { address, receiving } => {
                let what = if receiving { "receive from" } else { "invoke" };
                report!(
                    self.machine,
                    "it tried to {what} capability {address:#x}, which can't be: {failure:?}"
                );
            }
            Fault::UnknownSyscall(number) => {
                report!(self.machine, "unknown system call {}", number.cast_signed());
            }
            Fault::UserException { number, code } => {
                report!(self.machine, "user exception {number:#x}, code {code:#x}");
            }
            Fault::Arch(fault) => report!(self.machine, "{fault}"),
        }
        report!(self.machine, "\n  at ip {ip:#x}, sp {sp:#x}, lr {lr:#x}\n");
        report!(self.machine, "  its fault handler, capability {handler:#x}, {problem}\n");
        self.report_stack(tcb, sp);
    }
}

/// A name as text, for reports.
fn text(name: &[u8]) -> &str {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let name = &name[..end];
    core::str::from_utf8(name).unwrap_or("(not UTF-8)")
}
