//! Page tables, address spaces and their identifiers.

use sel4::init_thread::slot;
use sel4::sys;
use sel4::{CapRights, Error, LookupFailure, VmAttributes, cap, cap_type, vspace_levels};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, cap_at};
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Options, Outcome};
use kernel_api_tests::tests;

tests!("page_table":
    a_table_is_mapped_at_each_level,
    a_mapped_table_stays,
    a_table_can_not_replace_a_page,
    an_address_has_to_be_the_users,
    an_address_space_has_to_be_one,
    unmapping_takes_the_pages_away,
    an_unmapped_table_can_go_elsewhere,
    unmapping_needs_the_last_capability,
    a_copy_needs_a_mapping,
    deleting_a_table_takes_the_pages_away,
    tables_are_shared_by_neighbours,
    unknown_labels_are_refused,
);

const DEFAULT: VmAttributes = VmAttributes::DEFAULT;
const RW: CapRights = CapRights::read_write();

/// Makes all page tables that a small page at [`WINDOW`] needs.
fn tables(env: Env, vspace: cap::VSpace) -> Outcome<cap::PT> {
    let mut last = env.make::<cap_type::PT>()?;
    last.pt_map(vspace, WINDOW, DEFAULT)?;
    for _ in 2..vspace_levels::NUM_LEVELS {
        last = env.make()?;
        last.pt_map(vspace, WINDOW, DEFAULT)?;
    }
    Ok(last)
}

fn a_table_is_mapped_at_each_level(env: Env) -> Outcome {
    let vspace = env.vspace()?;
    tables(env, vspace)?;
    // Now there is room for a page, not for a table.
    refused(env.make::<cap_type::PT>()?.pt_map(vspace, WINDOW, DEFAULT), Error::DeleteFirst)
}

fn a_mapped_table_stays(env: Env) -> Outcome {
    let (table, vspace): (cap::PT, _) = (env.make()?, env.vspace()?);
    table.pt_map(vspace, WINDOW, DEFAULT)?;
    let error = Error::InvalidCapability { number: 0 };
    refused(table.pt_map(vspace, 0, DEFAULT), error)
}

fn a_table_can_not_replace_a_page(env: Env) -> Outcome {
    let vspace = env.vspace()?;
    let page: cap::LargePage = env.make()?;
    env.map(page, vspace, WINDOW, RW, DEFAULT)?;
    refused(env.make::<cap_type::PT>()?.pt_map(vspace, WINDOW, DEFAULT), Error::DeleteFirst)
}

fn an_address_has_to_be_the_users(env: Env) -> Outcome {
    let table: cap::PT = env.make()?;
    let result = table.pt_map(slot::VSPACE.cap(), 1 << 48, DEFAULT);
    refused(result, Error::InvalidArgument { number: 0 })
}

fn an_address_space_has_to_be_one(env: Env) -> Outcome {
    let (table, ep): (cap::PT, cap::VSpace) = (env.make()?, env.endpoint()?.cast());
    let error = Error::InvalidCapability { number: 1 };
    refused(table.pt_map(ep, WINDOW, DEFAULT), error)?;
    // Nor is one without an identifier enough.
    refused(table.pt_map(env.make()?, WINDOW, DEFAULT), error)
}

/// Fails unless reading at [`WINDOW`] faults.
fn nothing_is_there(env: Env) -> Outcome {
    let handler = env.endpoint()?;
    env.spawn_handled(handler, || _ = read(WINDOW))?;
    // A memory fault.
    equal(handler.recv(()).0.label(), 5)
}

fn unmapping_takes_the_pages_away(env: Env) -> Outcome {
    let (vspace, page) = (slot::VSPACE.cap(), env.make::<cap_type::SmallPage>()?);
    let table = tables(env, vspace)?;
    page.frame_map(vspace, WINDOW, RW, DEFAULT)?;
    write(WINDOW, 1);
    table.pt_unmap()?;
    nothing_is_there(env)?;
    // The frame still says where it was, so it can come back there.
    table.pt_map(vspace, WINDOW, DEFAULT)?;
    page.frame_map(vspace, WINDOW, RW, DEFAULT)?;
    equal(read(WINDOW), 1)
}

