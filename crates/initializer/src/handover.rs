//! From the maker of the system to its monitor.
//!
//! The root CNode holds everything: memory, objects, the right to make more. Instead of emptying
//! it slot by slot, the initial thread moves to a small CNode with the few capabilities that a
//! monitor needs. The root CNode holds the last capability to itself then: what is in it stays
//! alive, but no thread can reach it any more.

use sel4::init_thread::{Slot, slot};
use sel4::{BootInfoPtr, CNodeCapData, CPtr, CapRights, cap, cap_type, sel4_cfg_bool};
use system_spec::flat::{Kind, Spec};
use system_spec::model::ObjectId;

use crate::failure::{Cause, Failure};
use crate::make::Made;
use crate::make::window::Windows;
use crate::measure::Steps;
use crate::monitor::Monitor;
use crate::monitor::output::{Output, say};
use crate::size::About;
use crate::slots;
use crate::work::Work;

/// Slot of the endpoint where faults arrive, in the monitor's CNode.
pub const FAULT_ENDPOINT: usize = 2;
/// Slot of the notification that components signal. It is bound to the monitor's thread.
const NOTIFICATION: usize = 3;
/// Slot of the notification of the component that prints for the monitor.
pub const OUTPUT: usize = 4;
/// Slot of the first watched thread.
pub const FIRST_THREAD: usize = 5;

// The runtime suspends the thread by this capability when it panics.
const OWN_THREAD: usize = slot::TCB.index();

fn refused<'a>(action: &'static str) -> impl Fn(sel4::Error) -> Failure<'a> {
    move |error| Failure::general(Cause::Kernel { action, error })
}

/// Starts the system's threads and becomes their monitor.
pub fn hand_over<'a>(
    bootinfo: &BootInfoPtr, spec: &Spec<'a>, work: Work, made: Made,
) -> Result<Monitor<'a>, Failure<'a>> {
    let mut steps = Steps::start();
    let object = |id: ObjectId| {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        work.slots.get(index).and_then(|slot| usize::try_from(*slot).ok()).unwrap_or(0)
    };
    let (cnode, bits) = made.cnode;
    let cnode: cap::CNode = slots::cap(cnode);
    let put = |place: usize, from: usize, rights: CapRights| {
        let place = Slot::<cap_type::Null>::from_index(place).cptr_bits();
        cnode
            .absolute_cptr_from_bits_with_depth(place, bits)
            .copy(&slots::path(from), rights)
            .map_err(refused("handing a capability to the monitor"))
    };
    put(OWN_THREAD, slot::TCB.index(), CapRights::all())?;
    if let Some(monitor) = spec.monitor() {
        put(FAULT_ENDPOINT, object(monitor.fault_endpoint), CapRights::read_only())?;
        let notification = object(monitor.notification);
        put(NOTIFICATION, notification, CapRights::read_only())?;
        slot::TCB
            .cap()
            .tcb_bind_notification(slots::cap(notification))
            .map_err(refused("binding the monitor's notification"))?;
        if let Some(output) = monitor.output {
            let place = Slot::<cap_type::Null>::from_index(OUTPUT).cptr_bits();
            let from = slots::path(object(output.notification));
            cnode
                .absolute_cptr_from_bits_with_depth(place, bits)
                .mint(&from, CapRights::write_only(), output.badge)
                .map_err(refused("handing a capability to the monitor"))?;
        }
    }
    let mut next = FIRST_THREAD;
    for (instance, watched) in spec.instances().zip(work.watched.iter_mut()) {
        watched.first_thread = u32::try_from(next).unwrap_or(0);
        for thread in instance.threads() {
            put(next, object(thread), CapRights::all())?;
            next += 1;
        }
    }

    for (id, kind) in (0..).map(ObjectId).zip(spec.objects().map(|object| object.kind())) {
        if let Kind::Tcb(thread) = kind
            && thread.resume
        {
            slots::cap::<cap_type::Tcb>(object(id)).tcb_resume().map_err(|error| {
                Failure::at(spec, id, Cause::Kernel { action: "starting it", error })
            })?;
        }
    }
    slot::TCB
        .cap()
        .tcb_set_space(
            CPtr::from_bits(0),
            cnode,
            CNodeCapData::skip_high_bits(bits),
            slot::VSPACE.cap(),
        )
        .map_err(refused("leaving the root CNode"))?;

    steps.end("start threads");
    crate::measure::print();

    let threads = next - FIRST_THREAD;
    // A kernel that prints does it at once, whoever has the port later.
    let mut early = Output::new(made.output.filter(|_| !sel4_cfg_bool!(PRINTING)));
    say!(
        early,
        "initializer: {} objects ({}) for {} instances are up, {} copied; the monitor keeps \
         {threads} threads, {}, and nothing else",
        spec.objects().len(),
        About(made.bytes),
        spec.instances().len(),
        About(made.filled),
        if spec.monitor().is_some() { "a fault endpoint, a notification" } else { "no endpoint" },
    );
    early.flush();
    audit(bootinfo, spec, threads, bits);
    let windows = Windows::new(bootinfo);
    Ok(Monitor::new(*spec, work.watched, windows, Output::new(made.output)))
}

/// On debug kernels: looks whether the slots are as the summary says.
#[sel4::sel4_cfg(DEBUG_BUILD)]
fn audit(bootinfo: &BootInfoPtr, spec: &Spec<'_>, threads: usize, bits: usize) {
    let monitor = spec.monitor();
    let expected = |index: usize| match index {
        OWN_THREAD => true,
        FAULT_ENDPOINT | NOTIFICATION => monitor.is_some(),
        OUTPUT => monitor.is_some_and(|monitor| monitor.output.is_some()),
        _ => (FIRST_THREAD..FIRST_THREAD + threads).contains(&index),
    };
    // All of its own, and where untypeds were.
    let own = 0..1 << bits;
    let all = own.chain(bootinfo.untyped().range().filter(|index| index >> bits != 0));
    for index in all {
        let cap = Slot::<cap_type::Unspecified>::from_index(index).cap();
        let found = cap.debug_identify() != 0;
        if found != expected(index) {
            let what = if found { "holds a capability" } else { "is empty" };
            sel4_root_task::debug_println!(
                "initializer: error: slot {index} of the monitor {what}"
            );
        }
    }
}

#[sel4::sel4_cfg(not(DEBUG_BUILD))]
fn audit(_: &BootInfoPtr, _: &Spec<'_>, _: usize, _: usize) {}
