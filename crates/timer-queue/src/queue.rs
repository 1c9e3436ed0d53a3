//! The timers of all clients.

use alloc::boxed::Box;
use alloc::vec;

use crate::heap::Heap;

/// Timers that one mask of `completed()` can tell: the bits of its `unsigned int`.
pub const MASK_BITS: usize = 32;
/// The largest `timers_per_client`.
pub const MAX_TIMERS_PER_CLIENT: usize = 1024;

/// Who may have timers.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    /// The badges that clients call with.
    pub badges: &'a [u64],
    /// How many timers each of them has, numbered from 0.
    pub timers_per_client: usize,
}

/// A configuration that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// timers_per_client is {0}, expected 1 to 1024
    #[error("timers_per_client is {0}, expected 1 to {MAX_TIMERS_PER_CLIENT}")]
    TimersPerClient(usize),
    /// two clients have the badge {0}, expected different ones
    #[error("two clients have the badge {0}, expected different ones")]
    SameBadge(u64),
}

/// A request that can't be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimerError {
    /// no client has this badge
    #[error("a call with badge {0}, which no client has")]
    NoSuchClient(u64),
    /// this client has no such timer
    #[error(
        "client {badge} named its timer {timer}, expected 0 to {}",
        .timers_per_client.saturating_sub(1)
    )]
    NoSuchTimer {
        /// The client.
        badge: u64,
        /// What it named.
        timer: i32,
        /// How many it has.
        timers_per_client: usize,
    },
    /// masks begin at multiples of 32
    #[error("client {badge} asked for the mask from timer {timer}, expected a multiple of 32")]
    NoMask {
        /// The client.
        badge: u64,
        /// Where it was to begin.
        timer: i32,
    },
    /// this timer has not expired since somebody asked
    #[error("timer {timer} of client {badge} has not expired since that was asked last")]
    NotExpired {
        /// The client.
        badge: u64,
        /// The timer.
        timer: i32,
    },
    /// a period of zero would never end
    #[error("client {badge} gave its timer {timer} a period of 0 ns, expected 1 or more")]
    NoPeriod {
        /// The client.
        badge: u64,
        /// The timer.
        timer: i32,
    },
}

impl TimerError {
    /// What a procedure of `Timer.idl4` returns for it: EPERM, EAGAIN or EINVAL.
    #[must_use]
    pub const fn errno(self) -> i32 {
        match self {
            Self::NoSuchClient(_) => 1,
            Self::NotExpired { .. } => 11,
            Self::NoSuchTimer { .. } | Self::NoMask { .. } | Self::NoPeriod { .. } => 22,
        }
    }
}

/// A timer that has fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Whose it is.
    pub badge: u64,
    /// Its number.
    pub timer: usize,
    /// When it was due.
    pub due: u64,
    /// How much later it was found to be due; of a periodic timer, the first of its `periods`.
    pub late: u64,
    /// Periods that are over: more than one if the server was kept from noticing.
    pub periods: u64,
}

/// How a timer expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// When it was due, the last time.
    pub due: u64,
    /// How much later it was found to be due then.
    pub late: u64,
    /// How many times it expired, periods that were noticed together included.
    pub count: u64,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    due: u64,
    /// Zero if it fires once.
    period: u64,
    /// Since its client asked.
    expired: Expired,
}

/// All timers.
#[derive(Debug)]
pub struct TimerQueue {
    badges: Box<[u64]>,
    timers_per_client: usize,
    timers: Box<[Timer]>,
    pending: Heap,
    /// Some words for each client.
    completed: Box<[u32]>,
    /// Clients that have to be told.
    notify: Box<[bool]>,
    /// Breaks ties, first come, first served.
    settings: u64,
}

impl TimerQueue {
    /// Room for all timers, which are all stopped. Nothing is allocated later.
    ///
    /// # Errors
    /// The configuration can't be.
    pub fn new(config: Config<'_>) -> Result<Self, ConfigError> {
        let Config { badges, timers_per_client } = config;
        if !(1..=MAX_TIMERS_PER_CLIENT).contains(&timers_per_client) {
            return Err(ConfigError::TimersPerClient(timers_per_client));
        }
        let twice = badges.iter().enumerate().find(|&(n, badge)| badges[..n].contains(badge));
        if let Some((_, &badge)) = twice {
            return Err(ConfigError::SameBadge(badge));
        }
        let timers = badges.len() * timers_per_client;
        let words = badges.len() * timers_per_client.div_ceil(MASK_BITS);
        let unset = Timer { due: 0, period: 0, expired: Expired::default() };
        Ok(Self {
            badges: badges.into(),
            timers_per_client,
            timers: vec![unset; timers].into_boxed_slice(),
            pending: Heap::new(timers),
            completed: vec![0; words].into_boxed_slice(),
            notify: vec![false; badges.len()].into_boxed_slice(),
            settings: 0,
        })
    }

