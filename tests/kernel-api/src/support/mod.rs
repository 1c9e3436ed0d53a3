//! What the tests have in common.

pub mod alarm;
pub mod check;
pub mod driver;
pub mod env;
pub mod guest;
pub mod image;
pub mod machine;
pub mod message;
pub mod space;
pub mod thread;

pub use check::{Failure, Outcome};
pub use env::Env;
pub use thread::Options;
