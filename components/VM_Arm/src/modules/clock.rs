//! A clock.

use vmm_sel4::counter::Counter;
use vmm_sel4::modules::Rtc;

use crate::place::{Place, first_compatible};
use crate::{Error, Module, Setup};

/// Data: the time in seconds (Arm DDI 0224C 3.3.1).
const RTCDR: usize = 0x000;

/// A clock for guests of applications that add `dataport Buf(0x1000) clock_registers` to the
/// component type, connected with the board's PL031. The guest gets an emulated one, which has the
/// board's time at first and is the guest's own to set.
#[derive(Debug)]
pub struct EmulatedClock;

impl Module for EmulatedClock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        let Some(registers) = setup.runtime.dataport("clock_registers") else {
            return Ok(());
        };
        let connected =
            |error: Error| alloc::format!("clock_registers is connected, but {}", error.text());
        let place = setup.board_place(first_compatible("arm,pl031")).map_err(connected)?;
        let Place { range, spi } = place;
        if registers.physical() != Some(range.start().0) {
            return Err(alloc::format!(
                "clock_registers is not connected with the board's clock, which is at {}",
                range.start()
            )
            .into());
        }
        let seconds = registers.load(RTCDR);
        let seconds = seconds.map_err(|error| alloc::format!("clock_registers: {error}"))?;
        Ok(setup.add(Rtc { range, spi, clock: Counter, seconds })?)
    }
}
