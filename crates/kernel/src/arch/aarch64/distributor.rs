//! What the distributors of GICv2 and GICv3 have in common (Arm IHI 0048, section 4.3; IHI 0069,
//! section 12.9). A GICv3's redistributors have these registers at the same offsets, for the
//! interrupts below [`PRIVATE_INTERRUPTS`].

use super::mmio::DevicePage;

pub const GICD_CTLR: u64 = 0x000;
pub const GICD_TYPER: u64 = 0x004;
pub const GICD_IGROUPR: u64 = 0x080;
pub const GICD_ISENABLER: u64 = 0x100;
pub const GICD_ICENABLER: u64 = 0x180;
pub const GICD_ICPENDR: u64 = 0x280;
pub const GICD_IPRIORITYR: u64 = 0x400;
pub const GICD_ICFGR: u64 = 0xc00;

/// SGIs and PPIs: the interrupts that each core has its own of.
pub const PRIVATE_INTERRUPTS: u32 = 32;
/// From here on, interrupt IDs mean "none".
pub const FIRST_SPECIAL_ID: u32 = 1020;

/// How an interrupt is signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// While the device holds its line active.
    Level,
    /// When the line rises.
    Edge,
}

/// How many interrupts a distributor has at the most: 32 for each step of GICD_TYPER.ITLinesNumber.
pub fn interrupt_count(page: DevicePage) -> u32 {
    32 * ((page.read(GICD_TYPER) & 0x1f) + 1)
}

/// Masks or unmasks an interrupt.
pub fn set_masked(page: DevicePage, irq: u32, masked: bool) {
    let register = if masked { GICD_ICENABLER } else { GICD_ISENABLER };
    page.write(bit_register(register, irq), 1 << (irq % 32));
}

/// Sets how an interrupt is signalled.
pub fn set_trigger(page: DevicePage, irq: u32, trigger: Trigger) {
    let register = GICD_ICFGR + u64::from(irq / 16 * 4);
    let edge = 2 << (irq % 16 * 2);
    let config = page.read(register);
    let config = match trigger {
        Trigger::Edge => config | edge,
        Trigger::Level => config & !edge,
    };
    page.write(register, config);
}

/// Offset of the register that has `irq`'s bit, in an array of one bit each.
pub fn bit_register(base: u64, irq: u32) -> u64 {
    base + u64::from(irq / 32 * 4)
}
