//! Types and numbers that exist only in the C headers, with libsel4's names. Their values are
//! those of `sel4-abi`; layouts are checked against it.

use core::mem::offset_of;

use sel4_config::sel4_cfg_if;

use super::seL4_MessageInfo;

sel4_cfg_if! {
    if #[sel4_cfg(WORD_SIZE = 64)] {
        /// A machine word of the kernel.
        pub type seL4_Word = u64;
    } else {
        /// A machine word of the kernel.
        pub type seL4_Word = u32;
    }
}

/// A capability pointer.
pub type seL4_CPtr = seL4_Word;

/// How many message registers are machine registers.
pub const seL4_FastMessageRegisters: usize = sel4_abi::aarch64::registers::NUM_FAST_MSG;
/// How many message registers there are.
pub const seL4_MsgMaxLength: usize = sel4_abi::message::MAX_LENGTH;
/// How many capabilities a message can carry.
pub const seL4_MsgMaxExtraCaps: usize = sel4_abi::message::MAX_EXTRA_CAPS;

/// The IPC buffer, shared with the kernel.
#[repr(C)]
#[cfg_attr(target_pointer_width = "64", repr(align(1024)))]
#[cfg_attr(target_pointer_width = "32", repr(align(512)))]
#[derive(Clone, Debug)]
pub struct seL4_IPCBuffer {
    /// Not used by the kernel.
    pub tag: seL4_MessageInfo,
    /// The message registers. The first ones travel in machine registers.
    pub msg: [seL4_Word; seL4_MsgMaxLength],
    /// For the program; not used by the kernel.
    pub userData: seL4_Word,
    /// Capabilities to send, or the badges of received ones.
    pub caps_or_badges: [seL4_Word; seL4_MsgMaxExtraCaps],
    /// Root of the CSpace for a received capability.
    pub receiveCNode: seL4_CPtr,
    /// Slot for a received capability.
    pub receiveIndex: seL4_CPtr,
    /// Bits of `receiveIndex` to resolve.
    pub receiveDepth: seL4_Word,
}

const _: () = {
    use sel4_abi::ipc_buffer::{CAPS_OR_BADGES, MSG, RECEIVE_CNODE, RECEIVE_DEPTH, WORDS};
    const WORD: usize = size_of::<seL4_Word>();
    assert!(size_of::<seL4_IPCBuffer>() == WORDS * WORD);
    assert!(align_of::<seL4_IPCBuffer>() == size_of::<seL4_IPCBuffer>());
    assert!(offset_of!(seL4_IPCBuffer, msg) == MSG * WORD);
    assert!(offset_of!(seL4_IPCBuffer, caps_or_badges) == CAPS_OR_BADGES * WORD);
    assert!(offset_of!(seL4_IPCBuffer, receiveCNode) == RECEIVE_CNODE * WORD);
    assert!(offset_of!(seL4_IPCBuffer, receiveDepth) == RECEIVE_DEPTH * WORD);
};

/// Numbers of `seL4_Error`, the label of an invocation's reply.
pub mod seL4_Error {
    use sel4_abi::Error;

    /// An error number.
    pub type Type = super::seL4_Word;

    macro_rules! numbers {
        ($($name:ident = $variant:ident),*) => {
            $(
                #[doc = concat!("Number of [`", stringify!($variant), "`](Error::", stringify!($variant), ").")]
                pub const $name: Type = Error::$variant.as_word() as Type;
            )*
        };
    }

    numbers!(
        seL4_NoError = NoError,
        seL4_InvalidArgument = InvalidArgument,
        seL4_InvalidCapability = InvalidCapability,
        seL4_IllegalOperation = IllegalOperation,
        seL4_RangeError = RangeError,
        seL4_AlignmentError = AlignmentError,
        seL4_FailedLookup = FailedLookup,
        seL4_TruncatedMessage = TruncatedMessage,
        seL4_DeleteFirst = DeleteFirst,
        seL4_RevokeFirst = RevokeFirst,
        seL4_NotEnoughMemory = NotEnoughMemory
    );
}
