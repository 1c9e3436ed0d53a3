//! Invocation labels.
//!
//! The label of a message that is sent to an object names the method. Labels count the methods
//! of [`crate::interfaces`] that the configuration has, so they depend on it.

include!(concat!(env!("OUT_DIR"), "/labels.rs"));
