//! The boot code: what the root task finds, and what can't boot.

use sel4_abi::bootinfo::{BootInfo, UntypedDesc};
use sel4_abi::slot;
use std::string::ToString;
use std::vec::Vec;

use crate::arch::registers;
use crate::boot::{BootError, BootParameters};
use crate::cap::Cap;
use crate::kernel::Kernel;
use crate::machine::PhysRange;
use crate::memory::Memory;
use crate::testing::{BASE, IMAGE, IMAGE_ADDRESS, SIZE, System, TestMachine, parameters};
use crate::word::{PhysAddr, WORD_BYTES, Word, bit};

/// Word `offset` bytes into the bootinfo.
fn info(system: &System, offset: usize) -> Word {
    let Cap::Arch(crate::arch::ArchCap::Frame(frame)) = system.cap(slot::BOOT_INFO_FRAME) else {
        panic!("the bootinfo is a frame");
    };
    system.kernel.machine.load(frame.base.offset(offset))
}

macro_rules! field {
    ($system:expr, $($field:ident).+) => {
        info(&$system, core::mem::offset_of!(BootInfo, $($field).+))
    };
}

#[test]
fn the_root_task_starts_at_its_entry() {
    let system = System::boot();
    let m = &system.kernel.machine;
    assert_eq!(system.root.register(m, registers::NEXT_IP), IMAGE_ADDRESS + 0x40);
    let bootinfo = IMAGE_ADDRESS + IMAGE.len() + 0x1000;
    assert_eq!(system.root.register(m, registers::CAP), bootinfo);
    assert_eq!(field!(system, ipc_buffer), bootinfo - 0x1000);
    assert_eq!((system.root.priority(m), system.root.max_priority(m)), (255, 255));
    assert!(m.root.is_some(), "its address space is the hardware's");
}

#[test]
fn the_initial_capabilities_are_where_the_manual_says() {
    let system = System::boot();
    assert_eq!(system.cap(slot::NULL), Cap::Null);
    assert_eq!(system.cap(slot::INIT_THREAD_TCB), Cap::Thread(system.root));
    assert!(system.cap(slot::INIT_THREAD_CNODE).as_cnode().is_some());
    assert_eq!(system.cap(slot::IRQ_CONTROL), Cap::IrqControl);
    assert_eq!(system.cap(slot::DOMAIN), Cap::Domain);
    assert_eq!(system.cap(slot::IO_SPACE), Cap::Null);
}

#[test]
fn the_slot_ranges_follow_each_other() {
    let system = System::boot();
    let paging = (field!(system, user_image_paging.start), field!(system, user_image_paging.end));
    // One table for the 1 GiB and one for the 2 MiB that hold everything.
    assert_eq!(paging, (slot::NUM_INITIAL_CAPS, slot::NUM_INITIAL_CAPS + 2));
    let frames = (field!(system, user_image_frames.start), field!(system, user_image_frames.end));
    assert_eq!(frames, (paging.1, paging.1 + 2));
    assert_eq!(field!(system, untyped.start), frames.1);
    assert_eq!(field!(system, empty.start), field!(system, untyped.end));
    assert_eq!(field!(system, empty.end), bit(10));
    assert_eq!(field!(system, init_thread_cnode_size_bits), 10);
}

/// All memory is given out once: the untyped memory, what the root task has
/// and what the kernel keeps add up, without overlap.
#[test]
fn no_memory_is_lost_or_given_twice() {
    let system = System::boot();
    let list = core::mem::offset_of!(BootInfo, untyped_list);
    let count = field!(system, untyped.end) - field!(system, untyped.start);
    let mut ordinary: Vec<(Word, Word)> = Vec::new();
    for index in 0..count {
        let at = list + index * size_of::<UntypedDesc>();
        let (base, second) = (info(&system, at), info(&system, at + WORD_BYTES));
        let (size_bits, device) = (second & 0xff, second >> 8);
        let size = 1 << size_bits;
        assert_eq!(base % size, 0, "untyped memory is aligned to its size");
        assert_eq!(device == 0, (BASE..BASE + SIZE).contains(&base));
        let Cap::Untyped(cap) = system.cap(field!(system, untyped.start) + index) else {
            panic!("slot of untyped memory");
        };
        assert_eq!((cap.base, 1 << cap.size_bits), (PhysAddr(base), size));
        if device == 0 {
            ordinary.push((base, size));
        }
    }
    ordinary.sort_unstable();
    assert!(ordinary.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "no overlap");
    let free: Word = ordinary.iter().map(|(_, size)| size).sum();
    let image = IMAGE.len();
    let kernel = 0x1_0000 + (1 << 14);
    // CNode, VSpace, ASID pool, buffer, bootinfo, two tables, TCB, rounded up.
    let root = (1 << 15) + 0x2000 + 3 * 0x1000 + 2 * 0x1000 + 0x1000;
    assert_eq!(free + image + kernel + root, SIZE);
}

#[test]
fn the_root_table_is_aligned_behind_any_device_tree() {
    for bytes in [0x100, 0x1800, 0x1_0000] {
        let start = BASE + 0x2_0000;
        let parameters = BootParameters {
            device_tree: Some(PhysRange::new(start, start + bytes)),
            ..parameters()
        };
        let mut kernel = Kernel::new(TestMachine::new());
        kernel.boot(&parameters).expect("the parameters are sound");
        let offset = kernel.machine.root.map(|(root, _)| root.0 % 0x2000);
        assert_eq!(offset, Some(0), "a device tree of {bytes:#x} bytes");
    }
}

fn refused(parameters: &BootParameters<'_>) -> BootError {
    Kernel::new(TestMachine::new()).boot(parameters).expect_err("this can't boot")
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let beyond = PhysRange::new(BASE + SIZE - 0x1000, BASE + SIZE + 0x1000);
    let error = refused(&BootParameters { image: beyond, ..parameters() });
    assert_eq!(error, BootError::Misplaced { part: "root task's image", range: beyond });
    assert!(error.to_string().contains("0x60fff000..0x61001000"), "{error}");

    let on_kernel = PhysRange::new(BASE + 0x1000, BASE + 0x3000);
    let error = refused(&BootParameters { image: on_kernel, ..parameters() });
    assert!(matches!(error, BootError::Misplaced { .. }), "{error}");

    let error =
        refused(&BootParameters { image_offset: 0_usize.wrapping_sub(bit(41)), ..parameters() });
    assert!(matches!(error, BootError::ImageBeyondUserTop { .. }), "{error}");

    let image = PhysRange::new(BASE + 0x1_0000, BASE + SIZE - 0x8000);
    let error = refused(&BootParameters { image, ..parameters() });
    assert!(matches!(error, BootError::NoRoom { .. }), "{error}");
}
