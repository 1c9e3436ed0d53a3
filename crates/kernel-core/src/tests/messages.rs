//! Messages, signals and faults between threads.

use std::vec;

use sel4_abi::{FaultType, InvocationLabel as Label, MessageInfo, ObjectType, Syscall, slot};

use crate::arch::registers;
use crate::object::ThreadState;
use crate::testing::System;
use crate::word::Word;

const LOW: Word = 100;
const HIGH: Word = 200;

/// Lowers the root task, so that other threads can run.
fn make_root_low(system: &mut System) {
    let outcome =
        system.call(slot::INIT_THREAD_TCB, Label::TCBSetPriority, &[slot::INIT_THREAD_TCB], &[LOW]);
    assert_eq!(outcome.0, 0);
}

fn state(system: &System, tcb: crate::object::Tcb) -> ThreadState {
    tcb.state(&system.kernel.machine)
}

#[test]
fn a_call_reaches_a_waiting_server_and_its_reply_comes_back() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let client_end = system.mint(endpoint, 0x42);
    let (server_cap, server) = system.create_thread(HIGH);
    system.resume(server_cap);
    assert_eq!(system.kernel.current(), server, "it is more important");
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    assert_eq!(state(&system, server), ThreadState::BlockedOnReceive);
    assert_eq!(system.kernel.current(), system.root);

    let info = MessageInfo::new(5, 0, 0, 2);
    system.syscall(Syscall::Call, client_end, info, &[11, 22]);
    assert_eq!(system.kernel.current(), server);
    assert_eq!(system.message(server), (5, vec![11, 22]));
    assert_eq!(server.register(&system.kernel.machine, registers::BADGE), 0x42);
    assert_eq!(state(&system, system.root), ThreadState::BlockedOnReply);

    system.syscall(Syscall::ReplyRecv, endpoint, MessageInfo::new(6, 0, 0, 1), &[33]);
    assert_eq!(system.kernel.current(), system.root);
    assert_eq!(system.message(system.root), (6, vec![33]));
}

#[test]
fn long_messages_need_buffers() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let (server_cap, server) = system.create_thread(HIGH);
    system.resume(server_cap);
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    system.syscall(Syscall::Send, endpoint, MessageInfo::new(1, 0, 0, 6), &[1, 2, 3, 4, 5, 6]);
    // The server has no buffer: the registers are what it gets.
    assert_eq!(system.message(server), (1, vec![1, 2, 3, 4]));
}

#[test]
fn nobody_waits_for_a_nonblocking_send() {
    let mut system = System::boot();
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let root = system.root;
    system.syscall(Syscall::NBSend, endpoint, MessageInfo::default(), &[]);
    assert_eq!((system.kernel.current(), state(&system, root)), (root, ThreadState::Running));
    system.syscall(Syscall::NBRecv, endpoint, MessageInfo::default(), &[]);
    assert_eq!(root.register(&system.kernel.machine, registers::BADGE), 0);
}

#[test]
fn signals_join_and_reach_a_bound_thread() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let notification = system.create(ObjectType::Notification, 0);
    let (one, two) = (system.mint(notification, 1), system.mint(notification, 2));
    system.syscall(Syscall::Send, one, MessageInfo::default(), &[]);
    system.syscall(Syscall::Send, two, MessageInfo::default(), &[]);
    system.syscall(Syscall::Recv, notification, MessageInfo::default(), &[]);
    assert_eq!(system.root.register(&system.kernel.machine, registers::BADGE), 3);

    let endpoint = system.create(ObjectType::Endpoint, 0);
    let (server_cap, server) = system.create_thread(HIGH);
    let outcome = system.call(server_cap, Label::TCBBindNotification, &[notification], &[]);
    assert_eq!(outcome.0, 0);
    system.resume(server_cap);
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    system.syscall(Syscall::Send, two, MessageInfo::default(), &[]);
    assert_eq!(system.kernel.current(), server);
    assert_eq!(server.register(&system.kernel.machine, registers::BADGE), 2);
}

#[test]
fn a_fault_is_a_message_and_its_reply_changes_registers() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let (cap, tcb) = system.create_thread(HIGH);
    let spaces = [slot::INIT_THREAD_CNODE, slot::INIT_THREAD_VSPACE];
    assert_eq!(system.call(cap, Label::TCBSetSpace, &spaces, &[endpoint, 0, 0]).0, 0);
    system.resume(cap);
    let m = &mut system.kernel.machine;
    tcb.set_register(m, registers::SYSCALL, 0x99);
    tcb.set_register(m, registers::FAULT_IP, 0x1000);
    system.kernel.handle_syscall(0x99);
    assert_eq!(state(&system, tcb), ThreadState::BlockedOnSend);
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    let (label, words) = system.message(system.root);
    assert_eq!(label, FaultType::UnknownSyscall.as_word());
    assert_eq!((words.len(), words[8], words[12]), (13, 0x1000, 0x99));
    // The reply sets x0 and x1, and lets the thread go on.
    system.syscall(Syscall::Reply, 0, MessageInfo::new(0, 0, 0, 2), &[7, 8]);
    assert_eq!(system.kernel.current(), tcb);
    let m = &system.kernel.machine;
    assert_eq!((tcb.register(m, 0), tcb.register(m, 1)), (7, 8));
}

#[test]
fn a_fault_without_a_handler_stops_one_thread_and_is_reported() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let (cap, tcb) = system.create_thread(HIGH);
    system.resume(cap);
    // A data abort: write to an address without a mapping.
    system.kernel.handle_exception(0x9300_0046);
    assert_eq!(state(&system, tcb), ThreadState::Inactive);
    assert_eq!(system.kernel.current(), system.root);
    let console = &system.kernel.machine.console;
    assert!(console.contains("child of: 'rootserver'"), "{console}");
    assert!(console.contains("write to address 0xdead0000: not mapped"), "{console}");
}

/// Deleting an endpoint lets those who wait at it try again, which faults.
#[test]
fn deleting_an_endpoint_wakes_who_waits() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let (cap, tcb) = system.create_thread(HIGH);
    system.resume(cap);
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    assert_eq!(state(&system, tcb), ThreadState::BlockedOnReceive);
    assert_eq!(system.delete(endpoint).0, 0);
    assert_eq!(system.kernel.current(), tcb);
    assert_eq!(state(&system, tcb), ThreadState::Running);
}

/// A thread that dies while somebody waits for its reply takes the reply
/// capability with it, and the one that waits can be stopped.
#[test]
fn deleting_a_caller_takes_its_reply_capability() {
    let mut system = System::boot();
    make_root_low(&mut system);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let (cap, tcb) = system.create_thread(HIGH);
    system.resume(cap);
    system.syscall(Syscall::Call, endpoint, MessageInfo::default(), &[]);
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    let saved = system.free_slot();
    assert_eq!(system.cnode(Label::CNodeSaveCaller, &[saved, 64]).0, 0);
    assert!(!system.cap(saved).is_null());
    // The right to answer can be moved, but there is never a second one.
    let copy = system.free_slot();
    let outcome = system.cnode(Label::CNodeCopy, &[copy, 64, saved, 64, 15]);
    assert_eq!(outcome.0, sel4_abi::Error::IllegalOperation.as_word());
    assert_eq!(state(&system, tcb), ThreadState::BlockedOnReply);
    assert_eq!(system.delete(cap).0, 0);
    assert!(system.cap(saved).is_null(), "the reply capability is gone");
}
