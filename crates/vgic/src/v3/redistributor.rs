//! The redistributors' registers (IHI 0069H 12.10, 12.11).

use alloc::rc::Rc;

use guest_memory::Width;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;
use vmm::vcpu::VcpuId;

use super::Processors;
use super::distributor::WIDTHS;
use crate::engine::registers::Register;
use crate::frame::{IIDR, Request, identification, word};
use crate::gic::Gic;

/// Bytes of one redistributor: two frames, RD_base and SGI_base (12.10).
pub const REDISTRIBUTOR_SIZE: u64 = 2 * FRAME;
const FRAME: u64 = 0x1_0000;

/// Redistributor control (12.11): without LPIs nothing can be set.
const CTLR: u64 = 0x0000;
/// Implementer identification (12.11).
const GICR_IIDR: u64 = 0x0004;
/// Type, 64 bits (12.11).
const TYPER: u64 = 0x0008;
const TYPER_HIGH: u64 = 0x000c;
/// Sleep (12.11).
const WAKER: u64 = 0x0014;
/// Tables of LPIs (12.11), 64 bits each: reserved without LPIs.
const PROPBASER: u64 = 0x0070;
const PENDBASER_END: u64 = 0x0080;
/// First identification register (12.1).
const IDENTIFICATION: u64 = 0xffd0;
/// In SGI_base: group modifiers and non-secure access, reserved with one security state.
const IGRPMODR: u64 = 0x0d00;
const NSACR: u64 = 0x0e00;

/// GICR_TYPER: the last redistributor of the region.
const TYPER_LAST: u64 = 1 << 4;
/// GICR_WAKER: the processor is to sleep; it does.
const PROCESSOR_SLEEP: u64 = 1 << 1;
const CHILDREN_ASLEEP: u64 = 1 << 2;

/// The registers of all redistributors, in the order of the processors' numbers.
#[derive(Debug)]
pub struct Redistributors {
    gic: Rc<Gic>,
    processors: Rc<Processors>,
}

impl Redistributors {
    pub(super) const fn new(gic: Rc<Gic>, processors: Rc<Processors>) -> Self {
        Self { gic, processors }
    }

    /// Bytes of all redistributors.
    #[must_use]
    pub fn size(&self) -> u64 {
        (0..self.processors.count()).map(|_| REDISTRIBUTOR_SIZE).sum()
    }

    /// Whose redistributor an access goes to, whoever makes it, and where in it.
    fn place(&self, offset: u64) -> Option<(VcpuId, u64)> {
        let vcpu = VcpuId(u8::try_from(offset / REDISTRIBUTOR_SIZE).ok()?);
        self.processors.affinity(vcpu)?;
        Some((vcpu, offset % REDISTRIBUTOR_SIZE))
    }

    fn read_register(&self, request: &mut Request<'_, '_>) -> u64 {
        let Some((vcpu, offset)) = self.place(request.access.offset) else {
            return 0;
        };
        if let Some(register) = private_register(offset) {
            return if request.suits(register) {
                self.gic.with(|engine| engine.read(vcpu, register)).into()
            } else {
                0
            };
        }
        let is_wide = matches!(offset & !7, TYPER | PROPBASER..PENDBASER_END);
        if !request.has_width(if is_wide { &WIDE } else { &WIDE[..1] }) {
            return 0;
        }
        match offset {
            TYPER => self.typer(vcpu),
            TYPER_HIGH => self.typer(vcpu) >> 32,
            GICR_IIDR => IIDR.into(),
            WAKER if self.gic.with(|engine| engine.is_asleep(vcpu)) => {
                PROCESSOR_SLEEP | CHILDREN_ASLEEP
            }
            IDENTIFICATION..FRAME => identification(offset - IDENTIFICATION, 3).into(),
            _ => 0,
        }
    }

    fn write_register(&self, request: &mut Request<'_, '_>, value: u64) {
        let Some((vcpu, offset)) = self.place(request.access.offset) else {
            return;
        };
        if let Some(register) = private_register(offset) {
            if request.suits(register) {
                let bytes = request.access.width.size();
                self.gic.with(|engine| engine.write(vcpu, register, word(value), bytes));
            }
            return;
        }
        match offset {
            PROPBASER..PENDBASER_END => {}
            _ if !request.is_word() => {}
            WAKER => self.gic.with(|engine| engine.set_asleep(vcpu, value & PROCESSOR_SLEEP != 0)),
            CTLR => {}
            _ if offset == FRAME + IGRPMODR || offset == FRAME + NSACR => {}
            _ => request.not_writable(value),
        }
    }

    /// Affinity_Value, Processor_Number, Last; no LPIs.
    fn typer(&self, vcpu: VcpuId) -> u64 {
        let affinity = self.processors.affinity(vcpu).unwrap_or_default();
        let last = vcpu.index() + 1 == self.processors.count();
        u64::from(affinity.packed()) << 32
            | u64::from(vcpu.0) << 8
            | if last { TYPER_LAST } else { 0 }
    }
}

const WIDE: [Width; 2] = [Width::Four, Width::Eight];

/// The register of private interrupts at `offset` in a redistributor.
fn private_register(offset: u64) -> Option<Register> {
    Register::at(offset.checked_sub(FRAME)?).filter(|register| register.block() == 0)
}

impl MmioDevice for Redistributors {
    fn widths(&self) -> Widths {
        Widths::ANY
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        let value = self.read_register(&mut Request::new(access, log, WIDTHS));
        access.width.truncate(value)
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        self.write_register(&mut Request::new(access, log, WIDTHS), value);
    }

    /// The distributor's reset includes the redistributors.
    fn reset(&mut self) {}
}
