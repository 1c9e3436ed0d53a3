//! The tests, by subject.

use crate::support::driver::Group;

mod cnode;
mod cspace;
mod device;
mod fault;
mod fpu;
mod guest;
mod ipc;
mod irq;
mod isolation;
mod notification;
mod registers;
mod reply;
mod scheduling;
mod tcb;
mod transfer;
mod untyped;
mod vcpu;

/// All tests, in the order in which they run.
pub const ALL: &[Group] = &[
    cnode::TESTS,
    cspace::TESTS,
    untyped::TESTS,
    device::TESTS,
    notification::TESTS,
    ipc::TESTS,
    transfer::TESTS,
    reply::TESTS,
    tcb::TESTS,
    registers::TESTS,
    scheduling::TESTS,
    fault::TESTS,
    isolation::TESTS,
    fpu::TESTS,
    irq::TESTS,
    vcpu::TESTS,
    guest::TESTS,
];
