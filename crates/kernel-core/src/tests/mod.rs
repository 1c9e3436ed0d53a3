//! Tests of the whole kernel on a machine of vectors, and property tests of
//! its parts.

mod boot;
mod capabilities;
mod derivation;
mod fastpath;
mod messages;
mod packing;
mod scheduling;
mod untyped;
mod vspace;
