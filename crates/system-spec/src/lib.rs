//! The description of a whole system: which kernel objects there are, which capabilities are
//! where, what memory holds at start, and what the monitor has to know.
//!
//! [`model`] is the form in which the assembler builds it.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod model;
