//! Invocation labels.
//!
//! The label of a message that is sent to an object names the method. Labels count the methods
//! of [`crate::interfaces`] that the configuration has, so they depend on it.

include!(concat!(env!("OUT_DIR"), "/labels.rs"));

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn labels_count_through_the_three_files() {
        assert_eq!(InvocationLabel::InvalidInvocation.number(), 0);
        assert_eq!(InvocationLabel::UntypedRetype.number(), 1);
        assert_eq!(InvocationLabel::CNodeRevoke.number(), 17);
        assert_eq!(InvocationLabel::ARMVSpaceClean_Data.number(), 33);
        assert_eq!(InvocationLabel::ARMPageMap.number(), 40);
        assert_eq!(InvocationLabel::ARMVCPUSetTCB.number(), 49);
        assert_eq!(InvocationLabel::COUNT, 56);
        assert_eq!(InvocationLabel::from_word(55), Some(InvocationLabel::ARMIRQIssueSGISignal));
        assert_eq!(InvocationLabel::from_word(56), None);
    }
}
