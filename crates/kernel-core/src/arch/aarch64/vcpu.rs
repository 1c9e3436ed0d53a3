//! Virtual processors.
//!
//! A virtual processor is *current* while its registers are in the hardware,
//! and *active* while, in addition, its thread runs. A native thread that runs
//! in between leaves most of the registers where they are, which makes the way
//! back cheap.

use sel4_abi::aarch64::VcpuReg;

use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::memory::{Memory, kernel_object};
use crate::object::Tcb;
use crate::word::Word;

/// The private interrupt of the virtual timer.
pub const VIRTUAL_TIMER_IRQ: Word = 27;

/// The private interrupt of the virtual interrupt controller's maintenance.
pub const MAINTENANCE_IRQ: Word = 25;

/// The word where the saved state of the virtual interrupt controller begins:
/// its `HCR`, `VMCR`, `APR` and a pad of 32 bits each, then the list registers.
pub const INTERFACE: Word = VcpuReg::COUNT;
const LIST_REGISTERS: Word = INTERFACE + 2;
/// Most list registers that there is room for.
pub const MAX_LIST_REGISTERS: Word = 64;
/// The word that keeps the virtual timer's interrupt masked.
pub const TIMER_MASKED: Word = LIST_REGISTERS + MAX_LIST_REGISTERS;
const TCB: Word = TIMER_MASKED + 1;

kernel_object! {
    /// A virtual processor.
    ///
    /// Layout, in words: the registers by their numbers in `seL4_VCPUReg`, the
    /// interrupt controller's state from [`INTERFACE`] on, both as the
    /// hardware layer writes them, then what is the algorithms' alone.
    Vcpu {
        /// Whether the virtual timer's interrupt waits for its acknowledgement.
        timer_masked, set_timer_masked: bool = TIMER_MASKED;
        /// The thread that runs it.
        tcb, set_tcb: Option<Tcb> = TCB;
    }
}

impl Vcpu {
    /// A saved register.
    pub fn register(self, memory: &impl Memory, register: VcpuReg) -> Word {
        memory.load(self.address().word(register.as_word()))
    }

    /// Sets a saved register.
    pub fn set_register(self, memory: &mut impl Memory, register: VcpuReg, value: Word) {
        memory.store(self.address().word(register.as_word()), value);
    }

    /// A saved list register.
    pub fn list_register(self, memory: &impl Memory, index: Word) -> u64 {
        memory.load(self.address().word(LIST_REGISTERS + index)) as u64
    }

    /// Sets a saved list register.
    #[expect(clippy::cast_possible_truncation, reason = "words of AArch64 have 64 bits")]
    pub fn set_list_register(self, memory: &mut impl Memory, index: Word, value: u64) {
        memory.store(self.address().word(LIST_REGISTERS + index), value as Word);
    }
}

/// Which virtual processor is in the hardware.
#[derive(Debug)]
pub struct VcpuState {
    current: Option<Vcpu>,
    is_active: bool,
}

impl VcpuState {
    pub(super) const fn new() -> Self {
        Self { current: None, is_active: false }
    }

    /// The virtual processor whose thread runs.
    pub fn active(&self) -> Option<Vcpu> {
        if self.is_active { self.current } else { None }
    }
}

/// Whether a register leaves the hardware as soon as the virtual processor is
/// disabled, since native threads need it otherwise.
fn is_saved_when_disabled(register: VcpuReg) -> bool {
    use VcpuReg as Reg;
    matches!(
        register,
        Reg::Sctlr | Reg::Cpacr | Reg::CntvCtl | Reg::CntvCval | Reg::Cntvoff | Reg::CntkctlEl1
    )
}

impl<M: Machine> Kernel<M> {
    /// Whether a guest runs.
    pub fn is_vcpu_active(&self) -> bool {
        self.arch.vcpu.is_active
    }

