//! Operations on capabilities through the invocations of CNodes.

use std::vec;

use sel4_abi::{Error, InvocationLabel as Label, ObjectType, slot};

use crate::cap::Cap;
use crate::error::LookupFailure;
use crate::lookup::resolve;
use crate::object::TcbSlot;
use crate::testing::System;
use crate::word::{Word, bit};

fn error(error: Error) -> Word {
    error.as_word()
}

#[test]
fn a_minted_capability_has_badge_and_fewer_rights() {
    let mut system = System::boot();
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let target = system.free_slot();
    // Write only, badge 0x77.
    let outcome = system.cnode(Label::CNodeMint, &[target, 64, endpoint, 64, 1, 0x77]);
    assert_eq!(outcome, (0, vec![]));
    let Cap::Endpoint(cap) = system.cap(target) else { panic!("an endpoint") };
    assert_eq!(cap.badge, 0x77);
    assert!(cap.rights.send && !cap.rights.receive && !cap.rights.grant);
    let notification = system.create(ObjectType::Notification, 0);
    for (rights, send, receive) in [(1, true, false), (2, false, true), (0, false, false)] {
        let copy = system.free_slot();
        system.cnode(Label::CNodeMint, &[copy, 64, notification, 64, rights, 0]);
        let Cap::Notification(cap) = system.cap(copy) else { panic!("a notification") };
        assert_eq!((cap.send, cap.receive), (send, receive));
    }
    // A badge can't be replaced.
    let other = system.free_slot();
    let outcome = system.cnode(Label::CNodeMint, &[other, 64, target, 64, 15, 0x78]);
    assert_eq!(outcome.0, error(Error::IllegalOperation));
}

#[test]
fn slots_are_checked() {
    let mut system = System::boot();
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let taken = system.mint(endpoint, 1);
    let outcome = system.cnode(Label::CNodeCopy, &[taken, 64, endpoint, 64, 15]);
    assert_eq!(outcome.0, error(Error::DeleteFirst));
    let (empty, other) = (system.free_slot(), system.free_slot());
    let outcome = system.cnode(Label::CNodeCopy, &[empty, 64, other, 64, 15]);
    // The source, with a missing capability and 64 bits left.
    assert_eq!(outcome, (error(Error::FailedLookup), vec![1, 2, 64]));
    let outcome = system.cnode(Label::CNodeCopy, &[empty, 65, endpoint, 64, 15]);
    assert_eq!(outcome, (error(Error::RangeError), vec![1, 64]));
    let outcome = system.cnode(Label::CNodeCopy, &[empty, 64, endpoint, 64]);
    assert_eq!(outcome.0, error(Error::TruncatedMessage));
    // With a bit less, the address no longer begins with the guard of 54 bits.
    let outcome = system.cnode(Label::CNodeDelete, &[empty, 63]);
    assert_eq!(outcome, (error(Error::FailedLookup), vec![0, 4, 63, 0, 54]));
}

#[test]
fn revoking_deletes_descendants_only() {
    let mut system = System::boot();
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let first = system.mint(endpoint, 1);
    let second = system.mint(endpoint, 2);
    let copy_of_first = system.free_slot();
    system.cnode(Label::CNodeCopy, &[copy_of_first, 64, first, 64, 15]);
    assert_eq!(system.revoke(first), (0, vec![]));
    assert!(system.cap(copy_of_first).is_null());
    assert!(!system.cap(first).is_null() && !system.cap(second).is_null());
    assert_eq!(system.revoke(endpoint), (0, vec![]));
    assert!(system.cap(first).is_null() && system.cap(second).is_null());
    assert!(!system.cap(endpoint).is_null());
}

/// Two CNodes that hold each other's last capability: nobody can reach them
/// any more, but the revocation of their memory takes them apart and ends.
#[test]
fn cnodes_in_a_cycle_are_deleted() {
    for indices in [[0, 0], [0, 1], [1, 0], [1, 1]] {
        delete_cycle(indices);
    }
}

/// The same, with the capabilities in these slots of the CNodes.
fn delete_cycle([in_a, in_b]: [Word; 2]) {
    let mut system = System::boot();
    let memory = system.create(ObjectType::Untyped, 12);
    let (a, b) = (system.free_slot(), system.free_slot());
    for cnode in [a, b] {
        assert_eq!(system.retype(memory, ObjectType::CapTable, 4, cnode, 1), (0, vec![]));
    }
    let slots = [a, b].map(|cnode| system.cap(cnode).as_cnode().expect("a CNode").slot(0));
    // Of other memory, so that only the deletion of the CNodes can find these.
    let endpoint = system.create(ObjectType::Endpoint, 0);
    for cnode in [a, b] {
        let words = [3, 4, endpoint, 64, 15];
        let outcome = system.call(cnode, Label::CNodeCopy, &[slot::INIT_THREAD_CNODE], &words);
        assert_eq!(outcome, (0, vec![]));
    }
    let copy = system.free_slot();
    system.cnode(Label::CNodeCopy, &[copy, 64, a, 64, 15]);
    // The capability to `a` goes into `b`, and that to `b` into `a`.
    let into = |system: &mut System, cnode, index, source| {
        let words = [index, 4, source, 64];
        system.call(cnode, Label::CNodeMove, &[slot::INIT_THREAD_CNODE], &words)
    };
    assert_eq!(into(&mut system, b, in_b, a), (0, vec![]));
    assert_eq!(into(&mut system, copy, in_a, b), (0, vec![]));
    assert_eq!(system.delete(copy), (0, vec![]));
    let m = &system.kernel.machine;
    let held = [(slots[0], in_a), (slots[1], in_b)];
    assert!(held.iter().all(|(first, index)| first.offset(*index).cap(m).as_cnode().is_some()));
    assert_eq!(system.revoke(memory), (0, vec![]));
    let m = &system.kernel.machine;
    for first in slots {
        for index in 0..bit(4) {
            let cap = first.offset(index).cap(m);
            assert!(cap.is_null(), "slot {index} still has {cap:?}");
        }
    }
}

