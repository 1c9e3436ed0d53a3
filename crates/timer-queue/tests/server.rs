//! A time server over a counter that stands still until it is told to go on.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use proptest::prelude::*;
use timer_queue::queue::{Config, ConfigError, TimerError};
use timer_queue::server::{Comparator, TimeServer, code};

const FREQUENCY: u32 = 62_500_000;
const TICK: u64 = 16;

/// Counts interrupts that are programmed and turned off, too.
#[derive(Debug, Default)]
struct Counter {
    count: u64,
    compare: Option<u64>,
}

impl Comparator for Counter {
    fn count(&self) -> u64 {
        self.count
    }

    fn compare(&mut self, count: Option<u64>) {
        self.compare = count;
    }

    fn compared(&self) -> Option<u64> {
        self.compare
    }
}

fn server(badges: &[u64], timers_per_client: usize) -> TimeServer<Counter> {
    let counter = Counter { count: 1_000_000, compare: Some(3) };
    let frequency = NonZeroU32::new(FREQUENCY).unwrap();
    TimeServer::new(counter, frequency, Config { badges, timers_per_client }).unwrap()
}

/// Goes on to the next interrupt, and returns what fired, and who was told.
fn interrupt(server: &mut TimeServer<Counter>, delay: u64) -> (Vec<(u64, usize, u64)>, Vec<u64>) {
    let compare = server.comparator().compare.expect("no interrupt is due");
    let counter = server.comparator_mut();
    counter.count = counter.count.max(compare) + delay;
    let now = server.time();
    let (mut fired, mut told) = (Vec::new(), Vec::new());
    server.interrupt_with(
        |expiry| {
            assert_eq!(now - expiry.due, expiry.late);
            fired.push((expiry.badge, expiry.timer, expiry.due));
        },
        |badge| told.push(badge),
    );
    (fired, told)
}

#[test]
fn time_starts_at_zero_and_nothing_is_due() {
    let mut server = server(&[1], 1);
    assert_eq!((server.time(), server.comparator().compare), (0, None));
    server.comparator_mut().count += 1;
    assert_eq!(server.time(), TICK);
}

#[test]
fn a_oneshot_fires_once_at_its_time() {
    let mut server = server(&[7], 3);
    server.comparator_mut().count += 10;
    server.oneshot_relative(7, 2, 32).unwrap();
    assert_eq!(server.comparator().compare, Some(1_000_012));
    // An interrupt that comes early fires nothing.
    server.interrupt(|_| panic!("too early"));
    assert_eq!(interrupt(&mut server, 0), (vec![(7, 2, 192)], vec![7]));
    assert_eq!(server.comparator().compare, None);
    assert_eq!(server.completed_from(7, 1).map_err(|error| error.errno()), Err(22));
    assert_eq!((server.completed(7), server.completed(7)), (Ok(0b100), Ok(0)));
}

#[test]
fn a_time_in_the_past_fires_at_once() {
    let mut server = server(&[7], 1);
    server.comparator_mut().count += 100;
    server.oneshot_absolute(7, 0, 5).unwrap();
    assert!(server.comparator().compare <= Some(server.comparator().count));
    assert_eq!(interrupt(&mut server, 0), (vec![(7, 0, 5)], vec![7]));
    assert_eq!(server.statistics().latest, 1600 - 5);
}

#[test]
fn setting_a_timer_again_replaces_it() {
    let mut server = server(&[1], 2);
    server.periodic(1, 0, 100).unwrap();
    server.oneshot_absolute(1, 0, 1600).unwrap();
    assert_eq!(server.comparator().compare, Some(1_000_100));
    server.oneshot_absolute(1, 0, 160).unwrap();
    assert_eq!(server.comparator().compare, Some(1_000_010));
    server.stop(1, 0).unwrap();
    assert_eq!(server.comparator().compare, None);
    server.stop(1, 0).unwrap();
}

/// What has fired is told although the timer was stopped or set again in between.
#[test]
fn a_completion_survives_stop() {
    let mut server = server(&[1], 2);
    server.oneshot_relative(1, 1, 0).unwrap();
    interrupt(&mut server, 0);
    server.stop(1, 1).unwrap();
    server.oneshot_relative(1, 1, 1_000).unwrap();
    assert_eq!(server.completed(1), Ok(0b10));
}

