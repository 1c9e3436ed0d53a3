//! What the multiplexer needs of the system: time, events to clients.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use component::{Caller, counter, counter_frequency, log};
use sel4::sel4_cfg_if;
use serial_mux::config::Client as Place;
use serial_mux::ring::RingError;
use serial_mux::server;
use serial_mux::status::Status;
use timer_queue::scale::Scale;

use crate::clients::Timer;
use crate::line::{self, Client};

/// The timer of the TimeServer's that is used.
const TIMER: i32 = 0;

/// The system.
#[derive(Debug)]
pub struct System {
    pub clients: Vec<Client>,
    timer: Option<Timer>,
    /// When the timer was set to expire.
    alarm: Option<u64>,
    /// The TimeServer's clock, which is the counter's; none without a TimeServer.
    clock: Option<Scale>,
    /// The server has to be called at once, which without a TimeServer nobody else does.
    again: bool,
}

impl System {
    pub fn new(clients: Vec<Client>, timer: Option<Timer>) -> Self {
        let clock = timer.and_then(|timer| timer.time().ok()).and_then(clock);
        Self { clients, timer, alarm: None, clock, again: false }
    }

    /// There is a TimeServer.
    pub const fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// Whether the server has to be called once more.
    pub fn take_again(&mut self) -> bool {
        core::mem::take(&mut self.again)
    }

    /// The place of a caller's instance on the line.
    pub fn place(&self, caller: &Caller) -> Option<u64> {
        let name = line::instance(caller);
        let place = self.clients.iter().position(|client| client.name == name)?;
        Some(place as u64)
    }

    /// The timer may have expired.
    pub fn rang(&mut self) {
        match self.timer.map(|timer| timer.completed()) {
            None | Some(Ok(0)) => (),
            Some(Ok(_)) => self.alarm = None,
            Some(Err(error)) => log::error!("the time server doesn't answer: {error}"),
        }
    }
}

/// The clock that tells this time now. Asking for the time at each turn would cost two calls.
fn clock(time: u64) -> Option<Scale> {
    let frequency = NonZeroU32::new(u32::try_from(counter_frequency()).ok()?)?;
    let ticks = Scale::new(frequency, 0).count(time);
    Some(Scale::new(frequency, counter().saturating_sub(ticks)))
}

impl server::System for System {
    fn time(&mut self) -> u64 {
        // Without a time server time stands still, as in the original.
        self.clock.map_or(0, |clock| clock.nanoseconds(counter()))
    }

    fn alarm(&mut self, time: Option<u64>) {
        let Some(timer) = self.timer.filter(|_| self.clock.is_some()) else {
            self.again = time == Some(0);
            return;
        };
        // One that comes early, or for nothing, does no harm, and costs less than to stop it.
        let Some(time) = time.filter(|&time| self.alarm.is_none_or(|set| time < set)) else {
            return;
        };
        match timer.oneshot_absolute(TIMER, time) {
            Ok(0) => self.alarm = Some(time),
            Ok(errno) => log::error!("the time server refuses a timer at {time} ns: error {errno}"),
            Err(error) => log::error!("the time server doesn't answer: {error}"),
        }
    }

    fn notify(&mut self, client: Place) {
        if let Some(input) = self.clients.get(client.index()).and_then(|it| it.input) {
            input.notify();
        }
    }

    fn room(&mut self, client: Place, ring: usize) {
        let Some(client) = self.clients.get(client.index()) else {
            // The monitor, where more may wait in components' own rings.
            return component::tell_monitor();
        };
        if let Some((_, output)) = client.output.get(ring) {
            output.notify();
        }
    }

    fn broken(&mut self, client: Place, error: RingError) {
        let name = self.clients.get(client.index()).map_or("the monitor", |client| client.name);
        log::error!("{name}: {error}; the ring isn't used any more");
    }

    fn ask_status(&mut self) {
        // Those who have no input in the ring answer.
        for input in self.clients.iter().filter_map(|client| client.input) {
            input.notify();
        }
    }

    fn status(&mut self, show: &mut dyn FnMut(&Status<'_>)) {
        for client in &mut self.clients {
            let Some(report) = client.state().and_then(|state| state.read()) else {
                continue;
            };
            let exits: Vec<_> =
                report.exits.iter().map(|(name, count)| (&**name, *count)).collect();
            show(&Status {
                name: client.name,
                state: report.state,
                exits: &exits,
                interrupts: report.interrupts,
                idle_percent: report.idle_percent(client.time),
                memory: report.memory,
            });
            client.time = report.time;
        }
    }

    fn dump_scheduler(&mut self) -> bool {
        sel4_cfg_if! {
            if #[sel4_cfg(PRINTING)] {
                sel4::debug_dump_scheduler();
                true
            } else {
                false
            }
        }
    }
}