fn an_unmapped_table_can_go_elsewhere(env: Env) -> Outcome {
    let (table, vspace): (cap::PT, _) = (env.make()?, env.vspace()?);
    table.pt_map(vspace, WINDOW, DEFAULT)?;
    table.pt_unmap()?;
    table.pt_map(vspace, 0, DEFAULT)?;
    table.pt_unmap()?;
    // Unmapping what isn't mapped changes nothing.
    Ok(table.pt_unmap()?)
}

fn unmapping_needs_the_last_capability(env: Env) -> Outcome {
    let (table, vspace): (cap::PT, _) = (env.make()?, env.vspace()?);
    table.pt_map(vspace, WINDOW, DEFAULT)?;
    let copy = env.copy(table, CapRights::all())?;
    refused(table.pt_unmap(), Error::RevokeFirst)?;
    absolute(copy).delete()?;
    Ok(table.pt_unmap()?)
}

fn a_copy_needs_a_mapping(env: Env) -> Outcome {
    let table: cap::PT = env.make()?;
    refused(env.copy(table, CapRights::all()), Error::IllegalOperation)?;
    let vspace: cap::VSpace = env.make()?;
    refused(env.copy(vspace, CapRights::all()), Error::IllegalOperation)
}

fn deleting_a_table_takes_the_pages_away(env: Env) -> Outcome {
    let vspace = slot::VSPACE.cap();
    let table = tables(env, vspace)?;
    let page: cap::SmallPage = env.make()?;
    page.frame_map(vspace, WINDOW, RW, DEFAULT)?;
    equal(read(WINDOW), 0)?;
    absolute(table).delete()?;
    nothing_is_there(env)?;
    let failure = LookupFailure::MissingCapability { bits_left: 21 };
    refused(
        page.frame_map(vspace, WINDOW, RW, DEFAULT),
        Error::FailedLookup { source: false, failure },
    )
}

fn tables_are_shared_by_neighbours(env: Env) -> Outcome {
    let vspace = slot::VSPACE.cap();
    tables(env, vspace)?;
    for index in [0, 1, 511] {
        let page: cap::SmallPage = env.make()?;
        page.frame_map(vspace, WINDOW + index * 4096, RW, DEFAULT)?;
        write(WINDOW + index * 4096, index as u64);
    }
    equal([0, 1, 511].map(|index| read(WINDOW + index * 4096)), [0, 1, 511])?;
    let page: cap::SmallPage = env.make()?;
    holds(page.frame_map(vspace, WINDOW + (1 << 21), RW, DEFAULT).is_err(), "512 pages fit")
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let (table, vspace): (cap::PT, cap::VSpace) = (env.make()?, env.vspace()?);
    refused(invoke(table, sys::ARMPageMap, &[], &[]), Error::IllegalOperation)?;
    refused(invoke(vspace, sys::ARMPageMap, &[], &[]), Error::IllegalOperation)?;
    refused(invoke(table, sys::ARMPageTableMap, &[0], &[]), Error::TruncatedMessage)
}

/// Identifiers of address spaces.
pub mod asid {
    use super::*;

    tests!("asid":
        a_pool_is_made,
        a_pool_is_made_of_an_untyped_of_its_size,
        a_pool_takes_all_of_its_untyped,
        a_pool_needs_an_empty_slot,
        the_number_of_pools_is_limited,
        an_identifier_is_given_once,
        an_identifier_is_for_an_address_space,
        a_pool_has_512_identifiers,
        a_deleted_address_space_gives_its_identifier_back,
        a_deleted_pool_stops_its_threads,
        short_messages_are_refused,
    );

    fn pool(env: Env) -> sel4::Result<cap::AsidPool> {
        let slot = env.slot();
        slot::ASID_CONTROL.cap().asid_control_make_pool(env.make_sized(12)?, &slot)?;
        Ok(cap_at(&slot))
    }

    fn a_pool_is_made(env: Env) -> Outcome {
        Ok(pool(env)?.asid_pool_assign(env.make()?)?)
    }

