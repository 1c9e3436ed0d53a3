//! What the stubs put into messages, seen by a stand-in for the kernel.

use super::host_kernel::{Answer, Entry, last, prepare};
use super::*;
use crate::IpcBuffer;

fn ipc_buffer() -> seL4_IPCBuffer {
    prepare(Answer::default());
    IpcBuffer::default().inner().clone()
}

#[test]
fn words_beyond_the_registers_go_to_the_ipc_buffer() {
    let mut ipc = ipc_buffer();
    assert_eq!(ipc.seL4_Untyped_Retype(9, 1, 12, 2, 3, 64, 100, 4), seL4_Error::seL4_NoError);
    let expected = Entry {
        number: seL4_Word::MAX,
        cptr: 9,
        info: seL4_MessageInfo::new(UntypedRetype, 0, 1, 6),
        registers: [1, 12, 3, 64],
    };
    assert_eq!(last(), expected);
    assert_eq!(ipc.msg[4..6], [100, 4]);
    assert_eq!(ipc.caps_or_badges[0], 2);
}

#[test]
fn as_many_registers_go_as_are_asked_for() {
    let mut ipc = ipc_buffer();
    let (error, registers) = ipc.invoke_with(1, TCBWriteRegisters, [1, 4], &[11, 12, 13, 14]);
    assert_eq!(error, seL4_Error::seL4_NoError);
    assert_eq!(last().registers, [1, 4, 11, 12]);
    assert_eq!((&ipc.msg[4..6], last().info.get_length()), (&[13, 14][..], 6));
    ipc.msg[4] = 99;
    let mut words = [0; 5];
    ipc.outputs(&registers, &mut words);
    assert_eq!((&words[..4], words[4]), (&registers[..], 99));
    ipc.msg[5] = 98;
    let mut words = [0; 80];
    ipc.outputs_except(&[21, 22, 23, 24], 0b1_0010, &mut words);
    assert_eq!(words[..6], [21, 0, 23, 24, 0, 98]);
    ipc.msg[79] = 97;
    ipc.outputs_except(&[21, 22, 23, 24], seL4_Word::MAX, &mut words);
    assert_eq!((words[0], words[4], words[79]), (21, 0, 97));
    ipc.invoke_with(1, TCBWriteRegisters, [0, 1], &[7]);
    assert_eq!(last().registers, [0, 1, 7, 0]);
}

#[test]
fn small_parameters_share_a_word() {
    let mut ipc = ipc_buffer();
    ipc.seL4_ARM_VCPU_InjectIRQ(1, 0x1234, 0x56, 0x78, 0x9a);
    assert_eq!(last().registers, [0x009a_7856_1234, 0, 0, 0]);
    assert_eq!(last().info.get_length(), 1);

    // A flag takes one bit, and a byte behind it begins at its own size.
    ipc.seL4_TCB_CopyRegisters(1, 2, true, false, true, true, 0xab);
    assert_eq!(last().registers[0], 0xab0d);
    assert_eq!(last().info, seL4_MessageInfo::new(TCBCopyRegisters, 0, 1, 1));
}

#[test]
fn a_word_behind_a_small_parameter_begins_a_new_one() {
    let mut ipc = ipc_buffer();
    ipc.seL4_CNode_Mint(1, 2, 3, 4, 5, 6, seL4_CapRights(7), 8);
    assert_eq!(last().registers, [2, 3, 5, 6]);
    assert_eq!(ipc.msg[4..6], [7, 8]);
    assert_eq!(last().info, seL4_MessageInfo::new(CNodeMint, 0, 1, 6));
}

#[test]
fn structures_go_word_by_word() {
    let mut ipc = ipc_buffer();
    let registers =
        seL4_UserContext { pc: 11, sp: 12, spsr: 13, tpidrro_el0: 99, ..Default::default() };
    ipc.seL4_TCB_WriteRegisters(1, true, 0, 36, &registers);
    assert_eq!(last().registers, [1, 36, 11, 12]);
    assert_eq!((ipc.msg[4], ipc.msg[37]), (13, 99));
    assert_eq!(last().info.get_length(), 38);
}

#[test]
fn results_come_from_registers_and_the_ipc_buffer() {
    let mut ipc = ipc_buffer();
    ipc.msg[4] = 24;
    ipc.msg[35] = 55;
    prepare(Answer { registers: [20, 21, 22, 23], ..Default::default() });
    let mut registers = seL4_UserContext::default();
    ipc.seL4_TCB_ReadRegisters(1, false, 0, 36, &mut registers);
    assert_eq!((registers.pc, registers.x0, registers.x1), (20, 23, 24));
    assert_eq!(registers.tpidrro_el0, 55);
    assert_eq!(ipc.seL4_ARM_Page_GetAddress(1).paddr, 20);
}

#[test]
fn an_error_leaves_its_description_in_the_ipc_buffer() {
    let mut ipc = ipc_buffer();
    prepare(Answer {
        info: seL4_MessageInfo::new(seL4_Error::seL4_RangeError, 0, 0, 2),
        registers: [1, 256, 0, 0],
        ..Default::default()
    });
    let mut registers = seL4_UserContext::default();
    let error = ipc.seL4_TCB_ReadRegisters(1, false, 0, 99, &mut registers);
    assert_eq!(error, seL4_Error::seL4_RangeError);
    assert_eq!(ipc.msg[..2], [1, 256]);
    assert_eq!(registers, seL4_UserContext::default());
}

#[test]
fn a_signal_carries_nothing() {
    let mut ipc = ipc_buffer();
    ipc.msg[..4].fill(7);
    ipc.seL4_Signal(5);
    let expected = Entry { number: seL4_SysSend, cptr: 5, ..Default::default() };
    assert_eq!(last(), expected);
}