    /// Puts a virtual processor, or none, into the hardware for the next thread.
    pub(super) fn switch_vcpu(&mut self, next: Option<Vcpu>) {
        let state = &mut self.arch.vcpu;
        match (next, state.current) {
            (Some(next), current) if current != Some(next) => {
                if let Some(current) = current {
                    self.machine.save_vcpu(current, state.is_active);
                }
                self.machine.restore_vcpu(next);
                state.current = Some(next);
                state.is_active = true;
            }
            (Some(next), _) if !state.is_active => {
                self.machine.enable_vcpu(next);
                state.is_active = true;
            }
            (None, Some(current)) if state.is_active => {
                self.machine.disable_vcpu(current);
                state.is_active = false;
            }
            _ => {}
        }
    }

    /// Makes a virtual processor belong to a thread, and neither to others.
    pub(super) fn associate_vcpu(&mut self, vcpu: Vcpu, tcb: Tcb) {
        if let Some(old) = tcb.vcpu(&self.machine) {
            self.dissociate_vcpu(old, tcb);
        }
        if let Some(old) = vcpu.tcb(&self.machine) {
            self.dissociate_vcpu(vcpu, old);
        }
        tcb.set_vcpu(&mut self.machine, Some(vcpu));
        vcpu.set_tcb(&mut self.machine, Some(tcb));
        if tcb == self.current() {
            self.switch_vcpu(Some(vcpu));
        }
    }

    /// Parts a virtual processor from its thread, which becomes a native one.
    pub(super) fn dissociate_vcpu(&mut self, vcpu: Vcpu, tcb: Tcb) {
        let state = &mut self.arch.vcpu;
        if state.current == Some(vcpu) {
            if state.is_active {
                self.machine.discard_vcpu();
            }
            *state = VcpuState::new();
        }
        tcb.set_vcpu(&mut self.machine, None);
        vcpu.set_tcb(&mut self.machine, None);
        let spsr = tcb.register(&self.machine, super::registers::SPSR);
        self.set_user_register(tcb, super::registers::SPSR, spsr);
    }

    /// Reads a register, where it is now.
    pub(super) fn read_vcpu_register(&mut self, vcpu: Vcpu, register: VcpuReg) -> Word {
        if self.is_in_hardware(vcpu, register) {
            self.machine.read_vcpu_register(register)
        } else {
            vcpu.register(&self.machine, register)
        }
    }

    /// Writes a register, where it is now.
    pub(super) fn write_vcpu_register(&mut self, vcpu: Vcpu, register: VcpuReg, value: Word) {
        if self.is_in_hardware(vcpu, register) {
            self.machine.write_vcpu_register(register, value);
        } else {
            vcpu.set_register(&mut self.machine, register, value);
        }
    }

    fn is_in_hardware(&self, vcpu: Vcpu, register: VcpuReg) -> bool {
        let state = &self.arch.vcpu;
        state.current == Some(vcpu) && (state.is_active || !is_saved_when_disabled(register))
    }

    /// Puts a virtual interrupt into a list register.
    pub(super) fn inject_irq(&mut self, vcpu: Vcpu, index: Word, value: u64) {
        if self.arch.vcpu.current == Some(vcpu) {
            self.machine.write_list_register(index, value);
        } else {
            vcpu.set_list_register(&mut self.machine, index, value);
        }
    }

    /// Takes the maintenance request of the first list register whose
    /// interrupt has ended, and gives its number.
    pub(super) fn take_ended_list_register(&mut self) -> Option<Word> {
        let index = self.machine.ended_list_registers()?.trailing_zeros() as Word;
        if index >= self.machine.list_register_count() {
            return None;
        }
        let value = self.machine.read_list_register(index);
        let value = M::LIST_REGISTER.without_maintenance(value);
        self.machine.write_list_register(index, value);
        if let Some(vcpu) = self.arch.vcpu.current {
            vcpu.set_list_register(&mut self.machine, index, value);
        }
        Some(index)
    }
}
