//! Tests of the whole kernel on a machine of vectors, and property tests of
//! its parts.

mod boot;
mod capabilities;
mod derivation;
mod every_schedule;
mod every_tree;
mod fastpath;
mod messages;
mod model;
mod packing;
mod scheduling;
mod untyped;
mod vspace;
