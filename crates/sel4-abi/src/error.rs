//! Errors of invocations, lookup failures, and the messages that describe them.

word_enum! {
    /// Result of an invocation (`seL4_Error`), the label of the reply message.
    pub enum Error: usize {
        /// Success.
        NoError = 0,
        /// A word argument is wrong; message register [`msg::ARGUMENT_NUMBER`] says which.
        InvalidArgument = 1,
        /// A capability is wrong; [`msg::CAP_NUMBER`] says which, 0 being the invoked one.
        InvalidCapability = 2,
        /// The object doesn't allow it in its state, or has no such method.
        IllegalOperation = 3,
        /// A word argument is out of range; [`msg::RANGE_MIN`] and [`msg::RANGE_MAX`] say which
        /// values are right.
        RangeError = 4,
        /// An address isn't aligned.
        AlignmentError = 5,
        /// A slot or a table wasn't found; [`msg::LOOKUP_WAS_SOURCE`] and, from
        /// [`msg::LOOKUP_FAILURE`] on, a [`LookupFailure`].
        FailedLookup = 6,
        /// The message has too few words or capabilities.
        TruncatedMessage = 7,
        /// The destination isn't empty.
        DeleteFirst = 8,
        /// The object has derived capabilities.
        RevokeFirst = 9,
        /// The untyped memory is too small; [`msg::MEMORY_LEFT`] says what is left.
        NotEnoughMemory = 10,
    }
}

/// Message registers of error replies.
pub mod msg {
    /// Index of the wrong argument, from 0 ([`super::Error::InvalidArgument`]).
    pub const ARGUMENT_NUMBER: usize = 0;
    /// Index of the wrong capability ([`super::Error::InvalidCapability`]).
    pub const CAP_NUMBER: usize = 0;
    /// Smallest right value ([`super::Error::RangeError`]).
    pub const RANGE_MIN: usize = 0;
    /// Largest right value ([`super::Error::RangeError`]).
    pub const RANGE_MAX: usize = 1;
    /// 1 if the source was looked up, 0 if the destination ([`super::Error::FailedLookup`]).
    pub const LOOKUP_WAS_SOURCE: usize = 0;
    /// Type of the lookup failure; its details follow ([`super::Error::FailedLookup`]). See
    /// [`super::lookup_detail`].
    pub const LOOKUP_FAILURE: usize = 1;
    /// Bits of the address that no table covers, when a mapping lacks a table
    /// ([`super::Error::FailedLookup`] of `Map` invocations).
    pub const MAPPING_LEVEL: usize = 2;
    /// Bytes left in the untyped memory ([`super::Error::NotEnoughMemory`]).
    pub const MEMORY_LEFT: usize = 0;
}

word_enum! {
    /// Why a capability address led nowhere (`seL4_LookupFailureType`).
    pub enum LookupFailure: usize {
        /// No failure; never sent.
        NoFailure = 0,
        /// The root is no CNode.
        InvalidRoot = 1,
        /// The slot is empty.
        MissingCapability = 2,
        /// The address ends inside a CNode, or too few bits are left.
        DepthMismatch = 3,
        /// The guard differs from the address.
        GuardMismatch = 4,
    }
}

/// Words after the type of a lookup failure, counted from the type's own place.
///
/// The type lies at [`msg::LOOKUP_FAILURE`] in error replies and at
/// [`crate::fault::cap_fault::LOOKUP_FAILURE_TYPE`] in capability faults.
pub mod lookup_detail {
    /// Address bits not yet resolved (all but [`super::LookupFailure::InvalidRoot`]).
    pub const BITS_LEFT: usize = 1;
    /// Bits that the CNode resolves ([`super::LookupFailure::DepthMismatch`]).
    pub const DEPTH_MISMATCH_BITS_FOUND: usize = 2;
    /// The guard ([`super::LookupFailure::GuardMismatch`]).
    pub const GUARD_MISMATCH_GUARD_FOUND: usize = 2;
    /// Bits of the guard ([`super::LookupFailure::GuardMismatch`]).
    pub const GUARD_MISMATCH_BITS_FOUND: usize = 3;
}
