//! How far clients get ahead of each other.
//!
//! The line may be faster than clients print. Then turns on the line share out nothing: whoever has
//! the processor prints, and may be done before others have begun. So what is taken out of clients'
//! rings is shared out as well, in rounds: a client that has had its share waits, with a full ring,
//! until all others who print have had theirs, or have left it for a moment.

use alloc::vec;
use alloc::vec::Vec;

/// Bytes of each client in a round.
pub(crate) const SHARE: usize = 8192;

/// Bytes that whoever has had its share may still send to end its line.
const LINE: usize = 512;

/// A round.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Bytes that were taken of each client.
    taken: Vec<usize>,
    /// Clients that are waited for, as bits: those that print, or have got input to answer.
    printing: u32,
    /// When each client had more than fits, last.
    flooded: Vec<Option<u64>>,
    /// When something was taken last.
    latest: u64,
    /// How long clients are waited for after that, in nanoseconds.
    hold: u64,
}

impl Shares {
    pub fn new(clients: usize, hold: u64) -> Self {
        Self { taken: vec![0; clients], printing: 0, flooded: vec![None; clients], latest: 0, hold }
    }

    /// Bytes that a client may still send in this round.
    pub fn left(&self, client: usize) -> usize {
        SHARE.saturating_sub(self.taken[client])
    }

    /// A client that has had its share may still send a byte to end its line.
    pub fn may_end_line(&self, client: usize) -> bool {
        self.taken[client] < SHARE + LINE
    }

    /// A client will print soon.
    pub fn expect(&mut self, client: usize) {
        self.printing |= 1 << client;
    }

    pub fn took(&mut self, client: usize, bytes: usize, now: u64) {
        self.taken[client] += bytes;
        self.printing |= 1 << client;
        self.latest = now;
    }

    /// A client's ring was looked at. `many`: it was so full that its client may wait for room.
    pub fn looked_at(&mut self, client: usize, many: bool, now: u64) {
        if many || self.left(client) == 0 {
            self.flooded[client] = Some(now);
        }
    }

    /// A client had more than fits less than `hold` before: its unfinished line goes on soon.
    pub fn goes_on(&self, client: usize, hold: u64, now: u64) -> bool {
        self.flooded[client].is_some_and(|time| now < time.saturating_add(hold))
    }

    fn clients(&self, which: impl Fn(usize) -> bool) -> u32 {
        (0..self.taken.len()).filter(|&client| which(client)).fold(0, |bits, it| bits | 1 << it)
    }

    /// Starts the next round if nobody is waited for any more.
    pub fn renew(&mut self, now: u64) {
        let ahead = self.clients(|client| self.left(client) == 0);
        let over = self.printing & !ahead == 0 || now >= self.latest.saturating_add(self.hold);
        if ahead != 0 && over {
            self.printing = self.clients(|client| self.taken[client] > 0);
            self.taken.fill(0);
        }
    }

    /// When the next round starts although nothing happens.
    pub fn due(&self) -> Option<u64> {
        let ahead = (0..self.taken.len()).any(|client| self.left(client) == 0);
        ahead.then(|| self.latest.saturating_add(self.hold))
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn nobody_gets_ahead() {
        let mut shares = Shares::new(3, 100);
        shares.took(0, 10, 0);
        shares.took(1, SHARE, 0);
        shares.renew(99);
        assert_eq!([0, 1, 2].map(|client| shares.left(client)), [SHARE - 10, 0, SHARE]);
        assert_eq!(shares.due(), Some(100));
        shares.took(0, SHARE - 10, 50);
        // The third one isn't waited for, since it has never printed.
        shares.renew(50);
        assert_eq!([0, 1, 2].map(|client| shares.left(client)), [SHARE; 3]);
        assert_eq!(shares.due(), None);
    }

    #[test]
    fn who_is_asked_is_waited_for() {
        let mut shares = Shares::new(2, 100);
        shares.expect(0);
        shares.expect(1);
        shares.took(1, SHARE, 0);
        shares.renew(99);
        assert_eq!(shares.left(1), 0);
        shares.renew(100);
        shares.took(1, SHARE, 100);
        shares.renew(100);
        assert_eq!(shares.left(1), SHARE);
    }

    #[test]
    fn who_stops_is_waited_for_once() {
        let mut shares = Shares::new(2, 100);
        shares.took(1, 1, 0);
        shares.took(0, SHARE, 0);
        shares.renew(100);
        assert_eq!(shares.left(0), SHARE);
        shares.took(0, SHARE, 100);
        shares.renew(199);
        assert_eq!((shares.left(0), shares.due()), (0, Some(200)));
        shares.renew(200);
        shares.took(0, SHARE, 200);
        shares.renew(200);
        assert_eq!(shares.left(0), SHARE);
    }
}
