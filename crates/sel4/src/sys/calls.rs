//! The system calls that aren't invocations.

use sel4_config::sel4_cfg;

use super::invoke::Registers;
use super::*;

impl seL4_IPCBuffer {
    fn registers(&self) -> Registers {
        let mut registers = [0; arch::MESSAGE_REGISTERS];
        registers.copy_from_slice(&self.msg[..arch::MESSAGE_REGISTERS]);
        registers
    }

    fn store(&mut self, registers: Registers) {
        self.msg[..arch::MESSAGE_REGISTERS].copy_from_slice(&registers);
    }

    /// `seL4_Send`: sends, and blocks until somebody receives.
    pub fn seL4_Send(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) {
        arch::send(seL4_SysSend, dest, info, self.registers());
    }

    /// `seL4_NBSend`: sends if somebody is waiting.
    pub fn seL4_NBSend(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) {
        arch::send(seL4_SysNBSend, dest, info, self.registers());
    }

    /// `seL4_SendWithMRs`: sends the given registers instead of those in the IPC buffer.
    pub fn seL4_SendWithMRs(
        &mut self, dest: seL4_CPtr, info: seL4_MessageInfo,
        registers: [seL4_Word; arch::MESSAGE_REGISTERS],
    ) {
        arch::send(seL4_SysSend, dest, info, registers);
    }

    /// `seL4_Reply`: answers the caller that this thread holds a reply capability to.
    #[sel4_cfg(not(KERNEL_MCS))]
    pub fn seL4_Reply(&mut self, info: seL4_MessageInfo) {
        arch::send(seL4_SysReply, 0, info, self.registers());
    }

    /// `seL4_Recv`: blocks until a message or a notification arrives. Returns its badge as well.
    pub fn seL4_Recv(&mut self, src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word) {
        self.receive(seL4_SysRecv, src)
    }

    /// `seL4_NBRecv`: takes a message or notification if there is one; else the badge is 0.
    pub fn seL4_NBRecv(&mut self, src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word) {
        self.receive(seL4_SysNBRecv, src)
    }

    fn receive(&mut self, number: seL4_Word, src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word) {
        let reply = arch::recv(number, src);
        self.store(reply.registers);
        (reply.info, reply.badge)
    }

    /// `seL4_RecvWithMRs`: as `seL4_Recv`, with the first message registers in machine registers.
    pub fn seL4_RecvWithMRs(
        &mut self, src: seL4_CPtr, registers: &mut [seL4_Word; arch::MESSAGE_REGISTERS],
    ) -> (seL4_MessageInfo, seL4_Word) {
        let reply = arch::recv(seL4_SysRecv, src);
        *registers = reply.registers;
        (reply.info, reply.badge)
    }

    /// `seL4_Call`: sends, and blocks until the reply is there.
    pub fn seL4_Call(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) -> seL4_MessageInfo {
        let reply = arch::send_recv(seL4_SysCall, dest, info, self.registers());
        self.store(reply.registers);
        reply.info
    }

    /// `seL4_CallWithMRs`: as `seL4_Call`, with the first message registers in machine registers.
    pub fn seL4_CallWithMRs(
        &mut self, dest: seL4_CPtr, info: seL4_MessageInfo,
        registers: &mut [seL4_Word; arch::MESSAGE_REGISTERS],
    ) -> seL4_MessageInfo {
        let reply = arch::send_recv(seL4_SysCall, dest, info, *registers);
        *registers = reply.registers;
        reply.info
    }

    /// `seL4_ReplyRecv`: answers the caller, then waits for the next message.
    pub fn seL4_ReplyRecv(
        &mut self, src: seL4_CPtr, info: seL4_MessageInfo,
    ) -> (seL4_MessageInfo, seL4_Word) {
        let reply = arch::send_recv(seL4_SysReplyRecv, src, info, self.registers());
        self.store(reply.registers);
        (reply.info, reply.badge)
    }

    /// `seL4_Signal`: raises a notification.
    pub fn seL4_Signal(&mut self, dest: seL4_CPtr) {
        arch::send(seL4_SysSend, dest, seL4_MessageInfo::default(), Registers::default());
    }
}

/// `seL4_Yield`: gives the rest of the time slice away.
pub fn seL4_Yield() {
    arch::null(seL4_SysYield);
}

/// `seL4_DebugPutChar`: prints one byte on the kernel's console.
#[sel4_cfg(PRINTING)]
pub fn seL4_DebugPutChar(byte: u8) {
    debug(seL4_SysDebugPutChar, byte.into());
}

/// `seL4_DebugDumpScheduler`: prints a table of all threads.
#[sel4_cfg(PRINTING)]
pub fn seL4_DebugDumpScheduler() {
    debug(seL4_SysDebugDumpScheduler, 0);
}

/// `seL4_DebugHalt`: stops the machine.
#[sel4_cfg(DEBUG_BUILD)]
pub fn seL4_DebugHalt() {
    arch::null(seL4_SysDebugHalt);
}

/// `seL4_DebugSnapshot`: prints the capability distribution, where the kernel can.
#[sel4_cfg(DEBUG_BUILD)]
pub fn seL4_DebugSnapshot() {
    arch::null(seL4_SysDebugSnapshot);
}

/// `seL4_DebugCapIdentify`: the kernel's type number of a capability, 0 for none.
#[sel4_cfg(DEBUG_BUILD)]
pub fn seL4_DebugCapIdentify(cap: seL4_CPtr) -> seL4_Word {
    debug(seL4_SysDebugCapIdentify, cap)
}

/// `seL4_DebugNameThread`: the name that the kernel prints for a thread. It is cut off where the
/// IPC buffer ends; the kernel keeps less.
#[sel4_cfg(DEBUG_BUILD)]
pub fn seL4_DebugNameThread(tcb: seL4_CPtr, name: &[u8], ipc_buffer: &mut seL4_IPCBuffer) {
    const WORD: usize = size_of::<seL4_Word>();
    // One byte stays for the end of the string, as C has it.
    let name = &name[..name.len().min(ipc_buffer.msg.len() * WORD - 1)];
    for i in 0..=name.len() / WORD {
        let mut bytes = [0; WORD];
        let rest = &name[i * WORD..];
        let taken = rest.len().min(WORD);
        bytes[..taken].copy_from_slice(&rest[..taken]);
        ipc_buffer.msg[i] = seL4_Word::from_ne_bytes(bytes);
    }
    debug(seL4_SysDebugNameThread, tcb);
}

/// A debug call takes and gives one word. The kernel may overwrite all message registers.
#[allow(dead_code)] // not every configuration has debug calls
fn debug(number: seL4_Word, argument: seL4_Word) -> seL4_Word {
    arch::send_recv(number, argument, seL4_MessageInfo::default(), Registers::default()).badge
}
