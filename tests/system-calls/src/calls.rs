//! Makes up system calls.

use sel4::Word;
use sel4_abi::aarch64::VcpuReg;
use sel4_abi::{InvocationLabel as Label, Syscall};

use crate::arguments::Message;
use crate::random::Random;
use crate::script::{Call, MESSAGES};
use crate::slots::{Kind, ROOT_BITS, SELF, Slots};

/// Methods that are tried more often than others, since they make or take what others need.
const FREQUENT: [Label; 12] = [
    Label::UntypedRetype,
    Label::UntypedRetype,
    Label::CNodeCopy,
    Label::CNodeMint,
    Label::CNodeMove,
    Label::TCBWriteRegisters,
    Label::TCBConfigure,
    Label::ARMPageMap,
    Label::ARMPageTableMap,
    Label::ARMVCPUSetTCB,
    Label::ARMVCPUWriteReg,
    Label::ARMASIDPoolAssign,
];

/// The next call.
pub fn next(random: &mut Random, slots: &Slots) -> Call {
    let call = Call {
        number: Syscall::Call.as_word() as Word,
        target: 0,
        label: 0,
        length: 0,
        words: [0; MESSAGES],
        cap_count: 0,
        caps: [0; 3],
        receive: [SELF as Word, slots.find(random, Kind::Empty), ROOT_BITS as Word],
        counted: false,
        effects: [None; 2],
    };
    let mut message = Message { random, slots, call };
    if message.random.chance(14) {
        communication(&mut message);
    } else {
        invocation(&mut message);
    }
    let Message { random, mut call, .. } = message;
    // Arguments that are missing, or one that is wrong.
    if random.chance(4) {
        call.length = random.index(10);
        call.cap_count = random.index(4);
    }
    if random.chance(4) {
        call.words[random.index(8)] = random.word();
    }
    keep_time_going(&mut call);
    call
}

/// A guest whose exceptions are exceptions again executes no instruction any more. Where QEMU takes
/// time from the count of instructions, as it does so that runs can be had again, that stops time.
fn keep_time_going(call: &mut Call) {
    if call.label != Label::ARMVCPUWriteReg.as_word() as Word {
        return;
    }
    match usize::try_from(call.words[0]).ok().and_then(VcpuReg::from_word) {
        // No translation by the guest itself.
        Some(VcpuReg::Sctlr) => call.words[1] &= !1,
        // No vectors where the guest has memory, or that are no address at all: they exit.
        Some(VcpuReg::Vbar) => call.words[1] = call.words[1] & 0xff_ffff | 1 << 38,
        _ => {}
    }
}

fn invocation(message: &mut Message) {
    let random = &mut *message.random;
    let label = if random.chance(40) {
        random.pick(&FREQUENT)
    } else {
        let any = usize::try_from(random.below(Label::COUNT as Word)).ok();
        any.and_then(Label::from_word).unwrap_or(Label::CNodeDelete)
    };
    // What takes much away is done rarely, or there would be nothing left to work with.
    let label = match label {
        Label::CNodeRevoke | Label::CNodeDelete | Label::CNodeMove if random.chance(50) => {
            Label::CNodeCopy
        }
        Label::TCBSuspend | Label::TCBSetSpace | Label::TCBConfigure if random.chance(60) => {
            Label::TCBResume
        }
        label => label,
    };
    message.fill(label);
    let random = &mut *message.random;
    message.call.label = label.as_word() as Word;
    if random.chance(2) {
        message.call.label = random.mostly_below(Label::COUNT as Word + 4);
    } else if random.chance(12) {
        message.call.number = random.pick(&[Syscall::Send, Syscall::NBSend]).as_word() as Word;
    } else {
        message.call.counted = true;
    }
}

/// A message to somebody, or waiting for one.
fn communication(message: &mut Message) {
    use Syscall as S;
    let random = &mut *message.random;
    let number = random.pick(&[
        S::Call,
        S::Send,
        S::NBSend,
        S::NBSend,
        S::NBSend,
        S::Recv,
        S::NBRecv,
        S::NBRecv,
        S::NBRecv,
        S::ReplyRecv,
        S::Reply,
        S::Reply,
        S::Yield,
    ]);
    message.call.number = number.as_word() as Word;
    if random.chance(1) {
        // A system call that doesn't exist, which is a fault. Numbers of debug calls are left out.
        message.call.number = random.word() & (Word::MAX >> 1);
    }
    let kind = random.pick(&[
        Kind::Endpoint,
        Kind::Endpoint,
        Kind::Endpoint,
        Kind::Notification,
        Kind::Sgi,
        Kind::Reply,
    ]);
    message.call.target = message.slots.find(random, kind);
    message.call.label = random.word();
    message.call.length = random.index(12);
    message.call.cap_count = random.index(4);
    for word in &mut message.call.words[..12] {
        *word = random.word();
    }
    for index in 0..3 {
        let given = random.pick(&[Kind::Endpoint, Kind::Frame, Kind::Notification, Kind::Untyped]);
        message.call.caps[index] = message.slots.find(random, given);
    }
}