/// Guests can write the comparator, on kernels that let user level do so.
#[test]
fn what_somebody_else_sets_the_comparator_to_does_not_last() {
    let mut server = server(&[1, 2], 1);
    server.oneshot_relative(1, 0, 1_600).unwrap();
    let due = Some(1_000_100);
    // No interrupt would come any more, but another client's later timer, or any call, mends that.
    server.comparator_mut().compare = Some(u64::MAX);
    server.oneshot_relative(2, 0, 160_000).unwrap();
    assert_eq!(server.comparator().compare, due);
    server.comparator_mut().compare = None;
    server.stop(2, 0).unwrap();
    assert_eq!(server.comparator().compare, due);
    // Calls that are refused do so too.
    let calls: [fn(&mut TimeServer<Counter>) -> bool; 13] = [
        |server| server.time() == 0,
        |server| server.completed(1) == Ok(0),
        |server| server.completed_from(1, 0) == Ok(0),
        |server| server.completed_from(1, -1).is_err(),
        |server| server.completed(3).is_err(),
        |server| server.expired(1, 0).is_err(),
        |server| server.expired(3, 0).is_err(),
        |server| server.periodic(1, 0, 0).is_err(),
        |server| server.periodic(3, 0, 16).is_err(),
        |server| server.oneshot_absolute(1, 1, 16).is_err(),
        |server| server.oneshot_relative(1, -1, 16).is_err(),
        |server| server.stop(1, 1).is_err(),
        |server| server.stop(2, 0).is_ok(),
    ];
    for (number, call) in calls.into_iter().enumerate() {
        server.comparator_mut().compare = None;
        assert!(call(&mut server), "call {number}");
        assert_eq!(server.comparator().compare, due, "call {number}");
    }
    // One for which nothing is due doesn't come again and again.
    server.comparator_mut().compare = Some(0);
    server.interrupt(|_| panic!("too early"));
    assert_eq!(server.comparator().compare, due);
    server.stop(1, 0).unwrap();
    server.comparator_mut().compare = Some(0);
    server.interrupt(|_| panic!("nothing is set"));
    assert_eq!(server.comparator().compare, None);
}