    /// Sets a timer to fire once, at `due`, instead of what it was set to.
    ///
    /// # Errors
    /// There is no such client or timer.
    pub fn set_oneshot(&mut self, badge: u64, timer: i32, due: u64) -> Result<(), TimerError> {
        let index = self.index(badge, timer)?;
        self.set(index, due, 0);
        Ok(())
    }

    /// Sets a timer to fire each `period`, the first time one period after `now`.
    ///
    /// # Errors
    /// There is no such client or timer, or the period is zero.
    pub fn set_periodic(
        &mut self, badge: u64, timer: i32, now: u64, period: u64,
    ) -> Result<(), TimerError> {
        let index = self.index(badge, timer)?;
        if period == 0 {
            return Err(TimerError::NoPeriod { badge, timer });
        }
        self.set(index, now.saturating_add(period), period);
        Ok(())
    }

    /// Stops a timer. If it has fired, that stays in [`completed`](Self::completed).
    ///
    /// # Errors
    /// There is no such client or timer.
    pub fn stop(&mut self, badge: u64, timer: i32) -> Result<(), TimerError> {
        let index = self.index(badge, timer)?;
        self.pending.remove(index);
        Ok(())
    }

    /// Which of a client's timers `first` to `first + 31` have fired since this was asked last:
    /// bit 0 is timer `first`, which is a multiple of 32. The others are left for another call.
    ///
    /// # Errors
    /// There is no such client, no such timer, or no mask begins with it.
    pub fn completed(&mut self, badge: u64, first: i32) -> Result<u32, TimerError> {
        let index = self.index(badge, first)?;
        let (client, timer) = (index / self.timers_per_client, index % self.timers_per_client);
        if !timer.is_multiple_of(MASK_BITS) {
            return Err(TimerError::NoMask { badge, timer: first });
        }
        let word = client * self.words() + timer / MASK_BITS;
        Ok(core::mem::take(&mut self.completed[word]))
    }

    /// How a timer expired since this was asked last.
    ///
    /// # Errors
    /// There is no such client or timer, or it didn't.
    pub fn expired(&mut self, badge: u64, timer: i32) -> Result<Expired, TimerError> {
        let index = self.index(badge, timer)?;
        let expired = core::mem::take(&mut self.timers[index].expired);
        if expired.count == 0 {
            return Err(TimerError::NotExpired { badge, timer });
        }
        Ok(expired)
    }

    /// When the next timer is due; `None` if none is set.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.pending.first().map(|(_, due)| due)
    }

    /// Fires the timer that is due first, if one is due at `now`. A periodic timer is set to its
    /// next period after `now`, so this ends for a fixed `now`.
    pub fn fire(&mut self, now: u64) -> Option<Expiry> {
        let (index, due) = self.pending.first().filter(|&(_, due)| due <= now)?;
        let late = now - due;
        let period = self.timers[index].period;
        let mut periods = 1;
        let mut last = due;
        self.pending.remove(index);
        if let Some(more) = late.checked_div(period) {
            periods += more;
            last = due.saturating_add(period.saturating_mul(more));
            // It can't overflow by more than one period past `now`.
            let due = due.saturating_add(period.saturating_mul(periods));
            if due > now {
                self.set(index, due, period);
            }
        }
        let expired = &mut self.timers[index].expired;
        let count = expired.count.saturating_add(periods);
        *expired = Expired { due: last, late: now - last, count };
        let (client, timer) = (index / self.timers_per_client, index % self.timers_per_client);
        self.completed[client * self.words() + timer / MASK_BITS] |= 1 << (timer % MASK_BITS);
        self.notify[client] = true;
        Some(Expiry { badge: self.badges[client], timer, due, late, periods })
    }

    /// Clients with timers that have fired since this was asked last, each once.
    pub fn take_notified(&mut self) -> impl Iterator<Item = u64> + '_ {
        let clients = self.badges.iter().zip(&mut self.notify);
        clients.filter_map(|(&badge, notify)| core::mem::take(notify).then_some(badge))
    }

    fn words(&self) -> usize {
        self.timers_per_client.div_ceil(MASK_BITS)
    }

    fn set(&mut self, index: usize, due: u64, period: u64) {
        let timer = &mut self.timers[index];
        (timer.due, timer.period) = (due, period);
        self.pending.insert(index, (due, self.settings));
        self.settings += 1;
    }

    fn index(&self, badge: u64, timer: i32) -> Result<usize, TimerError> {
        let client = self.badges.iter().position(|&known| known == badge);
        let client = client.ok_or(TimerError::NoSuchClient(badge))?;
        let timers_per_client = self.timers_per_client;
        let number = usize::try_from(timer).ok().filter(|&number| number < timers_per_client);
        let number = number.ok_or(TimerError::NoSuchTimer { badge, timer, timers_per_client })?;
        Ok(client * timers_per_client + number)
    }
}
