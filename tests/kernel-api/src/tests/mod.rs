//! The tests, by subject.

use crate::support::driver::Group;

mod cnode;
mod ipc;

/// All tests, in the order in which they run.
pub const ALL: &[Group] = &[cnode::TESTS, ipc::TESTS];
