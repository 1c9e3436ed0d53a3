//! The tests, by subject.

use kernel_api_tests::support::driver::Group;

mod boot;
mod cache;
mod cnode;
mod cspace;
mod device;
mod domain;
mod fault;
mod fpu;
mod fuzz;
mod guest;
mod ipc;
mod irq;
mod isolation;
mod notification;
mod page;
mod page_table;
mod registers;
mod reply;
mod scheduling;
mod tcb;
mod transfer;
mod untyped;
mod vcpu;

/// All tests, in the order in which they run.
pub const ALL: &[Group] = &[
    boot::TESTS,
    boot::debug::TESTS,
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
    page::TESTS,
    page_table::TESTS,
    page_table::asid::TESTS,
    cache::TESTS,
    domain::TESTS,
    irq::TESTS,
    vcpu::TESTS,
    guest::TESTS,
    fuzz::TESTS,
];
