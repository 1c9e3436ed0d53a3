//! Untyped memory of devices, and large pages, which only device memory is sure to have room for.

use sel4::{
    CapRights, Error, ObjectBlueprint, ObjectBlueprintAArch64, ObjectBlueprintArm, cap, cap_type,
};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::absolute;
use kernel_api_tests::support::image::device;
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("device":
    only_frames_and_untypeds_are_made,
    memory_is_not_zeroed,
    a_large_page_is_mapped,
    a_huge_page_is_mapped,
    a_huge_page_needs_its_size,
    a_frame_is_no_ipc_buffer,
    an_untyped_makes_no_asid_pool,
);

/// Address of RAM that is given out as a device.
const RESERVED: usize = 0x4000_0000;

fn only_frames_and_untypeds_are_made(env: Env) -> Outcome {
    let memory = device(RESERVED)?;
    let refuses = |blueprint| {
        let result = env.retype::<cap_type::Unspecified>(memory, blueprint);
        refused(result, Error::InvalidArgument { number: 1 })
    };
    refuses(ObjectBlueprint::Endpoint)?;
    refuses(ObjectBlueprint::Tcb)?;
    refuses(ObjectBlueprint::CNode { size_bits: 4 })?;
    refuses(ObjectBlueprintArm::PT.into())?;
    refuses(ObjectBlueprintAArch64::VSpace.into())?;
    refuses(ObjectBlueprintArm::VCpu.into())?;
    env.retype::<cap_type::Untyped>(memory, ObjectBlueprint::Untyped { size_bits: 12 })?;
    env.retype::<cap_type::SmallPage>(memory, ObjectBlueprintArm::SmallPage.into())?;
    Ok(())
}

fn memory_is_not_zeroed(env: Env) -> Outcome {
    let memory = device(RESERVED)?;
    for old in [None, Some(0x1234_5678)] {
        let page: cap::SmallPage = env.retype(memory, ObjectBlueprintArm::SmallPage.into())?;
        equal(page.frame_get_address()?, RESERVED)?;
        env.map_here(page, CapRights::read_write())?;
        if let Some(old) = old {
            equal(read(WINDOW), old)?;
        }
        write(WINDOW, 0x1234_5678);
        absolute(page).delete()?;
    }
    Ok(())
}

fn a_large_page_is_mapped(env: Env) -> Outcome {
    let page: cap::LargePage =
        env.retype(device(RESERVED)?, ObjectBlueprintArm::LargePage.into())?;
    env.map_here(page, CapRights::read_write())?;
    let last = WINDOW + (1 << 21) - 8;
    write(last, 7);
    equal(read(last), 7)
}

fn a_huge_page_is_mapped(env: Env) -> Outcome {
    // Beyond any RAM that the tests' machines have.
    let address = 0x4_0000_0000;
    let page: cap::HugePage =
        env.retype(device(address)?, ObjectBlueprintAArch64::HugePage.into())?;
    equal(page.frame_get_address()?, address)?;
    env.map_here(page, CapRights::read_write())?;
    let handler = env.endpoint()?;
    // There is no RAM, so an access would be an external abort: only the page behind it is tried.
    env.spawn_handled(handler, || _ = read(WINDOW + (1 << 30)))?;
    let (info, _) = handler.recv(());
    holds(info.label() == 5, "the page behind it isn't mapped")?;
    Ok(page.frame_unmap()?)
}

fn a_huge_page_needs_its_size(env: Env) -> Outcome {
    let result = env
        .retype::<cap_type::HugePage>(device(RESERVED)?, ObjectBlueprintAArch64::HugePage.into());
    refused(result, Error::NotEnoughMemory { available: 1 << 29 })
}

fn a_frame_is_no_ipc_buffer(env: Env) -> Outcome {
    let page: cap::SmallPage =
        env.retype(device(RESERVED)?, ObjectBlueprintArm::SmallPage.into())?;
    let tcb: cap::Tcb = env.make()?;
    refused(tcb.tcb_set_ipc_buffer(0x1000, page), Error::IllegalOperation)
}

fn an_untyped_makes_no_asid_pool(env: Env) -> Outcome {
    let memory: cap::Untyped =
        env.retype(device(RESERVED)?, ObjectBlueprint::Untyped { size_bits: 12 })?;
    let control = sel4::init_thread::slot::ASID_CONTROL.cap();
    let error = Error::InvalidCapability { number: 1 };
    refused(control.asid_control_make_pool(memory, &env.slot()), error)
}
