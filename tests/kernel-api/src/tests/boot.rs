//! What the initial thread finds: bootinfo, capabilities, memory. And the debug calls, where the
//! kernel has them.

use sel4::init_thread::slot;
use sel4::{BootInfoExtraId, Error, UntypedDesc, cap_type, sel4_cfg_if, sel4_cfg_usize, sys};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, is_empty};
use kernel_api_tests::support::image::{addresses, bootinfo, frame};
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("boot":
    the_root_cnode_has_the_configured_size,
    the_first_thread_is_in_the_first_domain,
    regions_of_slots_are_in_order,
    empty_slots_are_empty,
    calls_of_missing_objects_are_refused,
    all_other_slots_are_used,
    untypeds_are_aligned_and_apart,
    device_memory_comes_first,
    the_reserved_memory_is_a_device,
    the_kernel_keeps_the_interrupt_controller,
    the_device_tree_is_there,
    the_image_is_made_of_these_frames,
    the_ipc_buffer_is_a_page,
    extra_pages_hold_the_extra_information,
);

fn the_root_cnode_has_the_configured_size(env: Env) -> Outcome {
    let bits = bootinfo().init_thread_cnode_size_bits();
    equal(bits, sel4_cfg_usize!(ROOT_CNODE_SIZE_BITS))?;
    let root = slot::CNODE.cap().absolute_cptr_for_self();
    let blueprint = sel4::ObjectBlueprint::Endpoint;
    refused(
        env.memory().untyped_retype(&blueprint, &root, 1 << bits, 1),
        Error::RangeError { min: 0, max: (1 << bits) - 1 },
    )
}

fn the_first_thread_is_in_the_first_domain(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    equal(bootinfo.init_thread_domain(), 0)?;
    let raw = bootinfo.inner();
    equal((raw.node_id, raw.num_nodes), (0, 1))
}

fn regions_of_slots_are_in_order(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let image = bootinfo.user_image_frames();
    let (untyped, empty) = (bootinfo.untyped(), bootinfo.empty());
    holds(image.start() >= 16, "the fixed slots come first")?;
    holds(image.end() <= untyped.start(), "then come the frames of the image")?;
    holds(untyped.end() <= empty.start(), "then come the untypeds")?;
    equal(empty.end(), 1 << bootinfo.init_thread_cnode_size_bits())
}

fn at(index: usize) -> sel4::AbsoluteCPtr {
    absolute(sel4::init_thread::Slot::<sel4::cap_type::Unspecified>::from_index(index).cap())
}

/// Slots of objects that this kernel doesn't have: I/O ports, SMMUs, calls of the firmware.
const MISSING: [sel4::init_thread::Slot<cap_type::Null>; 4] =
    [slot::IO_PORT_CONTROL, slot::SMMU_SID_CONTROL, slot::SMMU_CB_CONTROL, slot::SMC];

fn empty_slots_are_empty(env: Env) -> Outcome {
    let end = bootinfo().empty().end();
    for index in [0, end - 1000, end - 2, end - 64] {
        holds(is_empty(env, &at(index)), "the slot is empty")?;
    }
    for slot in MISSING {
        holds(is_empty(env, &at(slot.index())), "the slot is empty")?;
    }
    Ok(())
}

fn calls_of_missing_objects_are_refused(_: Env) -> Outcome {
    // Whatever is asked of them, as the numbers of their own calls don't exist either.
    for (slot, label) in MISSING.into_iter().zip([sys::CNodeCopy, 56, 57, 0xffff]) {
        let result = invoke(slot.cap(), label, &[0; 8], &[]);
        refused(result, Error::InvalidCapability { number: 0 })?;
    }
    Ok(())
}

fn all_other_slots_are_used(env: Env) -> Outcome {
    let bootinfo = bootinfo();
    for slot in 1..6 {
        holds(!is_empty(env, &at(slot)), "a fixed slot is used")?;
    }
    for slot in bootinfo.user_image_frames().range().chain(bootinfo.user_image_paging().range()) {
        holds(!is_empty(env, &at(slot)), "a slot of the image is used")?;
    }
    Ok(())
}

fn end(untyped: &UntypedDesc) -> usize {
    untyped.paddr() + (1 << untyped.size_bits())
}

fn untypeds_are_aligned_and_apart(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let list = bootinfo.untyped_list();
    equal(list.len(), bootinfo.untyped().len())?;
    for (index, one) in list.iter().enumerate() {
        // Beyond the largest page, the alignment may be that of the kernel's addresses.
        holds(one.paddr() % (1 << one.size_bits().min(30)) == 0, "an untyped is aligned")?;
        holds((4..48).contains(&one.size_bits()), "an untyped has a possible size")?;
        for other in &list[index + 1..] {
            holds(end(one) <= other.paddr() || end(other) <= one.paddr(), "untypeds are apart")?;
        }
    }
    Ok(())
}

fn device_memory_comes_first(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let list = bootinfo.untyped_list();
    let memory = &list[bootinfo.kernel_untyped_range()];
    holds(memory.iter().all(|untyped| !untyped.is_device()), "no device comes behind memory")?;
    let bytes: usize = memory.iter().map(|untyped| 1 << untyped.size_bits()).sum();
    let start = memory.iter().map(sel4::UntypedDesc::paddr).min().unwrap_or(0);
    let end = memory.iter().map(end).max().unwrap_or(0);
    holds(bytes > 256 << 20, "there is memory")?;
    holds(bytes > (end - start) / 8 * 7, "most of the memory is given out")
}

