//! Floating-point registers, switched lazily.
//!
//! Threads that don't use them shall not pay for them: a switch of threads
//! leaves the registers with their *owner*, and makes the next use by anybody
//! else trap. The trap moves them.

use sel4_abi::tcb::flag;

use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::Tcb;

/// Whose state is in the floating-point registers.
#[derive(Debug)]
pub struct FpuOwner {
    owner: Option<Tcb>,
    /// Whether user level can use the registers now.
    is_enabled: bool,
}

impl FpuOwner {
    pub(super) const fn new() -> Self {
        Self { owner: None, is_enabled: false }
    }
}

impl<M: Machine> Kernel<M> {
    /// Lets a thread that is about to run use the registers if they are its own.
    #[inline]
    pub(crate) fn restore_fpu_lazily(&mut self, tcb: Tcb) {
        let enable = self.arch.fpu.owner == Some(tcb);
        if enable != self.arch.fpu.is_enabled {
            self.enable_fpu(enable);
        }
    }

    fn enable_fpu(&mut self, enable: bool) {
        self.arch.fpu.is_enabled = enable;
        self.machine.enable_fpu(enable);
    }

    /// Gives the registers to the current thread, which tried to use them.
    /// Says whether it may.
    pub(super) fn handle_fpu_trap(&mut self) -> bool {
        let tcb = self.current();
        if tcb.flags(&self.machine) & flag::FPU_DISABLED != 0 {
            return false;
        }
        self.enable_fpu(true);
        self.save_fpu_owner();
        self.machine.load_fpu(tcb.fpu_state());
        self.arch.fpu.owner = Some(tcb);
        true
    }

    /// Saves a thread's registers if they are in the hardware. Its next use of
    /// them traps.
    pub(crate) fn release_fpu(&mut self, tcb: Tcb) {
        if self.arch.fpu.owner == Some(tcb) {
            self.enable_fpu(true);
            self.save_fpu_owner();
            self.enable_fpu(false);
        }
    }

    /// Leaves the registers, which are enabled, without an owner.
    fn save_fpu_owner(&mut self) {
        if let Some(old) = self.arch.fpu.owner.take() {
            self.machine.save_fpu(old.fpu_state());
        }
    }
}
