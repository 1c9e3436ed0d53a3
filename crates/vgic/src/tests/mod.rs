//! Tests of whole controllers.

mod bench;
mod fuzz;
mod model;
mod properties;
mod regressions;
mod v2;
mod v3;
