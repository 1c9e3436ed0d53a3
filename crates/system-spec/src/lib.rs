//! The description of a whole system: which kernel objects there are, which capabilities are
//! where, what memory holds at start, and what the monitor has to know.
//!
//! - [`model`] is the form in which the assembler builds it.
//! - [`check`](mod@check) says what is wrong with one, before anything boots.
//! - [`flat`] is the form in which it lies in the boot image: written by `flat::encode`, read in
//!   place by [`flat::Spec`], without a heap.
//! - [`attached`] is how the initializer finds it there.
//! - [`symbols`] names addresses in reports of faults.
//! - [`log_ring`] carries a component's output to the monitor.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod attached;
#[cfg(feature = "alloc")]
pub mod check;
pub mod flat;
pub mod log_ring;
pub mod model;
pub mod symbols;
