//! The component: what its runtime calls.

use alloc::boxed::Box;
use core::marker::PhantomData;

use component::{Event, MessageInfo, println};

use crate::Modules;
use crate::guest::Guest;

component::include_interfaces!();

/// Who says which modules there are. The macro [`main`](crate::main) makes it.
pub trait List {
    /// The modules.
    fn modules() -> Modules;
}

/// The guest, once it was put together.
struct Vm<L> {
    interfaces: Interfaces,
    guest: Option<Box<Guest>>,
    list: PhantomData<L>,
}

/// Runs the component.
pub fn run<L: List>() -> ! {
    start::<Vm<L>>()
}

impl<L> Vm<L> {
    /// An event of an interface. Events that nobody knows are kept, for a module that asks.
    fn event(&mut self, event: Option<Event>) {
        let guest = self.guest.as_mut();
        let handled = event.zip(guest).is_some_and(|(event, guest)| guest.event(event.bit()));
        if !handled {
            component::keep_event();
        }
    }
}

impl<L: List> Component for Vm<L> {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, guest: None, list: PhantomData }
    }

    fn run(&mut self) {
        let runtime = self.interfaces.runtime;
        match Guest::new(runtime, L::modules()) {
            Ok(guest) => self.guest.insert(Box::new(guest)).start(),
            Err(error) => {
                println!("{}: the guest can't be started: {}", runtime.name(), error.text());
            }
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

    fn timer_notified(&mut self) {
        if let Some(guest) = &mut self.guest {
            guest.alarm();
        }
    }

    fn restart_event_handle(&mut self) {
        if let Some(guest) = &mut self.guest {
            println!("{}: asked to restart the guest", self.interfaces.runtime.name());
            guest.start();
        }
    }

    fn batch_notified(&mut self) {
        self.event(self.interfaces.batch.as_ref().and_then(|it| it.event()));
    }

    fn guest_putchar_notified(&mut self) {
        self.event(self.interfaces.guest_putchar.as_ref().and_then(|it| it.event()));
    }

    fn serial_getchar_notified(&mut self) {
        self.event(self.interfaces.serial_getchar.as_ref().and_then(|it| it.event()));
    }

    fn recv_notified(&mut self) {
        self.event(self.interfaces.recv.as_ref().and_then(|it| it.event()));
    }

    fn send_notified(&mut self) {
        self.event(self.interfaces.send.as_ref().and_then(|it| it.event()));
    }

    fn notification_ready_handle(&mut self) {
        self.event(Some(self.interfaces.notification_ready));
    }

    fn other_event(&mut self, event: Event) {
        self.event(Some(event));
    }
}
