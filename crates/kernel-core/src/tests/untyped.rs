//! Retyping untyped memory.

use std::vec;
use std::vec::Vec;

use sel4_abi::{Error, ObjectType, slot};

use crate::cap::Cap;
use crate::memory::Memory;
use crate::testing::System;
use crate::word::{PhysAddr, WORD_BYTES, Word, bit};

fn label(error: Error) -> Word {
    error.as_word()
}

/// Untyped memory of 2^`bits` bytes of its own.
fn untyped(system: &mut System, bits: Word) -> Word {
    system.create(ObjectType::Untyped, bits)
}

#[test]
fn objects_are_aligned_and_apart() {
    let mut system = System::boot();
    let memory = untyped(&mut system, 16);
    let mut found: Vec<(Word, Word)> = Vec::new();
    let objects = [
        (ObjectType::Endpoint, 0),
        (ObjectType::CapTable, 3),
        (ObjectType::Notification, 0),
        (ObjectType::Tcb, 0),
        (ObjectType::Untyped, 4),
        (ObjectType::SmallPage, 0),
        (ObjectType::PageTable, 0),
        (ObjectType::VSpace, 0),
        (ObjectType::Vcpu, 0),
    ];
    for (object, size) in objects {
        let target = system.free_slot();
        assert_eq!(system.retype(memory, object, size, target, 1), (0, vec![]), "{object:?}");
        let (base, bits) = system.cap(target).region().expect("it has memory");
        assert_eq!(base.0 % bit(bits), 0, "{object:?} is aligned");
        found.push((base.0, bit(bits)));
    }
    assert!(found.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "{found:x?}");
}

#[test]
fn arguments_are_checked_in_order() {
    let mut system = System::boot();
    let memory = untyped(&mut system, 12);
    let target = system.free_slot();
    let mut refused = |object: Word, size: Word, offset: Word, count: Word| {
        let words = [object, size, 0, 0, offset, count];
        let caps = [slot::INIT_THREAD_CNODE];
        system.call(memory, sel4_abi::InvocationLabel::UntypedRetype, &caps, &words)
    };
    let endpoint = ObjectType::Endpoint.as_word();
    let table = ObjectType::CapTable.as_word();
    let untyped = ObjectType::Untyped.as_word();
    assert_eq!(refused(99, 0, target, 1), (label(Error::InvalidArgument), vec![0]));
    assert_eq!(refused(untyped, 48, target, 1), (label(Error::RangeError), vec![0, 47]));
    assert_eq!(refused(untyped, 64, target, 1), (label(Error::RangeError), vec![0, 47]));
    assert_eq!(refused(table, 0, target, 1), (label(Error::InvalidArgument), vec![1]));
    assert_eq!(refused(untyped, 3, target, 1), (label(Error::InvalidArgument), vec![1]));
    assert_eq!(refused(endpoint, 0, 1024, 1), (label(Error::RangeError), vec![0, 1023]));
    assert_eq!(refused(endpoint, 0, target, 0), (label(Error::RangeError), vec![1, 256]));
    assert_eq!(refused(endpoint, 0, target, 257), (label(Error::RangeError), vec![1, 256]));
    assert_eq!(refused(endpoint, 0, 1000, 25), (label(Error::RangeError), vec![1, 24]));
    assert_eq!(refused(endpoint, 0, 1, 1), (label(Error::DeleteFirst), vec![]));
    let page = ObjectType::LargePage.as_word();
    assert_eq!(refused(page, 0, target, 1), (label(Error::NotEnoughMemory), vec![4096]));
}

#[test]
fn memory_is_cleared_when_it_is_used_again() {
    let mut system = System::boot();
    let memory = untyped(&mut system, 12);
    let frame = system.free_slot();
    assert_eq!(system.retype(memory, ObjectType::SmallPage, 0, frame, 1), (0, vec![]));
    let (base, _) = system.cap(frame).region().expect("a frame");
    system.kernel.machine.store(base.offset(0x800), 0x1234);
    let full = system.free_slot();
    let outcome = system.retype(memory, ObjectType::Endpoint, 0, full, 1);
    assert_eq!(outcome, (label(Error::NotEnoughMemory), vec![0]));
    assert_eq!(system.delete(frame), (0, vec![]));
    assert_eq!(system.retype(memory, ObjectType::SmallPage, 0, frame, 1), (0, vec![]));
    assert_eq!(system.kernel.machine.load(base.offset(0x800)), 0);
}

#[test]
fn device_memory_becomes_frames_only() {
    let mut system = System::boot();
    let device = (slot::NUM_INITIAL_CAPS..600)
        .find(|index| matches!(system.cap(*index), Cap::Untyped(u) if u.device))
        .expect("there is device memory");
    let target = system.free_slot();
    let outcome = system.retype(device, ObjectType::Endpoint, 0, target, 1);
    assert_eq!(outcome, (label(Error::InvalidArgument), vec![1]));
    assert_eq!(system.retype(device, ObjectType::LargePage, 0, target, 1), (0, vec![]));
    assert_eq!(system.retype(device, ObjectType::Untyped, 12, target + 1, 1), (0, vec![]));
    let Cap::Untyped(part) = system.cap(target + 1) else { panic!("untyped") };
    assert!(part.device);
}

/// A call that an interrupt breaks off has cleared one more piece, from the end
/// on, and the next one goes on there.
#[test]
fn clearing_memory_is_interrupted_after_each_piece() {
    const PIECE: Word = 4096;
    let mut system = System::boot();
    let memory = untyped(&mut system, 16);
    let large = system.free_slot();
    assert_eq!(system.retype(memory, ObjectType::Untyped, 16, large, 1), (0, vec![]));
    let (base, bits) = system.cap(large).region().expect("it has memory");
    assert_eq!(system.delete(large), (0, vec![]));
    for word in 0..bit(bits) / WORD_BYTES {
        system.kernel.machine.store(base.word(word), 0x5a5a);
    }
    let frame = system.free_slot();
    for left in (0..bit(bits) / PIECE).rev() {
        system.kernel.machine.pending.push(99);
        system.retype(memory, ObjectType::SmallPage, 0, frame, 1);
        assert!(system.cap(frame).is_null() && system.kernel.machine.pending.is_empty());
        let Cap::Untyped(untyped) = system.cap(memory) else { panic!("untyped") };
        assert_eq!(untyped.used, left * PIECE);
        let piece = base.offset(left * PIECE);
        let m = &system.kernel.machine;
        assert!((0..PIECE / WORD_BYTES).all(|word| m.load(piece.word(word)) == 0));
        assert!(left == 0 || m.load(PhysAddr(piece.0 - WORD_BYTES)) == 0x5a5a);
        assert_eq!(m.cleaned.last(), Some(&(piece, PIECE)), "what others may map is in RAM");
    }
    // All is clear, so that no interrupt has to be looked for.
    system.kernel.machine.pending.push(99);
    assert_eq!(system.retype(memory, ObjectType::SmallPage, 0, frame, 1), (0, vec![]));
}
