//! The interrupt controller: distributor and CPU interface of a GICv2 (Arm IHI
//! 0048). All interrupts are in group 0 and signalled as IRQ, which suits a controller
//! without the Security Extensions.

use super::distributor::{
    self, FIRST_SPECIAL_ID, GICD_CTLR, GICD_ICENABLER, GICD_ICFGR, GICD_ICPENDR, GICD_IGROUPR,
    GICD_IPRIORITYR, PRIVATE_INTERRUPTS, bit_register,
};
use super::mmio::DevicePage;
use crate::platform;

pub use super::distributor::Trigger;

const GICD: DevicePage = DevicePage::new(platform::GICD);
const GICC: DevicePage = DevicePage::new(platform::GICC);

/// Distributor registers that only a GICv2 has (section 4.3).
const GICD_ITARGETSR: u64 = 0x800;
const GICD_SGIR: u64 = 0xf00;
const GICD_CPENDSGIR: u64 = 0xf10;

/// CPU interface registers (section 4.4).
const GICC_CTLR: u64 = 0x000;
const GICC_PMR: u64 = 0x004;
const GICC_BPR: u64 = 0x008;
const GICC_IAR: u64 = 0x00c;
const GICC_EOIR: u64 = 0x010;
const GICC_HPPIR: u64 = 0x018;

/// GICC_IAR.InterruptID.
const ID_MASK: u32 = 0x3ff;
/// Priority of shared interrupts, for each of the four in a register.
const DEFAULT_PRIORITIES: u32 = 0x8080_8080;
/// Lets all priorities above the idle one through.
const PRIORITY_MASK: u32 = 0xf0;
/// All bits of GICC_IAR.Priority above this split are the preemption group.
const BINARY_POINT: u32 = 3;
/// GICD_ICFGR: level-sensitive, 1-N, for all 16 interrupts of a register.
const ALL_LEVEL_SENSITIVE: u32 = 0x5555_5555;

/// The largest number that names a processor for [`send_sgi`].
pub const MAX_SGI_TARGET: usize = 7;

/// An interrupt that the core has acknowledged and not ended yet.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an acknowledged interrupt must be ended"]
pub struct ActiveInterrupt(u32);

impl ActiveInterrupt {
    /// The interrupt's number.
    pub const fn irq(&self) -> u32 {
        self.0 & ID_MASK
    }
}

/// Disables all interrupts, sends the shared ones to this core, and turns the
/// controller on.
pub(super) fn init() {
    init_distributor();
    init_cpu_interface();
}

fn init_distributor() {
    let count = distributor::interrupt_count(GICD);
    GICD.write(GICD_CTLR, 0);
    for irq in (0..count).step_by(32) {
        GICD.write(bit_register(GICD_ICENABLER, irq), u32::MAX);
        GICD.write(bit_register(GICD_ICPENDR, irq), u32::MAX);
        GICD.write(bit_register(GICD_IGROUPR, irq), 0);
    }
    let target = u32::from(this_core()) * 0x0101_0101;
    for irq in (PRIVATE_INTERRUPTS..count).step_by(4) {
        GICD.write(GICD_IPRIORITYR + u64::from(irq), DEFAULT_PRIORITIES);
        GICD.write(GICD_ITARGETSR + u64::from(irq), target);
    }
    for irq in (PRIVATE_INTERRUPTS..count).step_by(16) {
        GICD.write(GICD_ICFGR + u64::from(irq / 4), ALL_LEVEL_SENSITIVE);
    }
    GICD.write(GICD_CTLR, 1);
}

/// This core's bit in GICD_ITARGETSR: the registers of private interrupts read as
/// the core that reads them, and as zero where there is only one core.
fn this_core() -> u8 {
    (0..u64::from(PRIVATE_INTERRUPTS))
        .step_by(4)
        .flat_map(|irq| GICD.read(GICD_ITARGETSR + irq).to_le_bytes())
        .find(|&target| target != 0)
        .unwrap_or(1)
}

fn init_cpu_interface() {
    for irq in (0..PRIVATE_INTERRUPTS).step_by(4) {
        GICD.write(GICD_IPRIORITYR + u64::from(irq), 0);
    }
    for sgi in (0..16).step_by(4) {
        GICD.write(GICD_CPENDSGIR + sgi, u32::MAX);
    }
    GICC.write(GICC_CTLR, 0);
    GICC.write(GICC_PMR, PRIORITY_MASK);
    GICC.write(GICC_BPR, BINARY_POINT);
    while let Some(leftover) = acknowledge() {
        end(leftover);
    }
    GICC.write(GICC_CTLR, 1);
}

/// Acknowledges the pending interrupt of the highest priority. `None` means that it
/// went away: a spurious interrupt, nothing to do.
pub fn acknowledge() -> Option<ActiveInterrupt> {
    let iar = GICC.read(GICC_IAR);
    (iar & ID_MASK < FIRST_SPECIAL_ID).then_some(ActiveInterrupt(iar))
}

/// Ends an interrupt: its priority is dropped, and it may be raised again. Mask it
/// first if the device still holds its line.
pub fn end(interrupt: ActiveInterrupt) {
    GICC.write(GICC_EOIR, interrupt.0);
}

/// Ends an interrupt that isn't to come again before [`release`].
pub fn hand_over(interrupt: ActiveInterrupt) {
    set_masked(interrupt.irq(), true);
    end(interrupt);
}

/// Lets an interrupt come again after [`hand_over`].
pub fn release(irq: u32) {
    set_masked(irq, false);
}

/// Whether an interrupt is pending that [`acknowledge`] would return. For the
/// kernel's preemption points.
pub fn is_pending() -> bool {
    GICC.read(GICC_HPPIR) & ID_MASK < FIRST_SPECIAL_ID
}

/// Masks or unmasks an interrupt. The number must be one that the distributor has.
pub fn set_masked(irq: u32, masked: bool) {
    distributor::set_masked(GICD, irq, masked);
}

/// Sets how an interrupt is signalled. The number must be one that the distributor
/// has.
pub fn set_trigger(irq: u32, trigger: Trigger) {
    distributor::set_trigger(GICD, irq, trigger);
}

/// Sends software generated interrupt `irq` (below 16) to core `target` (below 8).
pub fn send_sgi(irq: u32, target: u32) {
    GICD.write(GICD_SGIR, 1 << (16 + target) | irq);
}
