//! What the tools on the host share.
//!
//! | module | subject |
//! |---|---|
//! | [`command`] | child processes: announced, limited in time, quiet when they succeed |
//! | [`progress`] | what the user sees while something happens |
//! | [`cache`] | things that are downloaded or built once |
//! | [`apt`] | Debian's package system: the machine's sources, private look-ups and downloads |

pub mod apt;
pub mod cache;
pub mod command;
pub mod progress;
