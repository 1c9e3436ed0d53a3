//! Many timers of many clients, out of one counter with one comparator.
//!
//! | module | subject |
//! |---|---|
//! | [`scale`] | counter ticks and nanoseconds, without overflow and without drift |
//! | [`queue`] | the timers: which is due next, what has expired, whom to tell |
//! | [`server`] | the procedures of `Timer.idl4` over a counter |
//!
//! Times are nanoseconds since the server started. No timer fires before its time; of those that
//! are due, the one with the earlier time fires first, and of two with the same time the one that
//! was set first. A timer whose time has passed when it is set fires at once. The comparator is
//! off while no timer is set: there is no tick. If somebody else changes it, the server's next call or
//! interrupt sets it right.
//!
//! ```
//! use core::num::NonZeroU32;
//! use timer_queue::queue::Config;
//! use timer_queue::server::{Comparator, TimeServer};
//!
//! /// What a component implements with CNTPCT_EL0, CNTP_CVAL_EL0 and CNTP_CTL_EL0.
//! #[derive(Default)]
//! struct Counter { count: u64, compare: Option<u64> }
//! impl Comparator for Counter {
//!     fn count(&self) -> u64 { self.count }
//!     fn compare(&mut self, count: Option<u64>) { self.compare = count; }
//!     fn compared(&self) -> Option<u64> { self.compare }
//! }
//!
//! let frequency = NonZeroU32::new(62_500_000).unwrap();
//! let config = Config { badges: &[1, 2], timers_per_client: 4 };
//! let mut server = TimeServer::new(Counter::default(), frequency, config)?;
//! assert_eq!(server.oneshot_relative(2, 3, 1_000), Ok(()));
//! assert_eq!(server.comparator().compare, Some(63));
//!
//! server.comparator_mut().count = 63;
//! let mut notified = Vec::new();
//! server.interrupt(|badge| notified.push(badge));
//! assert_eq!(notified, [2]);
//! assert_eq!(server.completed(2), Ok(1 << 3));
//! assert_eq!(server.comparator().compare, None);
//! # Ok::<(), timer_queue::queue::ConfigError>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod heap;
pub mod queue;
pub mod scale;
pub mod server;
