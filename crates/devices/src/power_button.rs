//! A power button: a key on a pin of a PL061, as the device tree binding `gpio-keys` describes it.

use vmm::clock::Clock;
use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;

use crate::pl061::Pl061;
use crate::timed::Timed;

/// The pin of the key, as on QEMU's virt machine. Active high.
pub const PIN: u8 = 3;

/// Presses last a tenth of a second: longer than drivers take for bouncing, shorter than what
/// systems take for a forced power-off.
const PRESSES_PER_SECOND: u64 = 10;

/// A PL061 with a key.
#[derive(Debug)]
pub struct PowerButton<L, C> {
    gpio: Pl061<L>,
    clock: C,
    release_at: Option<u64>,
}

impl<L: InterruptLine, C: Clock> PowerButton<L, C> {
    /// A key that isn't pressed.
    pub fn new(interrupt: L, clock: C) -> Self {
        Self { gpio: Pl061::new(interrupt), clock, release_at: None }
    }

    /// Presses the key for a short time.
    pub fn press(&mut self) {
        let duration = self.clock.frequency() / PRESSES_PER_SECOND;
        self.release_at = Some(self.clock.now().saturating_add(duration));
        self.gpio.set_input(PIN, true);
    }
}

impl<L: InterruptLine, C: Clock> Timed for PowerButton<L, C> {
    fn deadline(&self) -> Option<u64> {
        self.release_at
    }

    fn poll(&mut self) {
        if self.release_at.is_some_and(|at| self.clock.now() >= at) {
            self.release_at = None;
            self.gpio.set_input(PIN, false);
        }
    }
}

impl<L: InterruptLine, C: Clock> MmioDevice for PowerButton<L, C> {
    fn widths(&self) -> Widths {
        self.gpio.widths()
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        self.poll();
        self.gpio.read(access, log)
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        self.poll();
        self.gpio.write(access, value, log);
    }

    /// A key that is pressed is released: the guest that it was meant for is gone.
    fn reset(&mut self) {
        self.release_at = None;
        self.gpio.set_input(PIN, false);
        self.gpio.reset();
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::{TestClock, TestLine, read, write};

    const KEY: u64 = 1 << PIN;

    #[test]
    fn a_press_is_two_edges() {
        let (line, clock) = (TestLine::default(), TestClock::default());
        let mut button = PowerButton::new(line.clone(), clock.clone());
        // As Linux' gpio-keys: both edges of the key.
        write(&mut button, 0x408, KEY);
        write(&mut button, 0x410, KEY);
        button.press();
        assert!(line.is_high());
        assert_eq!(read(&mut button, KEY << 2), KEY);
        write(&mut button, 0x41c, KEY);
        assert_eq!(button.deadline(), Some(100));
        clock.advance(99);
        button.poll();
        assert!(!line.is_high());
        clock.advance(1);
        button.poll();
        assert!(line.is_high());
        assert_eq!((read(&mut button, KEY << 2), button.deadline()), (0, None));
    }

    #[test]
    fn a_second_press_is_not_lost_in_the_first() {
        let clock = TestClock::default();
        let mut button = PowerButton::new((), clock.clone());
        button.press();
        clock.advance(60);
        button.press();
        clock.advance(60);
        button.poll();
        assert_eq!(button.deadline(), Some(160));
    }

    #[test]
    fn a_reset_releases_the_key() {
        let line = TestLine::default();
        let mut button = PowerButton::new(line.clone(), TestClock::default());
        write(&mut button, 0x410, KEY);
        button.press();
        button.reset();
        assert_eq!((read(&mut button, 0x3fc), button.deadline()), (0, None));
        assert!(!line.is_high());
    }
}
