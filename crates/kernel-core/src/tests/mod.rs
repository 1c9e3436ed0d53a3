//! Tests of the whole kernel on a machine of vectors, and property tests of
//! its parts.

mod boot;
mod capabilities;
mod derivation;
mod every_schedule;
mod every_tree;
mod fastpath;
mod freed;
mod messages;
mod model;
mod nesting;
mod packing;
mod scheduling;
mod untyped;
mod vspace;
