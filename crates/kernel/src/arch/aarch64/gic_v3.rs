//! The interrupt controller: distributor, redistributor and CPU interface of a GICv3
//! (Arm IHI 0069), with affinity routing and one security state. All interrupts are in
//! group 1, which is signalled as IRQ.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::distributor::{
    self, FIRST_SPECIAL_ID, GICD_CTLR, GICD_ICENABLER, GICD_ICFGR, GICD_ICPENDR, GICD_IGROUPR,
    GICD_IPRIORITYR, PRIVATE_INTERRUPTS, bit_register,
};
use super::mmio::DevicePage;
use super::sysreg::{isb, read_sysreg, write_sysreg};
use crate::platform;

pub use super::distributor::Trigger;

/// Where a shared interrupt goes (section 12.9).
const GICD_IROUTER: u64 = 0x6000;

/// Redistributor registers (sections 12.10 and 12.11): those of the first frame, and,
/// with the offsets of the distributor, those of the second.
const GICR_CTLR: u64 = 0x000;
const GICR_TYPER_AFFINITY: u64 = 0x00c;
const GICR_WAKER: u64 = 0x014;
const GICR_ICACTIVER0: u64 = 0x380;

/// GICD_CTLR: affinity routing, groups 1 and 0, and a write that is still under way.
const CTLR_ARE: u32 = 1 << 4;
const CTLR_ENABLE: u32 = 1 << 1 | 1 << 0;
const CTLR_WRITE_PENDING: u32 = 1 << 31;
/// GICR_CTLR.RWP.
const REDISTRIBUTOR_WRITE_PENDING: u32 = 1 << 3;
const WAKER_PROCESSOR_SLEEP: u32 = 1 << 1;
const WAKER_CHILDREN_ASLEEP: u32 = 1 << 2;

const SGIS: u32 = 16;
/// Priority of all interrupts, for each of the four in a register.
const DEFAULT_PRIORITIES: u32 = 0xa0a0_a0a0;
/// Lets all priorities through.
const PRIORITY_MASK: u64 = 0xff;
/// ICC_SRE_EL2: system registers at EL2, no bypass; accesses of EL1 to ICC_SRE_EL1 trap.
const SRE: u64 = 0b111;
/// ICC_CTLR_EL1.EOImode: to end an interrupt doesn't deactivate it.
const EOI_MODE_DROP: u64 = 1 << 1;
/// How often the hardware is asked whether it is ready, before that counts as a defect.
const PATIENCE: u32 = 1_000_000;

/// The largest number that names a processor for [`send_sgi`]: its affinity, a byte for
/// each level.
pub const MAX_SGI_TARGET: usize = u32::MAX as usize;

/// An interrupt that the core has acknowledged and not ended yet.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an acknowledged interrupt must be ended"]
pub struct ActiveInterrupt(u32);

impl ActiveInterrupt {
    /// The interrupt's number.
    pub const fn irq(&self) -> u32 {
        self.0
    }
}

/// Disables all interrupts, sends the shared ones to this core, and turns the
/// controller on.
pub(super) fn init() {
    init_distributor();
    init_redistributor();
    init_cpu_interface();
}

fn init_distributor() {
    let gicd = platform::distributor_page(0);
    let count = distributor::interrupt_count(gicd);
    gicd.write(GICD_CTLR, 0);
    wait_until(|| gicd.read(GICD_CTLR) & CTLR_WRITE_PENDING == 0);
    for irq in (PRIVATE_INTERRUPTS..count).step_by(32) {
        gicd.write(bit_register(GICD_ICENABLER, irq), u32::MAX);
        gicd.write(bit_register(GICD_ICPENDR, irq), u32::MAX);
        gicd.write(bit_register(GICD_IGROUPR, irq), u32::MAX);
    }
    for irq in (PRIVATE_INTERRUPTS..count).step_by(4) {
        gicd.write(GICD_IPRIORITYR + u64::from(irq), DEFAULT_PRIORITIES);
    }
    for irq in (PRIVATE_INTERRUPTS..count).step_by(16) {
        gicd.write(GICD_ICFGR + u64::from(irq / 4), 0);
    }
    gicd.write(GICD_CTLR, CTLR_ARE | CTLR_ENABLE);
    wait_until(|| gicd.read(GICD_CTLR) & CTLR_WRITE_PENDING == 0);
    let affinity = this_core();
    for irq in PRIVATE_INTERRUPTS..count.min(FIRST_SPECIAL_ID) {
        let router = GICD_IROUTER + u64::from(irq) * 8;
        let page = platform::distributor_page(router / 0x1000);
        page.write(router % 0x1000, affinity & 0x00ff_ffff);
        page.write(router % 0x1000 + 4, affinity >> 24);
    }
}

/// The core's affinity (MPIDR_EL1.Aff3 to Aff0), a byte for each level.
fn this_core() -> u32 {
    let mpidr = read_sysreg!("mpidr_el1");
    let [aff0, aff1, aff2, _, aff3, ..] = mpidr.to_le_bytes();
    u32::from_le_bytes([aff0, aff1, aff2, aff3])
}

/// Which redistributor belongs to this core.
static REDISTRIBUTOR: AtomicUsize = AtomicUsize::new(0);

