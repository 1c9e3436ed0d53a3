//! Frames: mapping, rights, attributes, and what is refused.

use sel4::init_thread::slot;
use sel4::sys;
use sel4::vspace_levels::step_bits;
use sel4::{
    CapRights, CapRightsBuilder, Error, Fault, LookupFailure, VmAttributes, cap, cap_type,
    with_ipc_buffer,
};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::absolute;
use kernel_api_tests::support::image::device;
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("page":
    a_small_page_is_mapped,
    a_large_page_is_mapped,
    two_mappings_share_the_memory,
    page_tables_have_to_be_there,
    an_address_has_to_be_aligned,
    an_address_has_to_be_the_users,
    an_address_space_has_to_be_one,
    an_address_space_has_to_have_an_identifier,
    an_address_space_of_a_deleted_pool_maps_nothing,
    rights_are_changed_at_the_same_address,
    a_mapped_frame_stays_at_its_address,
    a_mapped_frame_stays_in_its_address_space,
    a_copy_is_not_mapped,
    another_frame_takes_the_place,
    unmapping_takes_the_memory_away,
    unmapping_twice_is_nothing,
    an_unmapped_frame_can_go_elsewhere,
    deleting_the_frame_unmaps_it,
    deleting_a_copy_keeps_the_mapping,
    revoking_the_memory_unmaps,
    a_read_only_cap_makes_no_writable_mapping,
    without_the_right_to_read_nothing_is_read,
    device_attributes_are_taken,
    the_address_is_told,
    short_messages_are_refused,
    unknown_labels_are_refused,
);

const RW: CapRights = CapRights::read_write();
const DEFAULT: VmAttributes = VmAttributes::DEFAULT;

fn small(env: Env) -> sel4::Result<cap::SmallPage> {
    env.make()
}

/// Whether a thread that does this faults.
fn faults(env: Env, access: impl FnOnce() + Copy + 'static) -> Outcome<bool> {
    let handler = env.endpoint()?;
    let thread = env.spawn_handled(handler, access)?;
    if thread.place.is_done() {
        return Ok(false);
    }
    let (message, _) = handler.recv(());
    Ok(matches!(with_ipc_buffer(|ipc| Fault::new(ipc, &message)), Fault::VmFault(_)))
}

fn a_small_page_is_mapped(env: Env) -> Outcome {
    env.map_here(small(env)?, RW)?;
    write(WINDOW + 4088, 5);
    equal(read(WINDOW + 4088), 5)?;
    holds(faults(env, || _ = read(WINDOW + 4096))?, "the next page isn't mapped")
}

fn a_large_page_is_mapped(env: Env) -> Outcome {
    let page: cap::LargePage = env.make()?;
    env.map_here(page, RW)?;
    for offset in (0..1 << 21).step_by(1 << 16) {
        equal(read(WINDOW + offset), 0)?;
        write(WINDOW + offset, 3);
    }
    holds(faults(env, || _ = read(WINDOW + (1 << 21)))?, "the next page isn't mapped")
}

fn two_mappings_share_the_memory(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    let copy = env.copy(page, CapRights::all())?;
    copy.frame_map(slot::VSPACE.cap(), WINDOW + 4096, RW, DEFAULT)?;
    write(WINDOW, 77);
    equal(read(WINDOW + 4096), 77)
}

fn page_tables_have_to_be_there(env: Env) -> Outcome {
    let (page, vspace) = (small(env)?, env.vspace()?);
    for level in 0..sel4::vspace_levels::NUM_LEVELS - 1 {
        // The bits of the address that are left where the table is missing.
        let bits_left = step_bits(level) as u64;
        let failure = LookupFailure::MissingCapability { bits_left };
        refused(
            page.frame_map(vspace, WINDOW, RW, DEFAULT),
            Error::FailedLookup { source: false, failure },
        )?;
        env.make::<cap_type::PT>()?.pt_map(vspace, WINDOW, DEFAULT)?;
    }
    Ok(page.frame_map(vspace, WINDOW, RW, DEFAULT)?)
}