/// Periods are counted from the start, however late the interrupts are, and those that are over
/// before anybody noticed are reported.
#[test]
fn a_period_does_not_drift() {
    let mut server = server(&[1], 1);
    server.periodic(1, 0, 1_000).unwrap();
    let mut due = Vec::new();
    for delay in [0, 7, 30, 0, 0] {
        due.extend(interrupt(&mut server, delay).0.iter().map(|&(_, _, due)| due));
    }
    assert_eq!(due, [1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(server.statistics().skipped, 0);
    server.comparator_mut().count = 1_000_000 + 62_500;
    assert_eq!(interrupt(&mut server, 0).0, [(1, 0, 6_000)]);
    assert_eq!((server.statistics().fired, server.statistics().skipped), (6, 994));
    assert_eq!(interrupt(&mut server, 0).0, [(1, 0, 1_001_000)]);
}

#[test]
fn the_end_of_time_is_no_trap() {
    let mut server = server(&[1], 3);
    server.oneshot_relative(1, 0, u64::MAX).unwrap();
    server.periodic(1, 1, u64::MAX).unwrap();
    server.periodic(1, 2, u64::MAX / 2 + 1).unwrap();
    server.comparator_mut().count = u64::MAX;
    let (fired, _) = interrupt(&mut server, 0);
    assert_eq!(fired.len(), 3);
    // None of them has another period that the clock could show.
    assert_eq!(server.comparator().compare, None);
}

#[test]
fn equal_times_fire_in_the_order_of_setting() {
    let mut server = server(&[1, 2], 3);
    for (badge, timer) in [(2, 1), (1, 2), (1, 0), (2, 0), (2, 2), (1, 1)] {
        server.oneshot_absolute(badge, timer, 777).unwrap();
    }
    server.stop(1, 0).unwrap();
    server.oneshot_absolute(1, 0, 777).unwrap();
    let (fired, told) = interrupt(&mut server, 0);
    let order: Vec<_> = fired.iter().map(|&(badge, timer, _)| (badge, timer)).collect();
    assert_eq!(order, [(2, 1), (1, 2), (2, 0), (2, 2), (1, 1), (1, 0)]);
    assert_eq!(told, [1, 2]);
}

#[test]
fn badges_and_numbers_are_checked() {
    let mut server = server(&[3, 9], 2);
    let unknown = Err(TimerError::NoSuchClient(0));
    assert_eq!(server.oneshot_relative(0, 0, 1), unknown);
    assert_eq!(server.completed(0).map(|_| ()), unknown);
    assert_eq!(server.stop(u64::MAX, 0), Err(TimerError::NoSuchClient(u64::MAX)));
    for timer in [-1, 2, i32::MAX, i32::MIN] {
        let error = server.periodic(9, timer, 5).unwrap_err();
        assert_eq!((error.errno(), code(Err(error)), code(Ok(()))), (22, 22, 0));
        let text = format!("client 9 named its timer {timer}, expected 0 to 1");
        assert_eq!(error.to_string(), text);
    }
    let error = server.periodic(9, 0, 0).unwrap_err();
    assert_eq!(error.to_string(), "client 9 gave its timer 0 a period of 0 ns, expected 1 or more");
    assert_eq!(code(unknown), 1);
    assert_eq!(server.comparator().compare, None);
}

#[test]
fn configurations_are_checked() {
    let new = |badges: &[u64], timers_per_client| {
        let frequency = NonZeroU32::new(1).unwrap();
        let config = Config { badges, timers_per_client };
        TimeServer::new(Counter::default(), frequency, config).map(|_| ()).unwrap_err()
    };
    assert_eq!(new(&[1], 0).to_string(), "timers_per_client is 0, expected 1 to 1024");
    assert_eq!(new(&[1], 1025), ConfigError::TimersPerClient(1025));
    let same = new(&[1, 4, 2, 4], 1).to_string();
    assert_eq!(same, "two clients have the badge 4, expected different ones");
}

/// 1,000 timers of 10 clients, of which many share their times, all running at once, with
/// interrupts that are up to 3 µs late.
#[test]
fn a_thousand_timers_of_ten_clients() {
    let badges: Vec<u64> = (1..=10).map(|client| client * 3).collect();
    let mut server = server(&badges, 100);
    let mut expected = Vec::new();
    for (order, n) in (0_u64..).zip((0..1000).map(|n| n * 389 % 1000)) {
        let (badge, timer) = (badges[n / 100], n % 100);
        let due = (n as u64).wrapping_mul(0x9e37_79b9) % 700 * 1_003;
        server.oneshot_absolute(badge, i32::try_from(timer).unwrap(), due).unwrap();
        expected.push(((due, order), (badge, timer, due)));
    }
    expected.sort_unstable();
    let mut fired = Vec::new();
    while server.comparator().compare.is_some() {
        let before = fired.len();
        let (now, told) = interrupt(&mut server, fired.len() as u64 * 7 % 190);
        fired.extend(now);
        assert!(fired[before..].iter().all(|(badge, _, _)| told.contains(badge)));
        assert!(told.iter().all(|badge| fired[before..].iter().any(|fired| fired.0 == *badge)));
    }
    let expected: Vec<_> = expected.into_iter().map(|(_, timer)| timer).collect();
    assert_eq!(fired, expected);
    // Each mask has all of its 32 timers.
    for &badge in &badges {
        let masks = [0, 32, 64, 96].map(|first| server.completed_from(badge, first).unwrap());
        assert_eq!(masks, [u32::MAX, u32::MAX, u32::MAX, 0xf]);
        assert_eq!(server.completed(badge), Ok(0));
    }
    let statistics = server.statistics();
    assert_eq!((statistics.fired, statistics.skipped), (1000, 0));
    assert!(statistics.latest < 190 * TICK + 700 * TICK, "{statistics:?}");
}

proptest! {
    /// Against a map that is searched: the same timers fire, at the right time, whatever clients
    /// ask for.
    #[test]
    fn any_requests(
        steps in prop::collection::vec((0_u64..4, -1_i32..4, 0_u8..5, 0_u64..100), 1..200)
    ) {
        let mut server = server(&[1, 2, 3], 3);
        let mut model: BTreeMap<(u64, i32), (u64, u64)> = BTreeMap::new();
        for (badge, timer, request, ticks) in steps {
            let (now, ns) = (server.time(), ticks * TICK);
            let (result, set) = match request {
                0 => (server.oneshot_absolute(badge, timer, ns), Some((ns, 0))),
                1 => (server.oneshot_relative(badge, timer, ns), Some((now + ns, 0))),
                2 => (server.periodic(badge, timer, ns), Some((now + ns, ns))),
                3 => (server.stop(badge, timer), None),
                _ => {
                    server.comparator_mut().count += ticks;
                    (Ok(()), None)
                }
            };
            let known = (1..=3).contains(&badge) && (0..3).contains(&timer);
            if request < 4 {
                prop_assert_eq!(result.is_ok(), known && (request != 2 || ns != 0));
                if result.is_ok() {
                    model.remove(&(badge, timer));
                    model.extend(set.map(|set| ((badge, timer), set)));
                }
            }
            let now = server.time();
            let mut fired = Vec::new();
            server.interrupt_with(|expiry| fired.push(*expiry), |_| ());
            prop_assert!(fired.is_sorted_by_key(|expiry| expiry.due));
            for expiry in fired {
                let key = (expiry.badge, i32::try_from(expiry.timer).unwrap());
                let (due, period) = model.remove(&key).unwrap();
                prop_assert!(due == expiry.due && due <= now);
                if let Some(more) = (now - due).checked_div(period) {
                    prop_assert_eq!(expiry.periods, more + 1);
                    model.insert(key, (due + expiry.periods * period, period));
                }
            }
            let next = model.values().map(|&(due, _)| due).min();
            prop_assert!(next.is_none_or(|next| next > now));
            let compare = next.map(|next| 1_000_000 + next / TICK);
            prop_assert_eq!(server.comparator().compare, compare);
        }
    }
}
