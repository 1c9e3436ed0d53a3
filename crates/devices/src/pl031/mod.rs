//! The PrimeCell real time clock PL031 (Arm DDI 0224C).
//!
//! It counts seconds since 1970. Battery and firmware are part of the model: the clock runs and
//! has the time when the guest starts, and a reset doesn't stop it.

use vmm::clock::Clock;
use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;

use crate::prime_cell::{self, PrimeCell};
use crate::register::{not_writable, register, word};
use crate::timed::Timed;

/// Bytes of the registers.
pub const SIZE: u64 = 0x1000;

/// Data: the time (3.3.1).
const DR: u64 = 0x000;
/// Match: the time of an alarm (3.3.2).
const MR: u64 = 0x004;
/// Load: sets the time (3.3.3).
const LR: u64 = 0x008;
/// Control (3.3.4): started. Can't be stopped.
const CR: u64 = 0x00c;
/// Interrupt mask (3.3.5).
const IMSC: u64 = 0x010;
/// Raw interrupt status (3.3.6).
const RIS: u64 = 0x014;
/// Masked interrupt status (3.3.7).
const MIS: u64 = 0x018;
/// Interrupt clear (3.3.8).
const ICR: u64 = 0x01c;

const ID: PrimeCell = PrimeCell { part: 0x31, revision: 0 };

/// Ticks of the host's counter, and the time of the guest's clock.
#[derive(Clone, Copy, Debug)]
struct Moment {
    ticks: u64,
    seconds: u32,
}

/// A real time clock.
#[derive(Debug)]
pub struct Pl031<L, C> {
    interrupt: L,
    clock: C,
    /// When the clock was set, and to what.
    set: Moment,
    load: u32,
    alarm: u32,
    /// When the alarm goes off next.
    alarm_at: u64,
    mask: bool,
    raw: bool,
}

impl<L: InterruptLine, C: Clock> Pl031<L, C> {
    /// A clock that shows `seconds` since 1970 now. It wraps in 2106.
    pub fn new(interrupt: L, clock: C, seconds: u32) -> Self {
        let set = Moment { ticks: clock.now(), seconds };
        let mut rtc =
            Self { interrupt, clock, set, load: 0, alarm: 0, alarm_at: 0, mask: false, raw: false };
        rtc.set_alarm(0);
        rtc
    }

    /// The time that the guest sees.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        let passed = self.clock.now().saturating_sub(self.set.ticks) / self.clock.frequency();
        self.set.seconds.wrapping_add(word(passed))
    }

    fn set_time(&mut self, seconds: u32) {
        self.load = seconds;
        self.set = Moment { ticks: self.clock.now(), seconds };
        self.set_alarm(self.alarm);
    }

    /// The alarm goes off when the time equals `alarm` next, at once if it does already.
    fn set_alarm(&mut self, alarm: u32) {
        self.alarm = alarm;
        let frequency = self.clock.frequency();
        let passed = self.clock.now().saturating_sub(self.set.ticks) / frequency;
        let ahead = alarm.wrapping_sub(self.seconds());
        let whole = passed.saturating_add(ahead.into());
        self.alarm_at = whole.saturating_mul(frequency).saturating_add(self.set.ticks);
        self.poll();
    }

    fn drive(&self) {
        self.interrupt.set_level(self.raw && self.mask);
    }
}

impl<L: InterruptLine, C: Clock> Timed for Pl031<L, C> {
    fn deadline(&self) -> Option<u64> {
        (self.mask && !self.raw).then_some(self.alarm_at)
    }

    fn poll(&mut self) {
        if self.clock.now() >= self.alarm_at {
            self.raw = true;
            // The next time that the counter, which has 32 bits, equals the alarm.
            let round = self.clock.frequency().saturating_mul(1 << 32);
            self.alarm_at = self.alarm_at.saturating_add(round);
        }
        self.drive();
    }
}

impl<L: InterruptLine, C: Clock> MmioDevice for Pl031<L, C> {
    fn widths(&self) -> Widths {
        Widths::UP_TO_WORDS
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        let Some(offset) = register(access, log) else {
            return 0;
        };
        self.poll();
        let value = match offset {
            DR => self.seconds(),
            MR => self.alarm,
            LR => self.load,
            CR => 1,
            IMSC => self.mask.into(),
            RIS => self.raw.into(),
            MIS => (self.raw && self.mask).into(),
            prime_cell::FIRST..prime_cell::END => ID.read(offset),
            _ => 0,
        };
        access.width.truncate(value.into())
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        let Some(offset) = register(access, log) else {
            return;
        };
        self.poll();
        let value = word(value);
        match offset {
            MR => self.set_alarm(value),
            LR => self.set_time(value),
            CR => {}
            IMSC => self.mask = value & 1 != 0,
            ICR if value & 1 != 0 => self.raw = false,
            ICR => {}
            _ => not_writable(offset, value, log),
        }
        self.drive();
    }

    /// The time stays.
    fn reset(&mut self) {
        self.load = 0;
        self.mask = false;
        self.set_alarm(0);
        self.raw = false;
        self.drive();
    }
}

#[cfg(test)]
mod test;
