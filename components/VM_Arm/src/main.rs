//! The monitor of one Arm guest.
//!
//! The guest's objects come with the system: here they are put together to a machine of the crate
//! `vmm-sel4`, the files are loaded, and every message of the guest's processors is passed on. An
//! application may add interfaces to the component type; those of [`console`] and
//! [`clock_and_button`] are known by name.
#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

mod alarm;
mod attributes;
mod clock_and_button;
mod console;
mod guest;
mod hardware;
mod place;
mod report;

use alloc::boxed::Box;

use component::{Event, MessageInfo, println};
use guest::Guest;

component::include_interfaces!();

/// The guest, once it was started.
struct Vm {
    interfaces: Interfaces,
    guest: Option<Box<Guest>>,
}

impl Component for Vm {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, guest: None }
    }

    fn run(&mut self) {
        let runtime = self.interfaces.runtime;
        match Guest::new(runtime) {
            Ok(guest) => {
                let guest = self.guest.insert(Box::new(guest));
                guest.start();
            }
            Err(error) => println!("{}: the guest can't be started: {error}", runtime.name()),
        }
    }

    fn guest_fault(&mut self, vcpu: u8, fault: MessageInfo) -> Option<MessageInfo> {
        self.guest.as_mut()?.fault(vcpu, fault)
    }

    fn guest_event(&mut self, bit: u8) {
        if let Some(guest) = &mut self.guest {
            guest.event(bit);
        }
    }

    fn batch_notified(&mut self) {
        if let Some(guest) = &mut self.guest {
            guest.console_room();
        }
    }

    fn guest_putchar_notified(&mut self) {
        self.batch_notified();
    }

    fn serial_getchar_notified(&mut self) {
        if let Some(guest) = &mut self.guest {
            guest.console();
            guest.report();
        }
    }

    fn timer_notified(&mut self) {
        if let Some(guest) = &mut self.guest {
            guest.alarm();
        }
    }

    fn other_event(&mut self, event: Event) {
        if !self.guest.as_mut().is_some_and(|guest| guest.other_event(event)) {
            component::keep_event();
        }
    }

    fn restart_event_handle(&mut self) {
        if let Some(guest) = &mut self.guest {
            println!("{}: asked to restart the guest", self.interfaces.runtime.name());
            guest.start();
        }
    }
}

component::main!(Vm);
