//! The controller as the virtual machine monitor uses it.

use core::cell::{Cell, RefCell};

use vmm::interrupt::{Interrupt, InterruptController};
use vmm::vcpu::VcpuId;

use crate::config::{Config, ConfigError};
use crate::cpus::Vcpus;
use crate::engine::{Engine, Initial};
use crate::intid::IntId;
use crate::lists::ListRegisters;

/// A guest's interrupt controller, without its registers.
///
/// Whatever changes its state only does that. Interrupts reach the guest by
/// [`deliver`](Self::deliver), which the monitor calls for a vCPU before that continues, and for
/// the vCPUs of [`deliverable`](Self::deliverable) after devices did something:
///
/// - an exit for VGIC maintenance: [`ended`](Self::ended), then `deliver`;
/// - an interrupt of the host for the guest, such as the virtual timer's:
///   [`fire`](Self::fire). The host's interrupt stays masked. It is unmasked (on seL4:
///   `seL4_ARM_VCPU_AckVPPI`, `seL4_IRQHandler_Ack`) when
///   [`next_released`](Self::next_released) names it, never before: the level is sampled again
///   only after the guest has handled it.
///
/// Since list registers can't be read back, an interrupt that is in one stays there until it ends,
/// even if the guest disables it or its device lowers the wire. The guest may then see it once
/// more, which the architecture permits for a change that races with the delivery.
#[derive(Debug)]
pub struct Gic {
    engine: RefCell<Engine>,
    /// Whether the state may have changed since somebody asked.
    changed: Cell<bool>,
}

impl Gic {
    pub(crate) fn new(config: Config, initial: Initial) -> Result<Self, ConfigError> {
        let engine = RefCell::new(Engine::new(config.check()?, initial));
        Ok(Self { engine, changed: Cell::new(true) })
    }

    /// Runs `f` with the state; `f` calls nothing outside of this crate.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Engine) -> T) -> T {
        self.changed.set(true);
        f(&mut self.engine.borrow_mut())
    }

    fn look<T>(&self, f: impl FnOnce(&Engine) -> T) -> T {
        f(&self.engine.borrow())
    }

    /// Whether anything may have changed since this was last asked: if not, nothing has become
    /// [deliverable](Self::deliverable) or [released](Self::next_released). Most exits have nothing
    /// to do with interrupts.
    pub fn take_changed(&self) -> bool {
        self.changed.take()
    }

    /// What [`take_changed`](Self::take_changed) would say.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Whether the guest has this interrupt. Others are ignored, so a builder checks this.
    #[must_use]
    pub fn exists(&self, interrupt: Interrupt) -> bool {
        self.look(|engine| engine.exists(interrupt))
    }

    /// A level of the host: the interrupt fired, and the host masked it.
    pub fn fire(&self, interrupt: Interrupt) {
        self.with(|engine| engine.fire(interrupt));
    }

    /// An interrupt of the host to be unmasked, each once. To be asked until there is none after
    /// an [`ended`](Self::ended), a guest's access to the controller, and a reset.
    #[must_use]
    pub fn next_released(&self) -> Option<Interrupt> {
        self.with(Engine::next_released)
    }

    /// Fills free list registers of `vcpu` with its most urgent interrupts. Returns how many.
    pub fn deliver(&self, vcpu: VcpuId, registers: &mut dyn ListRegisters) -> usize {
        let count = registers.count();
        let mut delivered = 0;
        while let Some((index, injection)) = self.with(|engine| engine.next_injection(vcpu, count))
        {
            if registers.inject(index, injection).is_ok() {
                delivered += 1;
            } else {
                self.with(|engine| engine.refused(vcpu, index));
            }
        }
        delivered
    }

    /// The guest has ended what was in list register `index` of `vcpu`. Returns the interrupt, if
    /// it is from here.
    pub fn ended(&self, vcpu: VcpuId, index: usize) -> Option<IntId> {
        self.with(|engine| engine.ended(vcpu, index))
    }

    /// Whether `vcpu`, which executed WFI, may be stopped until something is
    /// [`deliverable`](Self::deliverable) to it: nothing waits for it, and nothing is in its list
    /// registers. What is in one may be pending, with the guest about to take it as soon as it
    /// unmasks interrupts behind the WFI, as Linux does; processors may trap a WFI even then.
    #[must_use]
    pub fn may_sleep(&self, vcpu: VcpuId) -> bool {
        self.look(|engine| !engine.has_waiting(vcpu) && !engine.holds_any(vcpu))
    }

    /// Whether an interrupt waits for a list register of `vcpu`.
    #[must_use]
    pub fn has_waiting(&self, vcpu: VcpuId) -> bool {
        self.look(|engine| engine.has_waiting(vcpu))
    }

    /// The vCPUs for which [`deliver`](Self::deliver) would do something.
    #[must_use]
    pub fn deliverable(&self) -> Vcpus {
        self.look(|engine| engine.deliverable())
    }

    /// Who was sent a software-generated interrupt since this was last asked. Whoever sends one often
    /// waits for its effect.
    #[must_use]
    pub fn take_sgi_targets(&self) -> Vcpus {
        self.engine.borrow_mut().take_sgi_targets()
    }

    /// Says that `vcpu` was turned on or off. After a reset only vCPU 0 is on.
    ///
    /// Either way its list registers must be empty and its virtual CPU interface in the state
    /// after power-on (on seL4: a new vCPU object). What was in them is pending again.
    pub fn set_online(&self, vcpu: VcpuId, online: bool) {
        self.with(|engine| engine.set_online(vcpu, online));
    }
}

impl InterruptController for Gic {
    fn set_level(&self, interrupt: Interrupt, asserted: bool) {
        self.with(|engine| engine.set_line(interrupt, asserted));
    }

    fn pulse(&self, interrupt: Interrupt) {
        self.with(|engine| engine.pulse(interrupt));
    }
}
