//! Address spaces, ASIDs and virtual processors.

use std::vec;

use sel4_abi::{
    Error, FaultType, InvocationLabel as Label, MessageInfo, ObjectType, Syscall, slot,
};

use crate::cap::Cap;
use crate::testing::System;
use crate::word::Word;

/// Read and write.
const RIGHTS: Word = 3;
/// Cacheable.
const ATTRIBUTES: Word = 1;

fn label(error: Error) -> Word {
    error.as_word()
}

/// An address space with an identifier.
fn vspace(system: &mut System) -> Word {
    let vspace = system.create(ObjectType::VSpace, 0);
    let pool = slot::INIT_THREAD_ASID_POOL;
    assert_eq!(system.call(pool, Label::ARMASIDPoolAssign, &[vspace], &[]), (0, vec![]));
    vspace
}

fn map(system: &mut System, frame: Word, vspace: Word, address: Word) -> (Word, vec::Vec<Word>) {
    system.call(frame, Label::ARMPageMap, &[vspace], &[address, RIGHTS, ATTRIBUTES])
}

fn map_table(system: &mut System, vspace: Word, address: Word) -> Word {
    let table = system.create(ObjectType::PageTable, 0);
    let outcome = system.call(table, Label::ARMPageTableMap, &[vspace], &[address, ATTRIBUTES]);
    assert_eq!(outcome, (0, vec![]));
    table
}

#[test]
fn a_frame_needs_its_tables() {
    let mut system = System::boot();
    let space = vspace(&mut system);
    let frame = system.create(ObjectType::SmallPage, 0);
    // 30 bits are left at the root, then 21.
    let outcome = map(&mut system, frame, space, 0x20_0000);
    assert_eq!(outcome, (label(Error::FailedLookup), vec![0, 2, 30]));
    map_table(&mut system, space, 0x20_0000);
    let outcome = map(&mut system, frame, space, 0x20_0000);
    assert_eq!(outcome, (label(Error::FailedLookup), vec![0, 2, 21]));
    map_table(&mut system, space, 0x20_0000);
    assert_eq!(map(&mut system, frame, space, 0x20_0000), (0, vec![]));
    // There is no room for another table, and none for another place.
    let table = system.create(ObjectType::PageTable, 0);
    let outcome = system.call(table, Label::ARMPageTableMap, &[space], &[0x20_0000, 1]);
    assert_eq!(outcome.0, label(Error::DeleteFirst));
    let outcome = map(&mut system, frame, space, 0x20_1000);
    assert_eq!(outcome, (label(Error::InvalidArgument), vec![0]));
}

#[test]
fn mapping_arguments_are_checked() {
    let mut system = System::boot();
    let space = vspace(&mut system);
    let frame = system.create(ObjectType::SmallPage, 0);
    assert_eq!(map(&mut system, frame, space, 0x123), (label(Error::AlignmentError), vec![]));
    let outcome = map(&mut system, frame, space, 1 << 40);
    assert_eq!(outcome, (label(Error::InvalidArgument), vec![0]));
    let outcome = map(&mut system, frame, frame, 0);
    assert_eq!(outcome, (label(Error::InvalidCapability), vec![1]));
    let bare = system.create(ObjectType::VSpace, 0);
    let outcome = map(&mut system, frame, bare, 0);
    assert_eq!(outcome, (label(Error::InvalidCapability), vec![1]));
}

#[test]
fn unmapping_is_undone_by_mapping_again() {
    let mut system = System::boot();
    let frame = system.create(ObjectType::SmallPage, 0);
    let space = slot::INIT_THREAD_VSPACE;
    // A page of the table that has the root task's image.
    let address = crate::testing::IMAGE_ADDRESS + 0x10_0000;
    assert_eq!(map(&mut system, frame, space, address), (0, vec![]));
    assert_eq!(system.call(frame, Label::ARMPageUnmap, &[], &[]), (0, vec![]));
    assert_eq!(system.kernel.machine.flushed_pages.last().map(|page| page.1), Some(address));
    assert_eq!(map(&mut system, frame, space, address + 0x1000), (0, vec![]));
    assert_eq!(system.delete(frame), (0, vec![]));
    let flushed = system.kernel.machine.flushed_pages.last().map(|page| page.1);
    assert_eq!(flushed, Some(address + 0x1000));
}