fn the_reserved_memory_is_a_device(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let found = bootinfo.untyped_list().iter().any(|untyped| {
        untyped.is_device() && untyped.paddr() == 0x4000_0000 && untyped.size_bits() == 29
    });
    holds(found, "512 MiB from 0x40000000 on are a device")
}

fn the_kernel_keeps_the_interrupt_controller(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let given = |address: usize| {
        bootinfo.untyped_list().iter().any(|it| (it.paddr()..end(it)).contains(&address))
    };
    let (kept, free) = if sel4::sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) {
        // Distributor, redistributors of eight processors; those of others are free.
        ([0x800_0000, 0x80a_0000, 0x819_f000], 0x81a_0000)
    } else {
        // Distributor, CPU interface, hypervisor's interface; the guests' interface is free.
        ([0x800_0000, 0x801_0000, 0x803_0000], 0x804_0000)
    };
    for address in kept {
        holds(!given(address), "a register of the interrupt controller is the kernel's")?;
    }
    holds(given(free), "what the kernel doesn't use is given out")
}

fn the_device_tree_is_there(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let tree = bootinfo.extra().find(|piece| piece.id == BootInfoExtraId::Fdt);
    let magic = tree.map(|tree| [0, 1, 2, 3].map(|index| tree.content()[index]));
    equal(magic, Some([0xd0, 0x0d, 0xfe, 0xed]))
}

fn the_image_is_made_of_these_frames(_: Env) -> Outcome {
    let (first, last) = (addresses().start, addresses().end - 4096);
    // Frames of an image lie one after the other.
    let start = frame(first).frame_get_address()?;
    equal(frame(last).frame_get_address()? - start, last - first)
}

fn the_ipc_buffer_is_a_page(_: Env) -> Outcome {
    let address = bootinfo().ipc_buffer().addr();
    equal(address % 4096, 0)?;
    holds(address >= addresses().end, "it lies behind the image")?;
    equal(bootinfo().ptr().addr() % 4096, 0)
}

fn extra_pages_hold_the_extra_information(_: Env) -> Outcome {
    let bootinfo = bootinfo();
    let pages = bootinfo.extra_pages();
    // The list tells how many frames follow that of the bootinfo itself.
    equal(pages.len() * 4096 >= bootinfo.footprint_size() - 4096, true)?;
    let first = pages.index(0).cap().frame_get_address()?;
    equal(first % 4096, 0)
}

/// Calls that only debug kernels have.
pub mod debug {
    use sel4::{CapType, cap};

    use super::*;

    tests!("debug":
        an_empty_slot_has_type_0,
        types_of_capabilities_have_numbers,
        initial_capabilities_have_their_types,
        a_thread_gets_a_name,
        a_long_name_is_cut,
    );

    /// The kernel's number of a capability's type.
    fn identify<T: CapType>(cap: sel4::Cap<T>) -> Outcome<u64> {
        sel4_cfg_if! {
            if #[sel4_cfg(DEBUG_BUILD)] {
                Ok(cap.debug_identify())
            } else {
                let _ = cap;
                Err(kernel_api_tests::support::Failure::Skipped("the kernel has no debug calls"))
            }
        }
    }

    fn name(tcb: cap::Tcb, name: &[u8]) -> Outcome {
        sel4_cfg_if! {
            if #[sel4_cfg(DEBUG_BUILD)] {
                tcb.debug_name(name);
                Ok(())
            } else {
                let _ = (tcb, name);
                Err(kernel_api_tests::support::Failure::Skipped("the kernel has no debug calls"))
            }
        }
    }

    fn an_empty_slot_has_type_0(env: Env) -> Outcome {
        equal(
            identify(kernel_api_tests::support::env::cap_at::<sel4::cap_type::Null>(&env.slot()))?,
            0,
        )
    }

    fn types_of_capabilities_have_numbers(env: Env) -> Outcome {
        let numbers = [
            identify(env.memory())?,
            identify(env.endpoint()?)?,
            identify(env.notification()?)?,
            identify(env.make_sized::<sel4::cap_type::CNode>(4)?)?,
            identify(env.make::<sel4::cap_type::Tcb>()?)?,
            identify(env.make::<sel4::cap_type::SmallPage>()?)?,
            identify(env.make::<sel4::cap_type::PT>()?)?,
            identify(env.make::<sel4::cap_type::VSpace>()?)?,
            identify(env.make::<sel4::cap_type::VCpu>()?)?,
        ];
        equal(numbers, [2, 4, 6, 10, 12, 1, 3, 9, 15])
    }

    fn initial_capabilities_have_their_types(_: Env) -> Outcome {
        let numbers = [
            identify(slot::TCB.cap())?,
            identify(slot::CNODE.cap())?,
            identify(slot::VSPACE.cap())?,
            identify(slot::IRQ_CONTROL.cap())?,
            identify(slot::ASID_CONTROL.cap())?,
            identify(slot::ASID_POOL.cap())?,
            identify(slot::BOOT_INFO_FRAME.cap())?,
            identify(slot::IPC_BUFFER.cap())?,
            identify(slot::DOMAIN_SET.cap())?,
        ];
        equal(numbers, [12, 10, 9, 14, 11, 13, 1, 1, 20])
    }

    fn a_thread_gets_a_name(env: Env) -> Outcome {
        name(env.make()?, b"a name")
    }

    fn a_long_name_is_cut(env: Env) -> Outcome {
        name(env.make()?, &[b'x'; 900])
    }
}
