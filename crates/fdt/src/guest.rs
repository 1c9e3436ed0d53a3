//! Trees for guests.
//!
//! [`Guest`] describes a machine; [`Guest::tree`] makes its tree, from nothing or around devices
//! passed through from the host's tree. The parts are used by [`patch`](crate::patch), too.

mod chosen;
mod cpus;
mod device;
mod gic;
mod memory;
mod root;
#[cfg(test)]
mod test;

pub use chosen::Chosen;
pub use cpus::{Conduit, Cpus, MAX_CPUS};
pub use device::{Device, NamedDevice, PowerButton};
pub use gic::{Gic, Timer};
pub use memory::{Reserved, check as check_memory};
pub(crate) use root::Root;

use crate::Error;
use crate::address::Region;
use crate::patch::host_gic;
use crate::reference::{Dropped, Missing, settle};
use crate::select::{Keep, select};
use crate::tree::Tree;
use alloc::format;
use alloc::vec::Vec;

/// Devices of the host that the guest gets.
#[derive(Clone, Copy, Debug)]
pub struct Passthrough<'s, 'a> {
    /// The host's tree.
    pub host: &'s Tree<'a>,
    /// Its nodes for the guest. They stay at their paths.
    pub keep: &'s [Keep],
    /// Whether to add the nodes that they refer to.
    pub follow: bool,
    /// What becomes of references to nodes that the guest doesn't get.
    pub missing: Missing,
}

/// A guest's machine.
#[derive(Clone, Debug)]
pub struct Guest<'s, 'a> {
    /// `model` of the root.
    pub model: &'s str,
    /// `compatible` of the root.
    pub compatible: &'s str,
    /// The RAM, in any order.
    pub memory: &'s [Region],
    /// Parts of the RAM that the guest may not use freely.
    pub reserved: &'s [Reserved<'s>],
    /// The CPUs.
    pub cpus: Cpus<'s>,
    /// The interrupt controller.
    pub gic: Gic<'s>,
    /// The generic timer.
    pub timer: Timer,
    /// A PL011, which is the console unless `chosen` says otherwise.
    pub uart: Option<Device>,
    /// A PL031.
    pub rtc: Option<Device>,
    /// A button at a PL061 that asks the guest to shut down.
    pub power_button: Option<PowerButton>,
    /// Virtio devices.
    pub virtio: &'s [Device],
    /// Devices of other kinds.
    pub others: &'s [NamedDevice],
    /// What the boot loader would say.
    pub chosen: Chosen<'s>,
    /// Devices of the host.
    pub passthrough: Option<Passthrough<'s, 'a>>,
}

impl<'a> Guest<'_, 'a> {
    /// The tree, and the properties that had to be left out of passed-through devices.
    ///
    /// # Errors
    /// The description contradicts itself, or a device can't be passed through.
    pub fn tree(&self) -> Result<(Tree<'a>, Vec<Dropped>), Error> {
        check_memory(self.memory)?;
        let (mut tree, gic) = match &self.passthrough {
            Some(given) => {
                let gic = host_gic(given.host);
                let phandle = gic.as_ref().map(|place| place.node().phandle());
                let phandle = phandle.flatten();
                let provided: Vec<u32> = phandle.into_iter().collect();
                let tree = select(given.host, given.keep, given.follow, &provided)?;
                (tree, phandle)
            }
            None => (Tree::default(), None),
        };
        if self.passthrough.is_none() {
            tree.root.set_u32("#address-cells", 2);
            tree.root.set_u32("#size-cells", 2);
        }
        tree.root.set_text("model", self.model);
        tree.root.set_text("compatible", self.compatible);
        // The guest's CPUs are its own.
        tree.boot_cpu = 0;

        let mut root = Root::new(tree, self.passthrough.map(|given| given.host))?;
        root.set_gic(&self.gic, gic)?;
        root.set_memory(self.memory)?;
        root.set_cpus(&self.cpus)?;
        root.add_timer(&self.timer, &self.gic, &self.cpus)?;
        let console = match &self.uart {
            Some(uart) => Some(root.add_uart(uart)?),
            None => None,
        };
        if let Some(rtc) = &self.rtc {
            root.add_rtc(rtc)?;
        }
        if let Some(button) = &self.power_button {
            root.add_power_button(button)?;
        }
        for device in self.virtio {
            root.add_virtio(device)?;
        }
        for device in self.others {
            root.add_named(device)?;
        }
        root.add_reserved(self.reserved)?;
        if let Some(initrd) = self.chosen.initrd
            && !self.memory.iter().any(|ram| memory::holds(ram, &initrd))
        {
            return Err(Error::Description {
                what: "initrd",
                found: format!("is {:#x} bytes at {:#x}", initrd.size, initrd.base),
                expected: "a place inside one region of memory",
            });
        }
        root.set_chosen(&self.chosen, console.as_deref())?;
        let mut tree = root.finish()?;
        let dropped = match &self.passthrough {
            Some(given) => settle(&mut tree, given.host, given.missing)?,
            None => Vec::new(),
        };
        Ok((tree, dropped))
    }
}
