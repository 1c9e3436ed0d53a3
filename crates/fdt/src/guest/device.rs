//! Emulated devices.

use super::Root;
use super::root::path_of;
use crate::Error;
use crate::address::Region;
use crate::tree::Node;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The clock that PrimeCell devices say to run from; drivers compute baud rates from it.
const CLOCK_HZ: u32 = 24_000_000;
/// The name of its node.
const CLOCK: &str = "apb-pclk";
/// Linux's code of a power key.
const KEY_POWER: u32 = 116;

/// Registers and an interrupt, which is an SPI with its level high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Where its registers are.
    pub region: Region,
    /// The INTID, 32 to 1019.
    pub intid: u32,
}

/// A device of another kind, whose driver finds it by what it is compatible with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDevice {
    /// The name of its node, without its address.
    pub name: String,
    /// What it is compatible with, the most special first; one at least.
    pub compatible: Vec<String>,
    /// Where it is.
    pub device: Device,
}

/// A power button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerButton {
    /// The PL061.
    pub gpio: Device,
    /// Its pin, 0 to 7, high while the button is pressed.
    pub pin: u32,
}

impl<'a> Root<'a> {
    /// Adds a PL011; its path.
    pub fn add_uart(&mut self, uart: &Device) -> Result<String, Error> {
        let node = self.prime_cell("PL011", "serial", "arm,pl011", uart)?;
        let path = path_of(&node);
        self.push(node);
        Ok(path)
    }

    /// Adds a PL031.
    pub fn add_rtc(&mut self, rtc: &Device) -> Result<(), Error> {
        let node = self.prime_cell("PL031", "rtc", "arm,pl031", rtc)?;
        self.push(node);
        Ok(())
    }

    /// Adds a PL061 and the key at it.
    pub fn add_power_button(&mut self, button: &PowerButton) -> Result<(), Error> {
        if button.pin > 7 {
            return Err(Error::Description {
                what: "power button",
                found: format!("is at pin {}", button.pin),
                expected: "0 to 7",
            });
        }
        let mut gpio = self.prime_cell("PL061", "gpio", "arm,pl061", &button.gpio)?;
        let phandle = self.phandle();
        gpio.set_flag("gpio-controller");
        gpio.set_u32("#gpio-cells", 2);
        gpio.set_flag("interrupt-controller");
        gpio.set_u32("#interrupt-cells", 2);
        gpio.set_u32("#address-cells", 0);
        gpio.set_u32("phandle", phandle);
        self.push(gpio);

        let mut key = Node::new("key-power");
        key.set_text("label", "power");
        key.set_u32("linux,code", KEY_POWER);
        // Active high.
        key.set_cells("gpios", &[phandle, button.pin, 0]);
        let mut keys = Node::new("gpio-keys");
        keys.set_text("compatible", "gpio-keys");
        keys.push(key);
        self.push(keys);
        Ok(())
    }

    /// Adds a device of virtio over MMIO.
    pub fn add_virtio(&mut self, device: &Device) -> Result<(), Error> {
        let mut node = self.device("virtio device", "virtio_mmio", device)?;
        node.set_text("compatible", "virtio,mmio");
        node.set_flag("dma-coherent");
        self.push(node);
        Ok(())
    }

    /// Adds a device of another kind.
    pub fn add_named(&mut self, named: &NamedDevice) -> Result<(), Error> {
        let mut node = self.device("device", &named.name, &named.device)?;
        let compatible: Vec<&str> = named.compatible.iter().map(String::as_str).collect();
        node.set_texts("compatible", &compatible);
        self.push(node);
        Ok(())
    }

    fn prime_cell(
        &mut self, what: &'static str, name: &str, compatible: &str, device: &Device,
    ) -> Result<Node<'a>, Error> {
        let clock = self.clock();
        let mut node = self.device(what, name, device)?;
        node.set_texts("compatible", &[compatible, "arm,primecell"]);
        if compatible == "arm,pl011" {
            node.set_cells("clocks", &[clock, clock]);
            node.set_texts("clock-names", &["uartclk", "apb_pclk"]);
        } else {
            node.set_u32("clocks", clock);
            node.set_text("clock-names", "apb_pclk");
        }
        Ok(node)
    }

    /// The phandle of the clock. The host's will do, if it is one of its devices'.
    fn clock(&mut self) -> u32 {
        let kept = || self.tree.root.child(CLOCK).filter(|node| is_clock(node))?.phandle();
        if let Some(clock) = self.clock.or_else(kept) {
            self.clock = Some(clock);
            return clock;
        }
        let phandle = self.phandle();
        let mut names = (0..).map(|number| match number {
            0 => CLOCK.into(),
            _ => format!("{CLOCK}-{number}"),
        });
        let free = names.find(|name| self.tree.root.child(name).is_none());
        let mut node = Node::new(free.unwrap_or_default());
        node.set_text("compatible", "fixed-clock");
        node.set_u32("#clock-cells", 0);
        node.set_u32("clock-frequency", CLOCK_HZ);
        node.set_text("clock-output-names", "clk24mhz");
        node.set_u32("phandle", phandle);
        self.push(node);
        self.clock = Some(phandle);
        phandle
    }
}

/// Whether a node is such a clock.
fn is_clock(node: &Node<'_>) -> bool {
    node.is_compatible("fixed-clock")
        && node.u32("#clock-cells") == Some(0)
        && node.u32("clock-frequency") == Some(CLOCK_HZ)
}
