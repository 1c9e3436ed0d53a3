//! The distributor's registers (IHI 0069H 12.9).

use alloc::rc::Rc;
use alloc::vec::Vec;

use guest_memory::Width;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;

use super::{Affinity, Processors};
use crate::config::Config;
use crate::cpus::Vcpus;
use crate::engine::Engine;
use crate::engine::block::GroupEnables;
use crate::engine::registers::Register;
use crate::frame::{IIDR, Request, identification, word};
use crate::gic::Gic;

/// Bytes of the distributor's frame.
pub const DISTRIBUTOR_SIZE: u64 = 0x1_0000;

/// Distributor control (12.9).
const CTLR: u64 = 0x0000;
/// Interrupt controller type (12.9).
const TYPER: u64 = 0x0004;
/// Implementer identification (12.9).
const GICD_IIDR: u64 = 0x0008;
/// Processor targets (12.9): reserved with affinity routing.
const ITARGETSR: u64 = 0x0800;
const ITARGETSR_END: u64 = 0x0c00;
/// Group modifiers and non-secure access (12.9): reserved with one security state.
const IGRPMODR: u64 = 0x0d00;
const NSACR_END: u64 = 0x0f00;
/// Interrupt routing, 8 bytes for each SPI (12.9).
const IROUTER: u64 = 0x6100;
const IROUTER_END: u64 = 0x7fe0;
/// First identification register (12.1).
const IDENTIFICATION: u64 = 0xffd0;

/// GICD_CTLR: affinity routing and one security state, always; no write is ever pending (RWP).
const CTLR_ARE: u32 = 1 << 4;
const CTLR_DS: u32 = 1 << 6;
/// GICD_TYPER: identifiers have 10 bits; affinity level 3 may be other than zero.
const TYPER_ID_BITS: u32 = 9 << 19;
const TYPER_A3V: u32 = 1 << 24;
/// GICD_IROUTER: any participating processor instead of the one with the affinity.
const ROUTE_ANY: u64 = 1 << 31;
const ROUTE_MASK: u64 = ROUTE_ANY | 0xff_00ff_ffff;

/// Widths of accesses (12.1).
pub(super) const WIDTHS: &str = "IHI 0069H 12.1: registers are accessed by words; \
     IPRIORITYR by bytes too; 64-bit registers by double words too";

/// The registers of a GICv3's distributor.
#[derive(Debug)]
pub struct Distributor {
    gic: Rc<Gic>,
    processors: Rc<Processors>,
    /// GICD_IROUTER of each SPI.
    routes: Vec<u64>,
}

impl Distributor {
    pub(super) fn new(gic: Rc<Gic>, processors: Rc<Processors>, config: Config) -> Self {
        Self { gic, processors, routes: alloc::vec![0; config.spis.into()] }
    }

    fn read_register(&self, request: &mut Request<'_, '_>) -> u64 {
        let Access { offset, vcpu, .. } = request.access;
        if let Some(register) = Register::at(offset) {
            // Private interrupts are the redistributors' business.
            return if request.suits(register) && register.block() != 0 {
                self.gic.with(|engine| engine.read(vcpu, register)).into()
            } else {
                0
            };
        }
        match offset & !3 {
            IROUTER..IROUTER_END => {
                let (spi, shift) = route(offset);
                let fits = request.has_width(&[Width::Four, Width::Eight]);
                let route = self.routes.get(spi).filter(|_| fits);
                route.copied().unwrap_or(0) >> shift
            }
            ITARGETSR..ITARGETSR_END => 0,
            _ if !request.is_word() => 0,
            CTLR => self
                .gic
                .with(|engine| {
                    let GroupEnables { zero, one } = engine.groups;
                    CTLR_ARE | CTLR_DS | u32::from(zero) | u32::from(one) << 1
                })
                .into(),
            TYPER => {
                let lines = self.gic.with(|engine| engine.blocks()) - 1;
                let lines = u32::try_from(lines).unwrap_or(0);
                (TYPER_ID_BITS | TYPER_A3V | lines).into()
            }
            GICD_IIDR => IIDR.into(),
            IDENTIFICATION.. => identification(offset - IDENTIFICATION, 3).into(),
            _ => 0,
        }
    }

    fn write_register(&mut self, request: &mut Request<'_, '_>, value: u64) {
        let Access { offset, width, vcpu } = request.access;
        if let Some(register) = Register::at(offset) {
            if request.suits(register) && register.block() != 0 {
                self.gic.with(|engine| engine.write(vcpu, register, word(value), width.size()));
            }
            return;
        }
        match offset & !3 {
            IROUTER..IROUTER_END => {
                if request.has_width(&[Width::Four, Width::Eight]) {
                    self.write_route(offset, width, value);
                }
            }
            ITARGETSR..ITARGETSR_END => {}
            _ if !request.is_word() => {}
            CTLR => self.gic.with(|engine| {
                engine.groups = GroupEnables { zero: value & 1 != 0, one: value & 2 != 0 };
            }),
            IGRPMODR..NSACR_END => {}
            _ => request.not_writable(value),
        }
    }

    fn write_route(&mut self, offset: u64, width: Width, value: u64) {
        let (spi, shift) = route(offset);
        let Some(route) = self.routes.get_mut(spi) else {
            return;
        };
        let mask = width.mask() << shift & ROUTE_MASK;
        *route = *route & !mask | value << shift & mask;
        let targets = if *route & ROUTE_ANY == 0 {
            self.processors.with_affinity(Affinity::from_mpidr(*route))
        } else {
            Vcpus::first_ones(self.processors.count())
        };
        self.gic.with(|engine| engine.set_targets(spi, targets));
    }
}

/// The SPI of a routing register, and the bits below `offset` in it.
fn route(offset: u64) -> (usize, u64) {
    let offset = offset - IROUTER;
    let spi = usize::try_from(offset / 8).unwrap_or(usize::MAX);
    (spi, offset % 8 * 8)
}

impl MmioDevice for Distributor {
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

    fn reset(&mut self) {
        self.routes.fill(0);
        self.gic.with(Engine::reset);
    }
}