/// An interrupt that comes during a long revocation is handled at once, and
/// the revocation goes on afterwards.
#[test]
fn a_revocation_is_interrupted() {
    let mut system = System::boot();
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let copies: vec::Vec<Word> = (0..20).map(|badge| system.mint(endpoint, badge + 1)).collect();
    system.kernel.machine.pending.push(99);
    let tcb = system.root;
    let outcome = system.revoke(endpoint);
    // The invocation did not finish: the thread repeats its system call.
    assert!(copies.iter().any(|copy| !system.cap(*copy).is_null()));
    assert_eq!(system.kernel.machine.masked.get(&99), Some(&true));
    assert_eq!(system.kernel.current(), tcb);
    drop(outcome);
    assert_eq!(system.revoke(endpoint), (0, vec![]));
    assert!(copies.iter().all(|copy| system.cap(*copy).is_null()));
}

/// An interrupt has one handler at a time, and with that goes its notification.
#[test]
fn a_deleted_handler_leaves_its_interrupt_free() {
    let mut system = System::boot();
    let notification = system.create(ObjectType::Notification, 0);
    let handler = system.free_slot();
    let issue = |system: &mut System| {
        let caps = [slot::INIT_THREAD_CNODE];
        system.call(slot::IRQ_CONTROL, Label::IRQIssueIRQHandler, &caps, &[40, handler, 64]).0
    };
    for _ in 0..2 {
        assert_eq!(issue(&mut system), 0);
        let outcome = system.call(handler, Label::IRQSetIRQHandler, &[notification], &[]);
        assert_eq!(outcome.0, 0);
        let of_interrupt = system.kernel.irqs.slot(40);
        assert!(!of_interrupt.is_empty(&system.kernel.machine));
        assert_eq!(issue(&mut system), error(Error::RevokeFirst));
        assert_eq!(system.delete(handler).0, 0);
        assert!(of_interrupt.is_empty(&system.kernel.machine));
    }
}

#[test]
fn a_deleted_thread_holds_nothing() {
    let mut system = System::boot();
    let frame = system.create(ObjectType::SmallPage, 0);
    let (cap, tcb) = system.create_thread(10);
    assert_eq!(system.call(cap, Label::TCBSetIPCBuffer, &[frame], &[0x1000]), (0, vec![]));
    system.resume(cap);
    let slots = (0..crate::object::TCB_SLOTS).map(|index| tcb.slot(TcbSlot::CSpace).offset(index));
    let used = slots.clone().filter(|slot| !slot.is_empty(&system.kernel.machine)).count();
    assert_eq!(used, 4, "two spaces, the buffer, and what replies descend from");
    assert_eq!(system.delete(cap), (0, vec![]));
    assert!(slots.clone().all(|slot| slot.is_empty(&system.kernel.machine)));
}

#[test]
fn rotation_moves_two_capabilities() {
    let mut system = System::boot();
    let source = system.create(ObjectType::CapTable, 4);
    let pivot = system.create(ObjectType::CapTable, 5);
    let target = system.free_slot();
    let words = [target, 64, 0, pivot, 64, 0, source, 64];
    assert_eq!(system.cnode(Label::CNodeRotate, &words), (0, vec![]));
    let radix = |index| system.cap(index).as_cnode().map(|cnode| cnode.radix);
    assert_eq!((radix(target), radix(pivot), radix(source)), (Some(5), Some(4), None));
    let words = [target, 64, 0, target, 64, 0, pivot, 64];
    let outcome = system.cnode(Label::CNodeRotate, &words);
    assert_eq!(outcome.0, error(Error::IllegalOperation));
}

#[test]
fn guards_and_depths_are_resolved() {
    let mut system = System::boot();
    let cnode = system.create(ObjectType::CapTable, 4);
    let guarded = system.free_slot();
    // Guard 0b101 of three bits.
    let data = 0b101 << 6 | 3;
    let outcome = system.cnode(Label::CNodeMint, &[guarded, 64, cnode, 64, 15, data]);
    assert_eq!(outcome, (0, vec![]));
    let (cap, machine) = (system.cap(guarded), &system.kernel.machine);
    let (found, left) = resolve(machine, cap, 0b101_0110, 7).expect("it resolves");
    assert_eq!((found, left), (cap.as_cnode().expect("a CNode").slot(6), 0));
    assert_eq!(
        resolve(machine, cap, 0b111_0110, 7),
        Err(LookupFailure::GuardMismatch { bits_left: 7, guard_found: 0b101, bits_found: 3 })
    );
    assert_eq!(
        resolve(machine, cap, 0b101, 3),
        Err(LookupFailure::DepthMismatch { bits_left: 3, bits_found: 7 })
    );
    assert_eq!(resolve(machine, Cap::Null, 0, 64), Err(LookupFailure::InvalidRoot));
    let (_, left) =
        resolve(machine, cap, 0b1_0101_1011, 9).expect("the walk ends at an empty slot");
    assert_eq!(left, 2);
}
