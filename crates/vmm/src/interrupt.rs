//! Interrupts into the guest.
//!
//! Numbers are those of the GIC (Arm IHI 0048B 2.2.1, IHI 0069H 2.2.1): SGIs 0 to 15, PPIs 16 to
//! 31 (both of each processor's own), SPIs 32 to 1019. Device models hold an [`InterruptLine`] and
//! know no number.

use core::fmt;

use crate::vcpu::VcpuId;

/// A shared peripheral interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spi(u16);

impl Spi {
    /// The interrupt that a device tree calls SPI `number`; 0 to 987.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number < 988 { Some(Self(number)) } else { None }
    }

    /// The interrupt with the identifier `intid`; 32 to 1019.
    #[must_use]
    pub const fn from_intid(intid: u32) -> Option<Self> {
        if intid >= 32 && intid < 1020 {
            #[expect(clippy::cast_possible_truncation, reason = "below 1020")]
            let number = (intid - 32) as u16;
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number that a device tree uses, from 0.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The identifier that the GIC uses, from 32.
    #[must_use]
    pub fn intid(self) -> u32 {
        u32::from(self.0) + 32
    }
}

/// A private peripheral interrupt; which processor's is said separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppi(u8);

impl Ppi {
    /// The virtual timer's interrupt, as boards wire it (Arm BSA, PPI 27 by identifier).
    pub const VIRTUAL_TIMER: Self = Self(11);

    /// The interrupt that a device tree calls PPI `number`; 0 to 15.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 { Some(Self(number)) } else { None }
    }

    /// The number that a device tree uses, from 0.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The identifier that the GIC uses, from 16.
    #[must_use]
    pub fn intid(self) -> u32 {
        u32::from(self.0) + 16
    }
}

/// An interrupt of a guest that comes from a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interrupt {
    /// One that any processor can be the target of.
    Spi(Spi),
    /// One of a certain processor.
    Ppi(VcpuId, Ppi),
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spi(spi) => write!(f, "SPI {}", spi.number()),
            Self::Ppi(vcpu, ppi) => write!(f, "PPI {} of {vcpu}", ppi.number()),
        }
    }
}

/// Something that takes interrupts for the guest: a virtual GIC.
///
/// Methods take `&self`, since a device raises an interrupt in the middle of an access that may
/// have come through the same controller's bus. An implementation delivers later, or guards its
/// state with a cell that is never held while something else is called.
pub trait InterruptController {
    /// Drives the wire of a level-sensitive interrupt. It stays pending as long as it is
    /// asserted. For an interrupt that the guest configured as edge-triggered, the change from
    /// low to high is the edge.
    fn set_level(&self, interrupt: Interrupt, asserted: bool);

    /// One edge: pending until the guest acknowledges it. A second edge before that is lost, as on
    /// hardware.
    fn pulse(&self, interrupt: Interrupt);
}

/// The wire from one device to the interrupt controller.
pub trait InterruptLine {
    /// Drives the wire high or low. Setting it to what it is already does nothing.
    fn set_level(&self, asserted: bool);

    /// One edge.
    fn pulse(&self);
}

/// The wire to one interrupt of a controller.
#[derive(Clone, Copy, Debug)]
pub struct Wire<C> {
    controller: C,
    interrupt: Interrupt,
}

impl<C: InterruptController> Wire<C> {
    /// A wire to `interrupt`. The controller may be a reference or an `Rc`.
    pub const fn new(controller: C, interrupt: Interrupt) -> Self {
        Self { controller, interrupt }
    }
}

impl<C: InterruptController> InterruptLine for Wire<C> {
    fn set_level(&self, asserted: bool) {
        self.controller.set_level(self.interrupt, asserted);
    }

    fn pulse(&self) {
        self.controller.pulse(self.interrupt);
    }
}

impl<C: InterruptController + ?Sized> InterruptController for &C {
    fn set_level(&self, interrupt: Interrupt, asserted: bool) {
        (**self).set_level(interrupt, asserted);
    }

    fn pulse(&self, interrupt: Interrupt) {
        (**self).pulse(interrupt);
    }
}

impl<C: InterruptController + ?Sized> InterruptController for alloc::rc::Rc<C> {
    fn set_level(&self, interrupt: Interrupt, asserted: bool) {
        (**self).set_level(interrupt, asserted);
    }

    fn pulse(&self, interrupt: Interrupt) {
        (**self).pulse(interrupt);
    }
}

/// A wire that leads nowhere: for devices whose interrupt a board doesn't connect.
impl InterruptLine for () {
    fn set_level(&self, _asserted: bool) {}
    fn pulse(&self) {}
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::rc::Rc;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use core::cell::RefCell;

    #[derive(Default)]
    struct Recorder(RefCell<Vec<(Interrupt, Option<bool>)>>);

    impl InterruptController for Recorder {
        fn set_level(&self, interrupt: Interrupt, asserted: bool) {
            self.0.borrow_mut().push((interrupt, Some(asserted)));
        }
        fn pulse(&self, interrupt: Interrupt) {
            self.0.borrow_mut().push((interrupt, None));
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(Spi::new(987).unwrap().intid(), 1019);
        assert_eq!((Spi::new(988), Ppi::new(16)), (None, None));
        assert_eq!((Spi::from_intid(31), Spi::from_intid(1020)), (None, None));
        assert_eq!(Spi::from_intid(33), Spi::new(1));
        assert_eq!(Ppi::VIRTUAL_TIMER.intid(), 27);
    }

    #[test]
    fn a_wire_leads_to_its_interrupt() {
        let recorder = Rc::new(Recorder::default());
        let spi = Interrupt::Spi(Spi::new(1).unwrap());
        let ppi = Interrupt::Ppi(VcpuId(2), Ppi::VIRTUAL_TIMER);
        Wire::new(Rc::clone(&recorder), spi).set_level(true);
        Wire::new(&*recorder, ppi).pulse();
        assert_eq!(*recorder.0.borrow(), [(spi, Some(true)), (ppi, None)]);
        assert_eq!((spi.to_string(), ppi.to_string()), ("SPI 1".into(), "PPI 11 of vCPU 2".into()));
    }
}
