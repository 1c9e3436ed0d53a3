//! The distributor's registers (IHI 0048B 4.3).

use alloc::rc::Rc;

use guest_memory::Width;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;
use vmm::vcpu::VcpuId;

use crate::cpus::Vcpus;
use crate::engine::block::GroupEnables;
use crate::engine::registers::{Bits, Register};
use crate::engine::{Engine, SGIS};
use crate::frame::{IIDR, Request, identification, word};
use crate::gic::Gic;
use crate::intid::Sgi;

/// Bytes of the distributor's frame.
pub const SIZE: u64 = 0x1000;

/// Distributor control (4.3.1).
const CTLR: u64 = 0x000;
/// Interrupt controller type (4.3.2).
const TYPER: u64 = 0x004;
/// Implementer identification (4.3.3).
const GICD_IIDR: u64 = 0x008;
/// Processor targets, a byte for each interrupt (4.3.12).
const ITARGETSR: u64 = 0x800;
const ITARGETSR_END: u64 = 0xc00;
/// Non-secure access control (4.3.14): reserved without the Security Extensions.
const NSACR: u64 = 0xe00;
const NSACR_END: u64 = 0xf00;
/// Software generated interrupt (4.3.15).
const SGIR: u64 = 0xf00;
/// SGI clear-pending, a byte for each SGI (4.3.16).
const CPENDSGIR: u64 = 0xf10;
/// SGI set-pending, a byte for each SGI (4.3.17).
const SPENDSGIR: u64 = 0xf20;
const SPENDSGIR_END: u64 = 0xf30;
/// First identification register (4.3.18).
const IDENTIFICATION: u64 = 0xfd0;

/// Widths of accesses (4.1.4).
const WIDTHS: &str = "IHI 0048B 4.1.4: registers are accessed by words; \
     GICD_IPRIORITYR, GICD_ITARGETSR, GICD_CPENDSGIR and GICD_SPENDSGIR by bytes too";

/// The registers of a GICv2's distributor.
#[derive(Debug)]
pub struct Distributor {
    gic: Rc<Gic>,
    vcpus: usize,
}

impl Distributor {
    pub(super) const fn new(gic: Rc<Gic>, vcpus: usize) -> Self {
        Self { gic, vcpus }
    }

    fn read_register(&self, request: &mut Request<'_, '_>) -> u32 {
        let Access { offset, vcpu, .. } = request.access;
        if let Some(register) = Register::at(offset) {
            return if request.suits(register) {
                self.gic.with(|engine| engine.read(vcpu, register))
            } else {
                0
            };
        }
        let word = offset & !3;
        match word {
            ITARGETSR..ITARGETSR_END if request.has_width(&BYTES) => {
                self.bytes(offset, |engine, n| self.targets(engine, vcpu, n))
            }
            CPENDSGIR..SPENDSGIR_END if request.has_width(&BYTES) => {
                self.bytes(offset, |engine, n| engine.shown_senders(vcpu, Sgi::from_bits(n)).bits())
            }
            ITARGETSR..ITARGETSR_END | CPENDSGIR..SPENDSGIR_END => 0,
            _ if !request.is_word() => 0,
            CTLR => self
                .gic
                .with(|engine| u32::from(engine.groups.zero) | u32::from(engine.groups.one) << 1),
            TYPER => self.typer(),
            GICD_IIDR => IIDR,
            IDENTIFICATION..SIZE => identification(word - IDENTIFICATION, 2),
            // SGIR is write-only, and NSACR belongs to the Security Extensions.
            _ => 0,
        }
    }

    fn write_register(&self, request: &mut Request<'_, '_>, value: u64) {
        let Access { offset, width, vcpu } = request.access;
        if let Some(register) = Register::at(offset) {
            if request.suits(register) {
                let value = writable(register, word(value));
                self.gic.with(|engine| engine.write(vcpu, register, value, width.size()));
            }
            return;
        }
        match offset & !3 {
            ITARGETSR..ITARGETSR_END => {
                if request.has_width(&BYTES) {
                    self.write_targets(offset - ITARGETSR, width, value);
                }
            }
            CPENDSGIR..SPENDSGIR_END => {
                if request.has_width(&BYTES) {
                    self.write_pending_sgis(offset, width, value, vcpu);
                }
            }
            _ if !request.is_word() => {}
            CTLR => self.gic.with(|engine| {
                engine.groups = GroupEnables { zero: value & 1 != 0, one: value & 2 != 0 };
            }),
            SGIR => self.send(request, value),
            NSACR..NSACR_END => {}
            _ => request.not_writable(value),
        }
    }

