//! A client's state in memory that it shares with the server.
//!
//! It is in the last page of the memory of the client's connection for input, behind the ring. The
//! client writes it from time to time and when the server notifies it; the server reads it when
//! somebody asks, and believes nothing of it that it needs for itself.

use alloc::string::String;
use alloc::vec::Vec;

use crate::status::State;

/// Bytes of a report.
pub const REPORT_BYTES: usize = HEAD + EXITS * EXIT;
/// Bytes of shared memory for it: a page.
pub const REPORT_PAGE: usize = 4096;
/// Where the report starts in its page; before that is a word that is odd while it is written.
pub const REPORT_OFFSET: usize = 8;

/// Reasons of exits that a report has room for.
const EXITS: usize = 16;
/// Bytes of each: the name, and the number.
const EXIT: usize = NAME + 8;
const NAME: usize = 24;
/// State, flags, number of exits; then five numbers.
const HEAD: usize = 8 + 5 * 8;

const INTERRUPTS: u8 = 1;
const TIME: u8 = 2;
const MEMORY: u8 = 4;

/// What a client says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its state.
    pub state: State,
    /// How often a guest stopped, by reason.
    pub exits: Vec<(String, u64)>,
    /// Interrupts that it got.
    pub interrupts: Option<u64>,
    /// Ticks of the counter that it was idle, and all of them, since it was started.
    pub time: Option<(u64, u64)>,
    /// Bytes of memory, in use and in all.
    pub memory: Option<(u64, u64)>,
}

impl Report {
    /// The first byte of a report of one who is running.
    pub const RUNNING: u8 = 1;

    /// As bytes. Names are cut to 24 bytes, and there are no more than 16 reasons.
    #[must_use]
    pub fn encode(&self) -> [u8; REPORT_BYTES] {
        let mut bytes = [0; REPORT_BYTES];
        let count = self.exits.len().min(EXITS);
        let flags = [
            (self.interrupts.is_some(), INTERRUPTS),
            (self.time.is_some(), TIME),
            (self.memory.is_some(), MEMORY),
        ];
        // Zero is memory that nobody has written.
        bytes[0] = match self.state {
            State::Running => Self::RUNNING,
            State::Idle => 2,
            State::Stopped => 3,
            State::Faulted => 4,
        };
        bytes[1] = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum();
        bytes[2] = u8::try_from(count).unwrap_or(0);
        let (idle, all) = self.time.unwrap_or_default();
        let (used, size) = self.memory.unwrap_or_default();
        let numbers = [self.interrupts.unwrap_or(0), idle, all, used, size];
        for (place, number) in bytes[8..HEAD].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        for (place, (name, number)) in bytes[HEAD..].chunks_exact_mut(EXIT).zip(&self.exits) {
            let name = &name.as_bytes()[..name.len().min(NAME)];
            place[..name.len()].copy_from_slice(name);
            place[NAME..].copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// From bytes that a client has written. None if they are no report. What isn't printable in a
    /// name becomes a question mark: names go to the terminal.
    #[must_use]
    pub fn decode(bytes: &[u8; REPORT_BYTES]) -> Option<Self> {
        let state = match bytes[0] {
            Self::RUNNING => State::Running,
            2 => State::Idle,
            3 => State::Stopped,
            4 => State::Faulted,
            _ => return None,
        };
        let count = usize::from(bytes[2]);
        if count > EXITS {
            return None;
        }
        let mut numbers = [0; 5];
        for (number, place) in numbers.iter_mut().zip(bytes[8..HEAD].chunks_exact(8)) {
            *number = u64_of(place);
        }
        let [interrupts, idle, all, used, size] = numbers;
        let has = |flag| bytes[1] & flag != 0;
        let exit = |place: &[u8]| {
            let name = place[..NAME].iter().take_while(|byte| **byte != 0);
            let printable = |&byte: &u8| match byte {
                b' '..=b'~' => char::from(byte),
                _ => '?',
            };
            (name.map(printable).collect(), u64_of(&place[NAME..]))
        };
        Some(Self {
            state,
            exits: bytes[HEAD..].chunks_exact(EXIT).take(count).map(exit).collect(),
            interrupts: has(INTERRUPTS).then_some(interrupts),
            time: has(TIME).then_some((idle, all)),
            memory: has(MEMORY).then_some((used, size)),
        })
    }

    /// Of a hundred parts of time since an earlier report of the same client, or its start, those in
    /// which it was idle.
    #[must_use]
    pub fn idle_percent(&self, earlier: Option<(u64, u64)>) -> Option<u8> {
        let (idle, all) = self.time?;
        // A client that was started again counts from the start.
        let (idle_before, all_before) =
            earlier.filter(|before| before.0 <= idle && before.1 < all).unwrap_or_default();
        let (idle, all) = (u128::from(idle - idle_before), u128::from(all - all_before));
        let percent = (idle * 100).checked_div(all)?.min(100);
        u8::try_from(percent).ok()
    }
}

fn u64_of(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reports_come_back(
            state in prop::sample::select(
                [State::Running, State::Idle, State::Stopped, State::Faulted].to_vec()),
            exits in prop::collection::vec(("[ -~]{0,24}", any::<u64>()), 0..=EXITS),
            interrupts: Option<u64>,
            time: Option<(u64, u64)>,
            memory: Option<(u64, u64)>,
        ) {
            let report = Report { state, exits, interrupts, time, memory };
            prop_assert_eq!(Report::decode(&report.encode()), Some(report));
        }

        #[test]
        fn any_bytes(
            mut bytes in prop::collection::vec(any::<u8>(), REPORT_BYTES),
            state: u8, count in 0_u8..20, before: Option<(u64, u64)>,
        ) {
            (bytes[0], bytes[2]) = (state, count);
            let bytes = <&[u8; REPORT_BYTES]>::try_from(&bytes[..]).unwrap();
            if let Some(report) = Report::decode(bytes) {
                prop_assert!((1..=4).contains(&state) && report.exits.len() <= EXITS);
                let mut names = report.exits.iter().flat_map(|(name, _)| name.chars());
                prop_assert!(names.all(|c| (' '..='~').contains(&c)));
                prop_assert!(report.idle_percent(before).is_none_or(|percent| percent <= 100));
            }
        }
    }

    #[test]
    fn idle_since_the_last_time() {
        let report = |time| Report {
            state: State::Idle,
            exits: Vec::new(),
            interrupts: None,
            time,
            memory: None,
        };
        assert_eq!(report(Some((50, 200))).idle_percent(None), Some(25));
        assert_eq!(report(Some((50, 200))).idle_percent(Some((0, 100))), Some(50));
        assert_eq!(report(Some((50, 200))).idle_percent(Some((60, 300))), Some(25));
        assert_eq!(report(Some((0, 0))).idle_percent(None), None);
        assert_eq!(report(None).idle_percent(None), None);
    }
}
