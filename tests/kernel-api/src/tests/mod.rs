//! The tests, by subject.

use crate::support::driver::Group;

mod cnode;
mod cspace;
mod device;
mod ipc;
mod notification;
mod untyped;

/// All tests, in the order in which they run.
pub const ALL: &[Group] = &[
    cnode::TESTS,
    cspace::TESTS,
    untyped::TESTS,
    device::TESTS,
    notification::TESTS,
    ipc::TESTS,
];