fn init_redistributor() {
    let own = (0..platform::REDISTRIBUTORS)
        .find(|index| {
            let (control, _) = platform::redistributor_pages(*index);
            control.read(GICR_TYPER_AFFINITY) == this_core()
        })
        .expect("the core that boots has a redistributor");
    REDISTRIBUTOR.store(own, Ordering::Relaxed);
    let (control, gicr) = platform::redistributor_pages(own);
    let waker = control.read(GICR_WAKER) & !WAKER_PROCESSOR_SLEEP;
    control.write(GICR_WAKER, waker);
    wait_until(|| control.read(GICR_WAKER) & WAKER_CHILDREN_ASLEEP == 0);
    gicr.write(GICD_ICENABLER, u32::MAX);
    gicr.write(GICR_ICACTIVER0, u32::MAX);
    gicr.write(GICD_ICPENDR, u32::MAX);
    gicr.write(GICD_IGROUPR, u32::MAX);
    for irq in (0..PRIVATE_INTERRUPTS).step_by(4) {
        gicr.write(GICD_IPRIORITYR + u64::from(irq), DEFAULT_PRIORITIES);
    }
    gicr.write(GICD_ICFGR + u64::from(SGIS / 4), 0);
    wait_until(|| control.read(GICR_CTLR) & REDISTRIBUTOR_WRITE_PENDING == 0);
}

fn init_cpu_interface() {
    // SAFETY: interrupts are masked; these registers decide which are signalled.
    unsafe {
        write_sysreg!("icc_sre_el2", SRE);
        isb();
        write_sysreg!("icc_sre_el1", SRE);
        isb();
        write_sysreg!("icc_bpr1_el1", 0);
        write_sysreg!("icc_pmr_el1", PRIORITY_MASK);
        write_sysreg!("icc_ctlr_el1", EOI_MODE_DROP);
    }
    isb();
    while let Some(leftover) = acknowledge() {
        end(leftover);
    }
    // SAFETY: as above.
    unsafe { write_sysreg!("icc_igrpen1_el1", 1) };
    isb();
}

fn wait_until(is_ready: impl Fn() -> bool) {
    let ready = (0..PATIENCE).any(|_| is_ready());
    assert!(ready, "the interrupt controller doesn't get ready");
}

/// Interrupt IDs have 24 bits, those of interrupts less.
fn interrupt_id(register: u64) -> Option<u32> {
    u32::try_from(register & 0xff_ffff).ok().filter(|id| *id < FIRST_SPECIAL_ID)
}

/// Acknowledges the pending interrupt of the highest priority. `None` means that it
/// went away: a spurious interrupt, nothing to do.
pub fn acknowledge() -> Option<ActiveInterrupt> {
    let id = interrupt_id(read_sysreg!("icc_iar1_el1"));
    // The interrupt is active before its device is looked at.
    super::sysreg::dsb();
    id.map(ActiveInterrupt)
}

/// Ends an interrupt: its priority is dropped, and it may be raised again. Mask it
/// first if the device still holds its line.
pub fn end(interrupt: ActiveInterrupt) {
    let irq = interrupt.irq();
    hand_over(interrupt);
    release(irq);
}

/// Drops an interrupt's priority, so that others come. It stays active, and doesn't come
/// again, until [`release`].
pub fn hand_over(interrupt: ActiveInterrupt) {
    // SAFETY: the interrupt is active.
    unsafe { write_sysreg!("icc_eoir1_el1", u64::from(interrupt.0)) };
    isb();
}

/// Lets an interrupt come again after [`hand_over`]. Nothing happens if it isn't active.
pub fn release(irq: u32) {
    // SAFETY: deactivates an interrupt that its handler has dealt with.
    unsafe { write_sysreg!("icc_dir_el1", u64::from(irq)) };
    isb();
}

/// Whether an interrupt is pending that [`acknowledge`] would return. For the
/// kernel's preemption points.
pub fn is_pending() -> bool {
    interrupt_id(read_sysreg!("icc_hppir1_el1")).is_some()
}

/// The page with the registers of an interrupt that distributor and redistributor have
/// at the same offsets.
fn page_of(irq: u32) -> DevicePage {
    if irq < PRIVATE_INTERRUPTS {
        platform::redistributor_pages(REDISTRIBUTOR.load(Ordering::Relaxed)).1
    } else {
        platform::distributor_page(0)
    }
}

/// Masks or unmasks an interrupt. The number must be one that the distributor has.
pub fn set_masked(irq: u32, masked: bool) {
    distributor::set_masked(page_of(irq), irq, masked);
}

/// Sets how an interrupt is signalled. The number must be one that the distributor
/// has. Software generated interrupts are always edge-triggered.
pub fn set_trigger(irq: u32, trigger: Trigger) {
    if irq >= SGIS {
        distributor::set_trigger(page_of(irq), irq, trigger);
    }
}

/// Sends software generated interrupt `irq` (below 16) to the core with the affinity
/// `target`.
pub fn send_sgi(irq: u32, target: u32) {
    let [aff0, aff1, aff2, aff3] = target.to_le_bytes().map(u64::from);
    // ICC_SGI1R_EL1: a bit for each core of 16, and which 16.
    let list = 1 << (aff0 & 0xf) | (aff0 >> 4) << 44;
    let affinity = aff1 << 16 | aff2 << 32 | aff3 << 48;
    // SAFETY: raises an interrupt, which is masked now.
    unsafe { write_sysreg!("icc_sgi1r_el1", u64::from(irq) << 24 | list | affinity) };
    isb();
}
