//! System calls that aren't invocations.

use sel4_config::sel4_cfg;

use crate::{
    Cap, CapType, InvocationContext, IpcBuffer, MessageInfo, NoExplicitInvocationContext, Word,
    cap, sys,
};

/// How many message registers there are.
pub const NUM_MESSAGE_REGISTERS: usize = sys::seL4_MsgMaxLength;

/// How many message registers are machine registers.
pub const NUM_FAST_MESSAGE_REGISTERS: usize = sys::seL4_FastMessageRegisters;

/// What tells the receiver which capability a message or signal came through.
pub type Badge = Word;

/// What a receiver needs to take the right to reply: nothing without MCS, where the kernel keeps
/// it in the thread.
pub type ReplyAuthority<C = NoExplicitInvocationContext> = ImplicitReplyAuthority<C>;

/// The right to reply that the thread holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct ImplicitReplyAuthority<C = NoExplicitInvocationContext>(C);

impl<C> ImplicitReplyAuthority<C> {
    /// The right to reply, used with an IPC buffer.
    pub const fn new(invocation_context: C) -> Self {
        Self(invocation_context)
    }

    /// Gives the invocation context back.
    pub fn into_invocation_context(self) -> C {
        self.0
    }
}

impl<C: InvocationContext> ImplicitReplyAuthority<C> {
    /// `seL4_Reply`: answers the thread's last caller.
    pub fn reply(mut self, info: MessageInfo) {
        self.0.with_context(|ipc_buffer| reply(ipc_buffer, info));
    }
}

/// Types that can stand for [`ReplyAuthority`].
pub trait ConveysReplyAuthority {
    /// Where the IPC buffer comes from.
    type C;

    /// The right to reply.
    fn into_reply_authority(self) -> ReplyAuthority<Self::C>;
}

impl<C> ConveysReplyAuthority for ReplyAuthority<C> {
    type C = C;

    fn into_reply_authority(self) -> Self {
        self
    }
}

impl ConveysReplyAuthority for () {
    type C = NoExplicitInvocationContext;

    fn into_reply_authority(self) -> ReplyAuthority {
        ReplyAuthority::default()
    }
}

/// `seL4_Reply`: answers the thread's last caller.
#[sel4_cfg(not(KERNEL_MCS))]
pub fn reply(ipc_buffer: &mut IpcBuffer, info: MessageInfo) {
    ipc_buffer.inner_mut().seL4_Reply(info.into_inner());
}

/// `seL4_Yield`: gives the rest of the time slice away.
pub fn r#yield() {
    sys::seL4_Yield();
}

/// A received message whose first registers are at hand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct RecvWithMRs {
    /// The tag.
    pub info: MessageInfo,
    /// The badge of the capability that the message came through.
    pub badge: Badge,
    /// The first message registers.
    pub msg: [Word; NUM_FAST_MESSAGE_REGISTERS],
}

/// A reply whose first registers are at hand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CallWithMRs {
    /// The tag.
    pub info: MessageInfo,
    /// The first message registers.
    pub msg: [Word; NUM_FAST_MESSAGE_REGISTERS],
}

/// The first message registers, at most [`NUM_FAST_MESSAGE_REGISTERS`]. Missing ones are 0.
pub trait FastMessages {
    /// All of the registers.
    fn registers(self) -> [Word; NUM_FAST_MESSAGE_REGISTERS];
}

impl<const N: usize> FastMessages for [Word; N] {
    fn registers(self) -> [Word; NUM_FAST_MESSAGE_REGISTERS] {
        const { assert!(N <= NUM_FAST_MESSAGE_REGISTERS, "too many message registers") }
        core::array::from_fn(|i| self.get(i).copied().unwrap_or_default())
    }
}

impl FastMessages for &[Word] {
    fn registers(self) -> [Word; NUM_FAST_MESSAGE_REGISTERS] {
        assert!(self.len() <= NUM_FAST_MESSAGE_REGISTERS, "too many message registers");
        core::array::from_fn(|i| self.get(i).copied().unwrap_or_default())
    }
}

fn received((info, badge): (sys::seL4_MessageInfo, Word)) -> (MessageInfo, Badge) {
    (MessageInfo::from_inner(info), badge)
}

impl<T: CapType, C: InvocationContext> Cap<T, C> {
    /// `seL4_Send`: sends, and blocks until somebody receives.
    pub fn send(self, info: MessageInfo) {
        self.invoke(|cptr, ipc| ipc.inner_mut().seL4_Send(cptr, info.into_inner()));
    }

    /// `seL4_NBSend`: sends if somebody is waiting.
    pub fn nb_send(self, info: MessageInfo) {
        self.invoke(|cptr, ipc| ipc.inner_mut().seL4_NBSend(cptr, info.into_inner()));
    }