fn an_address_has_to_be_aligned(env: Env) -> Outcome {
    let vspace = slot::VSPACE.cap();
    let result = small(env)?.frame_map(vspace, WINDOW + 0x800, RW, DEFAULT);
    refused(result, Error::AlignmentError)?;
    let large: cap::LargePage = env.make()?;
    refused(large.frame_map(vspace, WINDOW + 4096, RW, DEFAULT), Error::AlignmentError)
}

fn an_address_has_to_be_the_users(env: Env) -> Outcome {
    let (page, vspace) = (small(env)?, slot::VSPACE.cap());
    let error = Error::InvalidArgument { number: 0 };
    refused(page.frame_map(vspace, 1 << 48, RW, DEFAULT), error)?;
    refused(page.frame_map(vspace, usize::MAX << 12, RW, DEFAULT), error)
}

fn an_address_space_has_to_be_one(env: Env) -> Outcome {
    let ep: cap::VSpace = env.endpoint()?.cast();
    let result = small(env)?.frame_map(ep, WINDOW, RW, DEFAULT);
    refused(result, Error::InvalidCapability { number: 1 })
}

fn an_address_space_has_to_have_an_identifier(env: Env) -> Outcome {
    let result = small(env)?.frame_map(env.make()?, WINDOW, RW, DEFAULT);
    refused(result, Error::InvalidCapability { number: 1 })
}

fn an_address_space_of_a_deleted_pool_maps_nothing(env: Env) -> Outcome {
    let (pool, vspace) = (env.slot(), env.make()?);
    slot::ASID_CONTROL.cap().asid_control_make_pool(env.make_sized(12)?, &pool)?;
    let pool_cap: cap::AsidPool = kernel_api_tests::support::env::cap_at(&pool);
    pool_cap.asid_pool_assign(vspace)?;
    pool.delete()?;
    refused(
        small(env)?.frame_map(vspace, WINDOW, RW, DEFAULT),
        Error::FailedLookup { source: false, failure: LookupFailure::InvalidRoot },
    )
}

fn rights_are_changed_at_the_same_address(env: Env) -> Outcome {
    let (page, vspace) = (small(env)?, slot::VSPACE.cap());
    env.map_here(page, RW)?;
    write(WINDOW, 1);
    page.frame_map(vspace, WINDOW, CapRights::read_only(), DEFAULT)?;
    equal(read(WINDOW), 1)?;
    holds(faults(env, || write(WINDOW, 2))?, "a write faults")?;
    page.frame_map(vspace, WINDOW, RW, DEFAULT)?;
    write(WINDOW, 3);
    equal(read(WINDOW), 3)
}

fn a_mapped_frame_stays_at_its_address(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    let result = page.frame_map(slot::VSPACE.cap(), WINDOW + 4096, RW, DEFAULT);
    refused(result, Error::InvalidArgument { number: 0 })
}

fn a_mapped_frame_stays_in_its_address_space(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    let result = page.frame_map(env.vspace()?, WINDOW, RW, DEFAULT);
    refused(result, Error::InvalidCapability { number: 1 })
}

fn a_copy_is_not_mapped(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    let copy = env.copy(page, CapRights::all())?;
    copy.frame_unmap()?;
    equal(read(WINDOW), 0)?;
    Ok(env.map(copy, env.vspace()?, 0x1000, RW, DEFAULT)?)
}

fn another_frame_takes_the_place(env: Env) -> Outcome {
    let (old, new) = (small(env)?, small(env)?);
    env.map_here(old, RW)?;
    write(WINDOW, 1);
    env.map_here(new, RW)?;
    equal(read(WINDOW), 0)?;
    // The old one isn't there any more, so unmapping it changes nothing.
    old.frame_unmap()?;
    equal(read(WINDOW), 0)
}