    /// ITLinesNumber, CPUNumber; one security state, no lockable interrupts.
    fn typer(&self) -> u32 {
        let lines = self.gic.with(|engine| engine.blocks()) - 1;
        let cpus = self.vcpus - 1;
        u32::try_from(cpus << 5 | lines).unwrap_or(0)
    }

    /// A word of bytes, as far as it lies in the same register.
    fn bytes(&self, offset: u64, byte: impl Fn(&Engine, u64) -> u8) -> u32 {
        self.gic.with(|engine| {
            u32::from_le_bytes(
                [0, 1, 2, 3].map(|n| {
                    if offset % 4 + n < 4 { byte(engine, offset % ITARGETSR + n) } else { 0 }
                }),
            )
        })
    }

    /// The targets of interrupt `n`. Those of private interrupts are the reader. A single
    /// processor's registers read as zero.
    fn targets(&self, engine: &Engine, vcpu: VcpuId, n: u64) -> u8 {
        if self.vcpus == 1 {
            return 0;
        }
        match n.checked_sub(32) {
            None => Vcpus::from(vcpu).bits(),
            Some(spi) => usize::try_from(spi).map_or(0, |spi| engine.targets(spi).bits()),
        }
    }

    fn write_targets(&self, first: u64, width: Width, value: u64) {
        if self.vcpus == 1 {
            return;
        }
        for (n, &byte) in (first..).zip(value.to_le_bytes().iter().take(width.size())) {
            if let Some(Ok(spi)) = n.checked_sub(32).map(usize::try_from) {
                self.gic.with(|engine| engine.set_targets(spi, Vcpus::from_bits(byte)));
            }
        }
    }

    fn write_pending_sgis(&self, offset: u64, width: Width, value: u64, vcpu: VcpuId) {
        for (n, &byte) in (offset..).zip(value.to_le_bytes().iter().take(width.size())) {
            let sgi = Sgi::from_bits(n);
            let senders = Vcpus::from_bits(byte);
            self.gic.with(|engine| {
                if n < SPENDSGIR {
                    engine.unsend(vcpu, sgi, senders);
                } else {
                    let senders = senders.and(engine.everybody());
                    if !senders.is_empty() {
                        engine.send(vcpu, sgi, senders);
                    }
                }
            });
        }
    }

    /// SGIR: TargetListFilter in bits 25:24, CPUTargetList in 23:16, SGIINTID in 3:0.
    fn send(&self, request: &mut Request<'_, '_>, value: u64) {
        let sender = request.access.vcpu;
        let [_, _, list, filter, ..] = value.to_le_bytes();
        self.gic.with(|engine| {
            let targets = match filter & 3 {
                0 => Vcpus::from_bits(list),
                1 => engine.everybody().without(sender.into()),
                2 => sender.into(),
                _ => {
                    return request.mistake(
                        "sgi-filter",
                        format_args!("wrote {value:#x} to GICD_SGIR, ignored"),
                        "IHI 0048B 4.3.15: a TargetListFilter of 0b11 is reserved",
                    );
                }
            };
            for target in targets.iter() {
                engine.send(target, Sgi::from_bits(value), sender.into());
            }
        });
    }
}

const BYTES: [Width; 2] = [Width::Four, Width::One];

/// What of a value has an effect: SGIs are always enabled (4.3.5), their pending state is changed
/// by GICD_SPENDSGIR and GICD_CPENDSGIR only (4.3.7, 4.3.8).
const fn writable(register: Register, value: u32) -> u32 {
    match register {
        Register::Bits(Bits::ClearEnable | Bits::SetPending | Bits::ClearPending, 0) => {
            value & !SGIS
        }
        _ => value,
    }
}

impl MmioDevice for Distributor {
    fn widths(&self) -> Widths {
        Widths::UP_TO_WORDS
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        let value = self.read_register(&mut Request::new(access, log, WIDTHS));
        access.width.truncate(value.into())
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        self.write_register(&mut Request::new(access, log, WIDTHS), value);
    }

    fn reset(&mut self) {
        self.gic.with(Engine::reset);
    }
}