    /// `seL4_Recv`: blocks until a message, or a signal of the bound notification, arrives.
    pub fn recv(self, _: impl ConveysReplyAuthority) -> (MessageInfo, Badge) {
        received(self.invoke(|cptr, ipc| ipc.inner_mut().seL4_Recv(cptr)))
    }

    /// `seL4_NBRecv`: as [`recv`](Self::recv), but doesn't block: the badge is 0 if nothing was
    /// there.
    pub fn nb_recv(self, _: impl ConveysReplyAuthority) -> (MessageInfo, Badge) {
        received(self.invoke(|cptr, ipc| ipc.inner_mut().seL4_NBRecv(cptr)))
    }

    /// `seL4_Call`: sends, and blocks until the reply is there.
    pub fn call(self, info: MessageInfo) -> MessageInfo {
        let info = info.into_inner();
        MessageInfo::from_inner(self.invoke(|cptr, ipc| ipc.inner_mut().seL4_Call(cptr, info)))
    }

    /// `seL4_ReplyRecv`: answers the thread's last caller, then waits for the next message.
    pub fn reply_recv(
        self, info: MessageInfo, _: impl ConveysReplyAuthority,
    ) -> (MessageInfo, Badge) {
        let info = info.into_inner();
        received(self.invoke(|cptr, ipc| ipc.inner_mut().seL4_ReplyRecv(cptr, info)))
    }

    /// As [`send`](Self::send), with the first message registers given.
    pub fn send_with_mrs<M: FastMessages>(self, info: MessageInfo, messages: M) {
        let (info, registers) = (info.into_inner(), messages.registers());
        self.invoke(|cptr, ipc| ipc.inner_mut().seL4_SendWithMRs(cptr, info, registers));
    }

    /// As [`recv`](Self::recv), giving the first message registers. They are not stored in the
    /// IPC buffer.
    pub fn recv_with_mrs(self, _: impl ConveysReplyAuthority) -> RecvWithMRs {
        let mut msg = [0; NUM_FAST_MESSAGE_REGISTERS];
        let result = self.invoke(|cptr, ipc| ipc.inner_mut().seL4_RecvWithMRs(cptr, &mut msg));
        let (info, badge) = received(result);
        RecvWithMRs { info, badge, msg }
    }

    /// As [`call`](Self::call), with the first message registers given both ways. They are not
    /// stored in the IPC buffer.
    pub fn call_with_mrs<M: FastMessages>(self, info: MessageInfo, messages: M) -> CallWithMRs {
        let (info, mut msg) = (info.into_inner(), messages.registers());
        let info = self.invoke(|cptr, ipc| ipc.inner_mut().seL4_CallWithMRs(cptr, info, &mut msg));
        CallWithMRs { info: MessageInfo::from_inner(info), msg }
    }
}

impl<C: InvocationContext> cap::Notification<C> {
    /// `seL4_Signal`: raises the notification.
    pub fn signal(self) {
        self.invoke(|cptr, ipc| ipc.inner_mut().seL4_Signal(cptr));
    }

    /// `seL4_Wait`: blocks until the notification is raised. Gives the badges it was raised with.
    pub fn wait(self) -> ((), Badge) {
        ((), self.recv(()).1)
    }

    /// `seL4_Poll`: as [`wait`](Self::wait), but doesn't block: the badge is 0 if it isn't raised.
    pub fn poll(self) -> (MessageInfo, Badge) {
        self.nb_recv(())
    }
}

/// Calls that only debug kernels have.
#[sel4_cfg(DEBUG_BUILD)]
pub mod debug {
    use crate::{Cap, CapType, InvocationContext, Word, cap, sys};

    /// `seL4_DebugHalt`: stops the machine.
    pub fn debug_halt() {
        sys::seL4_DebugHalt();
    }

    /// `seL4_DebugSnapshot`: prints the capability distribution, where the kernel can.
    pub fn debug_snapshot() {
        sys::seL4_DebugSnapshot();
    }

    impl<C: InvocationContext> cap::Tcb<C> {
        /// `seL4_DebugNameThread`: the name that the kernel prints for the thread.
        pub fn debug_name(self, name: &[u8]) {
            self.invoke(|cptr, ipc| sys::seL4_DebugNameThread(cptr, name, ipc.inner_mut()));
        }
    }

    impl<T: CapType> Cap<T> {
        /// `seL4_DebugCapIdentify`: the kernel's own number for the type of the capability, 0 for
        /// an empty slot.
        pub fn debug_identify(self) -> Word {
            sys::seL4_DebugCapIdentify(self.bits())
        }
    }
}
