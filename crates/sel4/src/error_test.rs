//! What becomes of the message registers that describe an error.

extern crate std;

use std::string::ToString;

use crate::sys::host_kernel::{Answer, prepare};
use crate::{Error, IpcBuffer, LookupFailure, Word, cap, sys};

/// The error of an invocation that the kernel answers with this label and message.
fn error(label: Word, message: [Word; 5]) -> Error {
    let [mr0, mr1, mr2, mr3, mr4] = message;
    prepare(Answer {
        info: sys::seL4_MessageInfo::new(label, 0, 0, 5),
        registers: [mr0, mr1, mr2, mr3],
        ..Default::default()
    });
    let mut ipc_buffer = IpcBuffer::default();
    ipc_buffer.msg_regs_mut()[4] = mr4;
    let tcb = cap::Tcb::from_bits(1).with(&mut ipc_buffer);
    tcb.tcb_resume().unwrap_err()
}

#[test]
fn details_are_read_and_told() {
    let range = error(4, [4, 47, 0, 0, 0]);
    assert_eq!(range, Error::RangeError { min: 4, max: 47 });
    assert_eq!(range.to_string(), "an argument is out of range, expected 0x4 to 0x2f");
    assert_eq!(error(1, [2, 0, 0, 0, 0]), Error::InvalidArgument { number: 2 });
    assert_eq!(error(2, [1, 0, 0, 0, 0]), Error::InvalidCapability { number: 1 });
    assert_eq!(error(10, [4096, 0, 0, 0, 0]).to_string(), "the untyped has only 0x1000 bytes left");
    assert_eq!(error(8, [0; 5]), Error::DeleteFirst);
    assert_eq!(error(77, [0; 5]), Error::Unknown { number: 77 });
}

#[test]
fn failed_lookups_say_where_and_why() {
    let failed = error(6, [1, 4, 64, 0xab, 52]);
    let failure = LookupFailure::GuardMismatch { bits_left: 64, guard_found: 0xab, guard_size: 52 };
    assert_eq!(failed, Error::FailedLookup { source: true, failure });
    assert_eq!(
        failed.to_string(),
        "lookup of the source failed: the guard is 0xab in 52 bits, with 64 bits left"
    );
    assert_eq!(
        error(6, [0, 2, 18, 0, 0]).to_string(),
        "lookup of the destination failed: no capability there, with 18 bits left"
    );
}

#[test]
fn numbers_survive() {
    for number in 1..=11 {
        assert_eq!(error(number, [0; 5]).into_sys(), number);
    }
}