/// An entry is never replaced by another that maps something (break-before-make).
#[test]
fn a_mapping_is_broken_before_another_is_made() {
    let mut system = System::boot();
    let address = crate::testing::IMAGE_ADDRESS + 0x10_0000;
    for flushed in 0..2 {
        let frame = system.create(ObjectType::SmallPage, 0);
        let outcome = map(&mut system, frame, slot::INIT_THREAD_VSPACE, address);
        assert_eq!(outcome, (0, vec![]));
        assert_eq!(system.kernel.machine.flushed_pages.len(), flushed);
    }
}

/// There are 255 VMIDs for address spaces: the one that has had its for longest
/// loses it, and its cached translations go. VMID 0 is that of no mappings.
#[test]
fn vmids_are_passed_on() {
    let mut system = System::boot();
    let (thread, _) = system.create_thread(0);
    for _ in 0..300 {
        let space = vspace(&mut system);
        let spaces = [slot::INIT_THREAD_CNODE, space];
        assert_eq!(system.call(thread, Label::TCBSetSpace, &spaces, &[0, 0, 0]).0, 0);
        // Run the thread: it has the processor while the root task waits.
        let root = [slot::INIT_THREAD_TCB];
        assert_eq!(system.call(thread, Label::TCBSetPriority, &root, &[255]).0, 0);
        system.resume(thread);
        while system.kernel.current() == system.root {
            system.syscall(Syscall::Yield, 0, MessageInfo::default(), &[]);
        }
        let vmid = system.kernel.machine.root.map(|root| root.1);
        assert!(vmid.is_some_and(|vmid| vmid != 0), "VMID {vmid:?}");
        let flushed = system.kernel.machine.flushed_vmids.last().copied();
        assert!(flushed.is_none() || flushed == vmid, "{flushed:?} {vmid:?}");
        system.syscall(Syscall::Yield, 0, MessageInfo::default(), &[]);
        assert_eq!(system.kernel.current(), system.root);
        assert_eq!(system.call(thread, Label::TCBSuspend, &[], &[]).0, 0);
        let cap = system.cap(space);
        assert!(matches!(cap, Cap::Arch(_)));
        // Its memory is needed for the next one.
        if system.kernel.machine.flushed_vmids.is_empty() {
            continue;
        }
        return;
    }
    panic!("no VMID was taken from its owner");
}

#[test]
fn a_guests_exit_is_a_fault_of_its_thread() {
    let mut system = System::boot();
    let outcome =
        system.call(slot::INIT_THREAD_TCB, Label::TCBSetPriority, &[slot::INIT_THREAD_TCB], &[1]);
    assert_eq!(outcome.0, 0);
    let endpoint = system.create(ObjectType::Endpoint, 0);
    let vcpu = system.create(ObjectType::Vcpu, 0);
    let (thread, tcb) = system.create_thread(5);
    let spaces = [slot::INIT_THREAD_CNODE, slot::INIT_THREAD_VSPACE];
    assert_eq!(system.call(thread, Label::TCBSetSpace, &spaces, &[endpoint, 0, 0]).0, 0);
    assert_eq!(system.call(vcpu, Label::ARMVCPUSetTCB, &[thread], &[]), (0, vec![]));
    system.resume(thread);
    assert_eq!(system.kernel.current(), tcb);
    assert!(system.kernel.is_vcpu_active());
    // WFI, as ESR_EL2 says it.
    system.kernel.handle_exception(0x07e0_0000);
    assert!(!system.kernel.is_vcpu_active());
    system.syscall(Syscall::Recv, endpoint, MessageInfo::default(), &[]);
    let (fault, words) = system.message(system.root);
    assert_eq!((fault, words), (FaultType::VCPUFault.as_word(), vec![0x07e0_0000]));
}

#[test]
fn injected_interrupts_are_checked() {
    let mut system = System::boot();
    let vcpu = system.create(ObjectType::Vcpu, 0);
    let mut inject = |word: Word| system.call(vcpu, Label::ARMVCPUInjectIRQ, &[], &[word]);
    assert_eq!(inject(1024), (label(Error::RangeError), vec![0, 1023]));
    assert_eq!(inject(32 << 16), (label(Error::RangeError), vec![0, 31]));
    assert_eq!(inject(2 << 24), (label(Error::RangeError), vec![0, 1]));
    assert_eq!(inject(4 << 32), (label(Error::RangeError), vec![0, 3]));
    assert_eq!(inject(27 | 3 << 32), (0, vec![]));
}
