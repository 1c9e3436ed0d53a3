//! What wakes the component when its guest is idle: the board's timer, if no other VM needs it, or
//! a time server.

use component::Runtime;
use vmm::clock::{self, Clock};
use vmm_sel4::counter::{Counter, PhysicalTimer};

use crate::vm::clients::Timer;

/// The timer that the component uses, of those that it has at the time server.
const TIMER: i32 = 0;

/// Who wakes the component.
pub enum Alarm {
    /// The board's timer, whose interrupt the component has.
    Board(PhysicalTimer),
    /// A time server.
    Server(Timer),
}

impl Alarm {
    /// The one that the assembly has for the component, which may have the board's.
    ///
    /// # Errors
    /// It has none; in a sentence.
    pub fn new(runtime: Runtime, board: bool) -> Result<Self, &'static str> {
        match runtime.connection("timer") {
            _ if board => Ok(Self::Board(PhysicalTimer::new())),
            Some(server) => Ok(Self::Server(Timer::new(server))),
            None => Err("there is no timer, and no time server"),
        }
    }
}

impl clock::Alarm for Alarm {
    fn wake_at(&mut self, deadline: Option<u64>) {
        let server = match self {
            Self::Board(timer) => return timer.wake_at(deadline),
            Self::Server(server) => server,
        };
        let set = match deadline {
            // Its clock began at another time, so it is told how long.
            Some(deadline) => {
                let ticks = deadline.saturating_sub(Counter.now());
                let time = clock::nanoseconds(ticks, Counter.frequency());
                server.oneshot_relative(TIMER, time.saturating_add(1))
            }
            None => server.stop(TIMER),
        };
        match set {
            Ok(0) => (),
            Ok(errno) => {
                component::log::error!("the time server doesn't wake the guest: error {errno}");
            }
            Err(error) => component::log::error!("the time server doesn't wake the guest: {error}"),
        }
    }
}