    fn a_pool_is_made_of_an_untyped_of_its_size(env: Env) -> Outcome {
        let make = |untyped| slot::ASID_CONTROL.cap().asid_control_make_pool(untyped, &env.slot());
        let error = Error::InvalidCapability { number: 1 };
        refused(make(env.make_sized(11)?), error)?;
        refused(make(env.make_sized(13)?), error)?;
        refused(make(env.endpoint()?.cast()), error)
    }

    fn a_pool_takes_all_of_its_untyped(env: Env) -> Outcome {
        let memory: cap::Untyped = env.make_sized(12)?;
        let make = || slot::ASID_CONTROL.cap().asid_control_make_pool(memory, &env.slot());
        make()?;
        refused(make(), Error::RevokeFirst)?;
        absolute(memory).revoke()?;
        Ok(make()?)
    }

    fn a_pool_needs_an_empty_slot(env: Env) -> Outcome {
        let occupied = absolute(env.endpoint()?);
        let memory = env.make_sized(12)?;
        let result = slot::ASID_CONTROL.cap().asid_control_make_pool(memory, &occupied);
        refused(result, Error::DeleteFirst)
    }

    fn the_number_of_pools_is_limited(env: Env) -> Outcome {
        // One of 128 is the initial one.
        for _ in 0..127 {
            pool(env)?;
        }
        refused(pool(env), Error::DeleteFirst)
    }

    fn an_identifier_is_given_once(env: Env) -> Outcome {
        let vspace = env.vspace()?;
        let result = slot::ASID_POOL.cap().asid_pool_assign(vspace);
        refused(result, Error::InvalidCapability { number: 1 })
    }

    fn an_identifier_is_for_an_address_space(env: Env) -> Outcome {
        let ep: cap::VSpace = env.endpoint()?.cast();
        let result = slot::ASID_POOL.cap().asid_pool_assign(ep);
        refused(result, Error::InvalidCapability { number: 1 })
    }

    fn a_pool_has_512_identifiers(env: Env) -> Outcome {
        let pool = pool(env)?;
        for _ in 0..512 {
            pool.asid_pool_assign(env.make()?)?;
        }
        refused(pool.asid_pool_assign(env.make()?), Error::DeleteFirst)
    }

    fn a_deleted_address_space_gives_its_identifier_back(env: Env) -> Outcome {
        let pool = pool(env)?;
        for _ in 0..600 {
            let memory: cap::Untyped = env.make_sized(13)?;
            let vspace: cap::VSpace =
                env.retype(memory, sel4::ObjectBlueprintAArch64::VSpace.into())?;
            pool.asid_pool_assign(vspace)?;
            absolute(memory).delete()?;
            absolute(vspace).delete()?;
        }
        Ok(())
    }

    fn a_deleted_pool_stops_its_threads(env: Env) -> Outcome {
        let (pool, vspace) = (pool(env)?, env.make()?);
        pool.asid_pool_assign(vspace)?;
        env.share_image(vspace)?;
        let (handler, ntfn) = (env.endpoint()?, env.notification()?);
        let options = Options { vspace, fault_handler: handler.cptr(), ..env.options(ABOVE) };
        let thread = env.thread(options, move || {
            ntfn.wait();
        })?;
        thread.tcb.tcb_resume()?;
        absolute(pool).delete()?;
        ntfn.signal();
        // It has no memory any more: not even the next instruction.
        equal(handler.recv(()).0.label(), 5)?;
        thread.is_blocked()
    }

    fn short_messages_are_refused(env: Env) -> Outcome {
        let (control, pool) = (slot::ASID_CONTROL.cap(), slot::ASID_POOL.cap());
        let root = slot::CNODE.cptr_bits();
        let memory = env.make_sized::<cap_type::Untyped>(12)?.bits();
        let error = Error::TruncatedMessage;
        refused(invoke(control, sys::ARMASIDControlMakePool, &[0, 64], &[memory]), error)?;
        refused(invoke(control, sys::ARMASIDControlMakePool, &[0], &[memory, root]), error)?;
        refused(invoke(pool, sys::ARMASIDPoolAssign, &[], &[]), error)?;
        refused(invoke(pool, sys::ARMPageMap, &[], &[]), Error::IllegalOperation)
    }
}
