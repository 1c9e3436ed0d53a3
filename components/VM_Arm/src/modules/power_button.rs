//! A power button.

use alloc::rc::Rc;
use core::cell::OnceCell;

use vmm_sel4::counter::Counter;
use vmm_sel4::modules::{Button, Power};

use crate::place::{Place, first_compatible};
use crate::{Error, Module, Running, Setup, Signal};

/// A power button for guests of applications that add `consumes .. power_button` to the component
/// type. Each event presses it.
#[derive(Default)]
pub struct PowerButton {
    button: Rc<OnceCell<Button<Counter>>>,
}

impl Module for PowerButton {
    fn name(&self) -> &'static str {
        "power_button"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        if setup.listen("power_button").is_none() {
            return Ok(());
        }
        let connected =
            |error: Error| alloc::format!("power_button is connected, but {}", error.text());
        let place = setup.board_place(first_compatible("arm,pl061")).map_err(connected)?;
        let (Place { range, spi }, button) = (place, Rc::clone(&self.button));
        Ok(setup.add(Power { range, spi, clock: Counter, button })?)
    }

    fn event(&mut self, _: Signal, _: &mut Running<'_>) {
        if let Some(button) = self.button.get() {
            button.get().press();
        }
    }
}
