//! Events: sent and received.

use component_config::read::{Interface, Irqs, Kind, Slots};
use component_config::{badge, slot};

use crate::Waitable;
use crate::local::state;
use crate::logging::instance;

/// Sends an event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Emitter {
    notifications: Slots<'static>,
}

impl Emitter {
    pub(crate) const fn new(notifications: Slots<'static>) -> Self {
        Self { notifications }
    }

    /// Sends it to everybody who is connected. Nobody is waited for.
    pub fn emit(&self) {
        self.notifications.for_each(signal);
    }
}

/// Signals the notification in a slot.
pub(crate) fn signal(slot: u32) {
    sel4::cap::Notification::from_bits(slot.into()).signal();
}

/// An event that is received.
///
/// If it has no handler, or the handler keeps it, it stays until somebody asks or waits for it;
/// what was sent several times until then comes once.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    bit: u8,
    irqs: Irqs<'static>,
}

impl Default for Event {
    /// One that nobody sends.
    fn default() -> Self {
        Self::new(Self::NEVER, Irqs::default())
    }
}

impl Event {
    const NEVER: u8 = u8::MAX;

    /// The event that comes on an interface, of whatever kind.
    pub(crate) fn of(interface: &Interface<'static>) -> Option<Self> {
        let property = |name| interface.properties.get(name)?.as_integer();
        let (bit, irqs) = match interface.kind {
            Kind::Provides(_) => (property("doorbell"), None),
            Kind::Consumes { bit, irqs } => (Some(bit), Some(irqs)),
            Kind::Device(device) => (device.bit, Some(device.irqs)),
            Kind::VirtQueue(queue) => (queue.bit, None),
            Kind::Uses(uses) => (uses.event, None),
            Kind::Dataport(_) => (property("event"), None),
            Kind::Emits(_) | Kind::Unconnected => (None, None),
        };
        bit.map(|bit| Self::new(bit, irqs.unwrap_or_default()))
    }

    pub(crate) const fn new(bit: u8, irqs: Irqs<'static>) -> Self {
        Self { bit, irqs }
    }

    /// The bit of the event in badges.
    #[must_use]
    pub const fn bit(&self) -> u8 {
        self.bit
    }

    pub(crate) const fn irqs(&self) -> Irqs<'static> {
        self.irqs
    }

    /// Whether anybody can send it.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.bit != Self::NEVER
    }

    /// Whether the event has come. If it has, it is used up. Doesn't wait.
    #[must_use]
    pub fn poll(&self) -> bool {
        let state = state();
        if state.events.take(self.bit) {
            return true;
        }
        if !self.is_connected() {
            return false;
        }
        let (_, badge) = notification().poll();
        note(badge);
        state.events.take(self.bit)
    }

    /// Waits until the event comes, and uses it up. Nothing else is handled meanwhile: use the
    /// component's `wait` to serve calls and other events.
    ///
    /// # Panics
    /// If nobody can send it.
    #[track_caller]
    pub fn wait(&self) {
        assert!(self.is_connected(), "{} waits for an event that nobody sends", instance());
        while !state().events.take(self.bit) {
            receive();
        }
    }

    /// Lets the interrupts of the event come again. After a handler this is done without being
    /// asked for; it is needed after [`poll`](Self::poll) and [`wait`](Self::wait). An event that
    /// is none of a device has no interrupts.
    pub fn acknowledge(&self) {
        for irq in self.irqs {
            let handler = sel4::cap::IrqHandler::from_bits(irq.handler.into());
            if let Err(error) = handler.irq_handler_ack() {
                log::error!("interrupt {} can't be acknowledged: {error}", irq.number);
            }
        }
    }
}

impl Waitable for Event {
    fn take(&self) -> bool {
        state().events.take(self.bit)
    }

    fn name(&self) -> &str {
        "an event"
    }

    fn needs_handlers(&self) -> bool {
        false
    }
}

fn notification() -> sel4::cap::Notification {
    sel4::cap::Notification::from_bits(slot::NOTIFICATION.into())
}

/// Notes the events of a badge.
pub(crate) fn note(badge: badge::Badge) {
    if let badge::Origin::Signal(mask) = badge::origin(badge) {
        state().events.add(mask);
    }
}

/// Waits for any event, and notes it.
pub(crate) fn receive() {
    let has_notification = state().config.get().is_some_and(|config| config.has_notification());
    assert!(has_notification, "{} receives no events, so it would wait for ever", instance());
    let ((), badge) = notification().wait();
    note(badge);
}

/// Called by a handler of an event: keeps the event for [`Event::poll`] and [`Event::wait`].
pub fn keep_event() {
    state().events.keep();
}