fn unmapping_takes_the_memory_away(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    equal(read(WINDOW), 0)?;
    page.frame_unmap()?;
    holds(faults(env, || _ = read(WINDOW))?, "a read faults")
}

fn unmapping_twice_is_nothing(env: Env) -> Outcome {
    let page = small(env)?;
    page.frame_unmap()?;
    env.map_here(page, RW)?;
    page.frame_unmap()?;
    Ok(page.frame_unmap()?)
}

fn an_unmapped_frame_can_go_elsewhere(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    write(WINDOW, 9);
    page.frame_unmap()?;
    page.frame_map(slot::VSPACE.cap(), WINDOW + 4096, RW, DEFAULT)?;
    equal(read(WINDOW + 4096), 9)
}

fn deleting_the_frame_unmaps_it(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    equal(read(WINDOW), 0)?;
    absolute(page).delete()?;
    holds(faults(env, || _ = read(WINDOW))?, "a read faults")
}

fn deleting_a_copy_keeps_the_mapping(env: Env) -> Outcome {
    let page = small(env)?;
    env.map_here(page, RW)?;
    absolute(env.copy(page, CapRights::all())?).delete()?;
    equal(read(WINDOW), 0)
}

fn revoking_the_memory_unmaps(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(12)?;
    let page: cap::SmallPage = env.retype(memory, sel4::ObjectBlueprintArm::SmallPage.into())?;
    env.map_here(page, RW)?;
    write(WINDOW, 1);
    absolute(memory).revoke()?;
    holds(faults(env, || _ = read(WINDOW))?, "a read faults")
}

fn a_read_only_cap_makes_no_writable_mapping(env: Env) -> Outcome {
    let page = env.copy(small(env)?, CapRights::read_only())?;
    env.map_here(page, CapRights::all())?;
    equal(read(WINDOW), 0)?;
    holds(faults(env, || write(WINDOW, 1))?, "a write faults")
}

fn without_the_right_to_read_nothing_is_read(env: Env) -> Outcome {
    let page = small(env)?;
    for rights in [CapRights::none(), CapRights::write_only()] {
        env.map_here(page, rights)?;
        holds(faults(env, || _ = read(WINDOW))?, "a read faults")?;
        holds(faults(env, || write(WINDOW, 1))?, "a write faults")?;
    }
    // Rights to grant have no meaning here.
    env.map_here(page, CapRightsBuilder::all().write(false).build())?;
    equal(read(WINDOW), 0)
}

fn device_attributes_are_taken(env: Env) -> Outcome {
    let (page, vspace) = (small(env)?, slot::VSPACE.cap());
    for attributes in [VmAttributes::NONE, VmAttributes::PAGE_CACHEABLE, !VmAttributes::NONE] {
        env.map(page, vspace, WINDOW, RW, attributes)?;
        write(WINDOW, 4);
        equal(read(WINDOW), 4)?;
        page.frame_clean_invalidate_data(0, 4096)?;
    }
    Ok(())
}

fn the_address_is_told(env: Env) -> Outcome {
    let page: cap::SmallPage =
        env.retype(device(0x4000_0000)?, sel4::ObjectBlueprintArm::SmallPage.into())?;
    equal(page.frame_get_address()?, 0x4000_0000)?;
    equal(small(env)?.frame_get_address()? % 4096, 0)
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let (page, vspace) = (small(env)?, [slot::VSPACE.cptr_bits()]);
    let error = Error::TruncatedMessage;
    refused(invoke(page, sys::ARMPageMap, &[WINDOW as u64, 3], &vspace), error)?;
    refused(invoke(page, sys::ARMPageMap, &[WINDOW as u64, 3, 3], &[]), error)?;
    refused(invoke(page, sys::ARMPageClean_Data, &[0], &[]), error)
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let page = small(env)?;
    refused(invoke(page, sys::ARMPageTableMap, &[], &[]), Error::IllegalOperation)
}
