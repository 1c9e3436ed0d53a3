//! Mapping and making of objects.

use kernel_api_tests::support::env::{absolute, retype_into};
use kernel_api_tests::support::space::WINDOW;
use kernel_api_tests::support::{Env, Outcome};
use sel4::init_thread::{Slot, slot};
use sel4::{
    AbsoluteCPtr, CapRights, ObjectBlueprint, ObjectBlueprintArm, VmAttributes, cap, cap_type,
};

use crate::measure::batch;

/// Objects of a batch.
const COUNT: usize = 256;
/// Objects of a batch where each one has 2 MiB.
const FEW: usize = 8;

/// Measures mapping.
pub fn pages(env: Env) -> Outcome {
    let (slots, vspace) = (env.slots(COUNT), slot::VSPACE.cap());
    retype_into(env.memory(), ObjectBlueprintArm::SmallPage.into(), &slots, COUNT)?;
    let page = |index| -> cap::SmallPage { nth(&slots, index).cap() };
    let address = |index: usize| WINDOW + index * 4096;
    let map = || {
        (0..COUNT).try_for_each(|index| {
            let rights = CapRights::read_write();
            page(index).frame_map(vspace, address(index), rights, VmAttributes::DEFAULT)
        })
    };
    let unmap = || (0..COUNT).try_for_each(|index| page(index).frame_unmap());
    // Makes the page tables.
    env.map_here(page(0), CapRights::read_write())?;
    let count = COUNT as u64;
    batch("page map 4 KiB", count, || Ok(unmap()?), || Ok(map()?))?;
    batch("page unmap 4 KiB", count, || Ok(map()?), || Ok(unmap()?))
}

/// Measures making small objects.
pub fn small_objects(env: Env) -> Outcome {
    let (endpoint, page) = (ObjectBlueprint::Endpoint, ObjectBlueprintArm::SmallPage.into());
    fresh(env, "retype an endpoint", endpoint, COUNT, 1)?;
    fresh(env, "retype 4 KiB", page, COUNT, 1)?;
    fresh(env, "retype 4 KiB, 256 at once", page, COUNT, COUNT)?;
    used(env, "retype 4 KiB of used memory, and delete", page, COUNT)
}

/// Measures making large frames.
pub fn large_objects(env: Env) -> Outcome {
    let page = ObjectBlueprintArm::LargePage.into();
    fresh(env, "retype 2 MiB", page, FEW, 1)?;
    used(env, "retype 2 MiB of used memory, and delete", page, 1)
}

/// Slot number `index` from `first` on.
fn nth(first: &AbsoluteCPtr, index: usize) -> Slot<cap_type::SmallPage> {
    let first = usize::try_from(first.path().bits()).unwrap_or_default();
    Slot::from_index(first + index)
}

/// Measures making objects of memory that is zero already.
fn fresh(
    env: Env, name: &str, blueprint: ObjectBlueprint, count: usize, at_once: usize,
) -> Outcome {
    let bits = blueprint.physical_size_bits() + count.ilog2() as usize;
    let memory: cap::Untyped = env.make_sized(bits)?;
    let slots = env.slots(count);
    batch(
        name,
        count as u64,
        || {
            // Making one object after a revoke clears the memory; it is given back at once.
            absolute(memory).revoke()?;
            retype_into(memory, ObjectBlueprint::Untyped { size_bits: 4 }, &slots, 1)?;
            absolute(memory).revoke()?;
            Ok(())
        },
        || {
            for index in (0..count).step_by(at_once) {
                let first = absolute(nth(&slots, index).cap());
                retype_into(memory, blueprint, &first, at_once)?;
            }
            Ok(())
        },
    )
}

/// Measures making an object and deleting it, over and over on the same memory.
fn used(env: Env, name: &str, blueprint: ObjectBlueprint, count: usize) -> Outcome {
    let memory: cap::Untyped = env.make_sized(blueprint.physical_size_bits())?;
    let slot = env.slot();
    batch(
        name,
        count as u64,
        || Ok(()),
        || {
            for _ in 0..count {
                retype_into(memory, blueprint, &slot, 1)?;
                slot.delete()?;
            }
            Ok(())
        },
    )
}
