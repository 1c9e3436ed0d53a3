//! Devices with two users.

use alloc::rc::Rc;
use core::cell::{RefCell, RefMut};

use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;

/// A device that is on a bus, and that the host reaches as well: to push input, for example.
///
/// Clones are the same device.
#[derive(Debug)]
pub struct Shared<D>(Rc<RefCell<D>>);

impl<D> Shared<D> {
    /// A device for two users.
    #[must_use]
    pub fn new(device: D) -> Self {
        Self(Rc::new(RefCell::new(device)))
    }

    /// The device, for a short time: not while the guest's bus could be used.
    ///
    /// # Panics
    /// Somebody has the device already.
    #[must_use]
    pub fn get(&self) -> RefMut<'_, D> {
        self.0.borrow_mut()
    }
}

impl<D> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<D: MmioDevice> MmioDevice for Shared<D> {
    fn widths(&self) -> Widths {
        self.0.borrow().widths()
    }

    fn is_timed(&self) -> bool {
        self.0.borrow().is_timed()
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        self.get().read(access, log)
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        self.get().write(access, value, log);
    }

    fn reset(&mut self) {
        self.get().reset();
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::pl011::{Pl011, Revision};
    use crate::testing::{read, write};
    use alloc::vec::Vec;

    #[test]
    fn both_users_see_one_device() {
        let host = Shared::new(Pl011::new(Revision::R1p5, (), Vec::new()));
        let mut bus = host.clone();
        write(&mut bus, 0x030, 0x301);
        write(&mut bus, 0x000, b'>'.into());
        assert_eq!(host.get().sink(), b">");
        assert_eq!(host.get().receive(b"<"), 1);
        assert_eq!(read(&mut bus, 0x000), b'<'.into());
        bus.reset();
        assert_eq!(read(&mut bus, 0x030), 0x300);
    }
}
