//! A clock and a power button, for guests of applications that add one of these to the component
//! type:
//!
//! - `dataport Buf(0x1000) clock_registers`, connected with the board's PL031: the guest gets an
//!   emulated one, which has the board's time at first and is the guest's own to set;
//! - `consumes .. power_button`: the guest gets a power button, which each event presses.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

use component::{Event, Runtime};
use vmm::interrupt::Spi;
use vmm_sel4::builder::Module;
use vmm_sel4::counter::Counter;
use vmm_sel4::mapped::Mapped;
use vmm_sel4::modules::{Button, Power, Rtc};

use crate::place::{Place, board};

/// Data: the time in seconds (Arm DDI 0224C 3.3.1).
const RTCDR: usize = 0x000;

/// What the application has added.
pub struct ClockAndButton {
    /// Where the clock is, and the seconds since 1970 that it shows at first.
    clock: Option<(Place, u32)>,
    power: Option<(Place, Event)>,
    button: Rc<OnceCell<Button<Counter>>>,
}

impl ClockAndButton {
    /// Finds the interfaces.
    ///
    /// # Errors
    /// The board has no such device, whose place the emulated one would have; in a sentence.
    pub fn find(runtime: Runtime) -> Result<Self, String> {
        let place = |interface: &str, kind: &'static str| {
            board(runtime, |tree| {
                let mut nodes = tree.places().into_iter();
                let found = nodes
                    .find(|place| place.node().is_compatible(kind) && place.node().is_enabled());
                found.ok_or_else(|| format!("the board has no {kind}"))
            })
            .map_err(|error| format!("{interface} is connected, but {error}"))
        };
        let clock = match runtime.dataport("clock_registers") {
            Some(registers) => {
                let place = place("clock_registers", "arm,pl031")?;
                if registers.physical() != Some(place.range.start().0) {
                    let address = place.range.start().0;
                    return Err(format!(
                        "clock_registers is not connected with the board's clock, which is at \
                         {address:#x}"
                    ));
                }
                let time = registers.load(RTCDR);
                Some((place, time.map_err(|error| format!("clock_registers: {error}"))?))
            }
            None => None,
        };
        let power = match runtime.event("power_button") {
            Some(event) => Some((place("power_button", "arm,pl061")?, event)),
            None => None,
        };
        Ok(Self { clock, power, button: Rc::new(OnceCell::new()) })
    }

    /// Their interrupts.
    pub fn interrupts(&self) -> impl Iterator<Item = Spi> {
        let clock = self.clock.map(|(place, _)| place.spi);
        clock.into_iter().chain(self.power.map(|(place, _)| place.spi))
    }

    /// Adds the modules that make them.
    pub fn add_to(&self, modules: &mut Vec<Box<dyn Module<Mapped>>>) {
        if let Some((Place { range, spi }, seconds)) = self.clock {
            modules.push(Box::new(Rtc { range, spi, clock: Counter, seconds }));
        }
        if let Some((Place { range, spi }, _)) = self.power {
            let button = Rc::clone(&self.button);
            modules.push(Box::new(Power { range, spi, clock: Counter, button }));
        }
    }

    /// Presses the button, if the event asks for that.
    pub fn press(&self, event: Event) -> bool {
        let is_mine = self.power.is_some_and(|(_, own)| own.bit() == event.bit());
        if let Some(button) = self.button.get().filter(|_| is_mine) {
            button.get().press();
        }
        is_mine
    }
}
