//! Cache operations of frames and address spaces.

use core::sync::atomic::Ordering::SeqCst;

use sel4::init_thread::slot;
use sel4::{CapRights, Error, ObjectBlueprintArm, Result, cap};

use kernel_api_tests::support::check::{equal, refused};
use kernel_api_tests::support::image::device;
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("cache":
    a_frame_keeps_its_data,
    a_range_of_a_frame_has_to_be_in_order,
    a_range_of_a_frame_has_to_be_inside,
    a_frame_has_to_be_mapped,
    memory_that_the_kernel_does_not_map_is_refused,
    an_address_space_keeps_its_data,
    a_range_of_an_address_space_has_to_be_in_order,
    a_range_of_an_address_space_has_to_be_the_users,
    a_range_of_an_address_space_stays_in_one_page,
    an_unmapped_address_is_nothing,
    an_address_space_has_to_have_an_identifier,
    new_instructions_are_executed,
    short_messages_are_refused,
);

type OfFrame = fn(cap::SmallPage, usize, usize) -> Result<()>;
type OfSpace = fn(cap::VSpace, usize, usize) -> Result<()>;

const OF_FRAME: [OfFrame; 4] = [
    |frame, start, end| frame.frame_clean_data(start, end),
    |frame, start, end| frame.frame_invalidate_data(start, end),
    |frame, start, end| frame.frame_clean_invalidate_data(start, end),
    |frame, start, end| frame.frame_unify_instruction(start, end),
];
const OF_SPACE: [OfSpace; 4] = [
    |space, start, end| space.vspace_clean_data(start, end),
    |space, start, end| space.vspace_invalidate_data(start, end),
    |space, start, end| space.vspace_clean_invalidate_data(start, end),
    |space, start, end| space.vspace_unify_instruction(start, end),
];

fn mapped(env: Env) -> Outcome<cap::SmallPage> {
    let page = env.make()?;
    env.map_here(page, CapRights::read_write())?;
    Ok(page)
}

fn a_frame_keeps_its_data(env: Env) -> Outcome {
    let page = mapped(env)?;
    write(WINDOW + 128, 5);
    page.frame_clean_data(0, 4096)?;
    for operation in OF_FRAME {
        operation(page, 128, 192)?;
        operation(page, 4095, 4096)?;
    }
    equal(read(WINDOW + 128), 5)
}

fn a_range_of_a_frame_has_to_be_in_order(env: Env) -> Outcome {
    let page = mapped(env)?;
    for operation in OF_FRAME {
        refused(operation(page, 64, 64), Error::InvalidArgument { number: 1 })?;
        refused(operation(page, 64, 0), Error::InvalidArgument { number: 1 })?;
    }
    Ok(())
}

fn a_range_of_a_frame_has_to_be_inside(env: Env) -> Outcome {
    let page = mapped(env)?;
    for operation in OF_FRAME {
        refused(operation(page, 0, 4097), Error::InvalidArgument { number: 0 })?;
        refused(operation(page, 4096, 4160), Error::InvalidArgument { number: 0 })?;
    }
    Ok(())
}

fn a_frame_has_to_be_mapped(env: Env) -> Outcome {
    let page: cap::SmallPage = env.make()?;
    OF_FRAME
        .into_iter()
        .try_for_each(|operation| refused(operation(page, 0, 64), Error::IllegalOperation))
}

fn memory_that_the_kernel_does_not_map_is_refused(env: Env) -> Outcome {
    let page: cap::SmallPage =
        env.retype(device(0x80_0000_0000)?, ObjectBlueprintArm::SmallPage.into())?;
    env.map_here(page, CapRights::read_write())?;
    OF_FRAME
        .into_iter()
        .try_for_each(|operation| refused(operation(page, 0, 64), Error::IllegalOperation))
}

fn an_address_space_keeps_its_data(env: Env) -> Outcome {
    let page = mapped(env)?;
    write(WINDOW + 64, 6);
    page.frame_clean_data(0, 4096)?;
    for operation in OF_SPACE {
        operation(slot::VSPACE.cap(), WINDOW + 64, WINDOW + 128)?;
    }
    equal(read(WINDOW + 64), 6)
}

fn a_range_of_an_address_space_has_to_be_in_order(_: Env) -> Outcome {
    for operation in OF_SPACE {
        let result = operation(slot::VSPACE.cap(), WINDOW, WINDOW);
        refused(result, Error::InvalidArgument { number: 1 })?;
    }
    Ok(())
}

fn a_range_of_an_address_space_has_to_be_the_users(_: Env) -> Outcome {
    for operation in OF_SPACE {
        let result = operation(slot::VSPACE.cap(), WINDOW, usize::MAX);
        refused(result, Error::IllegalOperation)?;
    }
    Ok(())
}

fn a_range_of_an_address_space_stays_in_one_page(env: Env) -> Outcome {
    mapped(env)?;
    let start = WINDOW as u64 + 64;
    let error = Error::RangeError { min: start, max: WINDOW as u64 + 4095 };
    for operation in OF_SPACE {
        refused(operation(slot::VSPACE.cap(), WINDOW + 64, WINDOW + 4097), error)?;
        operation(slot::VSPACE.cap(), WINDOW + 64, WINDOW + 4096)?;
    }
    Ok(())
}

fn an_unmapped_address_is_nothing(_: Env) -> Outcome {
    for operation in OF_SPACE {
        operation(slot::VSPACE.cap(), WINDOW, WINDOW + 64)?;
    }
    Ok(())
}

fn an_address_space_has_to_have_an_identifier(env: Env) -> Outcome {
    let vspace: cap::VSpace = env.make()?;
    for operation in OF_SPACE {
        let result = operation(vspace, WINDOW, WINDOW + 64);
        refused(result, Error::InvalidCapability { number: 0 })?;
    }
    Ok(())
}

fn new_instructions_are_executed(env: Env) -> Outcome {
    let (page, seen) = (mapped(env)?, env.cell());
    // mov x0, #VALUE; ret
    for value in [42, 43] {
        write(WINDOW, 0xd65f_03c0 << 32 | 0xd280_0000 | value << 5);
        page.frame_unify_instruction(0, 64)?;
        env.spawn(ABOVE, move || {
            // SAFETY: the two instructions are those of such a function.
            let function: extern "C" fn() -> u64 =
                unsafe { core::mem::transmute(core::ptr::with_exposed_provenance::<()>(WINDOW)) };
            seen.store(function(), SeqCst);
        })?;
        equal(seen.load(SeqCst), value)?;
    }
    Ok(())
}

fn short_messages_are_refused(_: Env) -> Outcome {
    let vspace = slot::VSPACE.cap();
    let label = sel4::sys::ARMVSpaceClean_Data;
    refused(invoke(vspace, label, &[WINDOW as u64], &[]), Error::TruncatedMessage)
}
