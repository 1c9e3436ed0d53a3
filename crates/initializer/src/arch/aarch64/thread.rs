//! Threads, virtual processors, interrupts.

use sel4::{AbsoluteCPtr, ObjectBlueprint, Result, UserContext, cap};
use system_spec::model::{Interrupt, Thread};

/// Processor state of a guest at its first instruction: EL1 with its own stack pointer, all
/// exceptions masked (Arm ARM, C5.2.19).
const GUEST_STATE: u64 = 0x3c5;

/// The registers with which a thread starts.
pub fn registers(thread: &Thread, arguments: [u64; 4]) -> UserContext {
    let mut context = UserContext::default();
    *context.pc_mut() = thread.pc;
    *context.sp_mut() = thread.sp;
    for (index, argument) in arguments.into_iter().enumerate() {
        *context.c_param_mut(index) = argument;
    }
    context.inner_mut().tpidr_el0 = thread.thread_pointer;
    if thread.vcpu.is_some() {
        *context.spsr_mut() = GUEST_STATE;
    }
    context
}

/// What a virtual processor is made of, if the kernel has them.
#[sel4::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
pub fn vcpu_blueprint() -> Option<ObjectBlueprint> {
    Some(ObjectBlueprint::Arch(sel4::ObjectBlueprintArm::VCpu))
}

/// What a virtual processor is made of, if the kernel has them.
#[sel4::sel4_cfg(not(ARM_HYPERVISOR_SUPPORT))]
pub fn vcpu_blueprint() -> Option<ObjectBlueprint> {
    None
}

/// Lets a thread run the virtual processor in a slot of the root CNode.
#[sel4::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
pub fn bind_vcpu(slot: usize, tcb: cap::Tcb) -> Result<()> {
    crate::slots::cap::<sel4::cap_type::VCpu>(slot).vcpu_set_tcb(tcb)
}

/// Lets a thread run the virtual processor in a slot of the root CNode.
#[sel4::sel4_cfg(not(ARM_HYPERVISOR_SUPPORT))]
pub fn bind_vcpu(_: usize, _: cap::Tcb) -> Result<()> {
    Err(sel4::Error::IllegalOperation)
}

/// Makes the handler of an interrupt.
#[sel4::sel4_cfg(ENABLE_SMP_SUPPORT)]
pub fn interrupt_handler(interrupt: &Interrupt, place: &AbsoluteCPtr) -> Result<()> {
    sel4::init_thread::slot::IRQ_CONTROL.cap().irq_control_get_trigger_core(
        interrupt.number.into(),
        interrupt.edge,
        interrupt.target.into(),
        place,
    )
}

/// Makes the handler of an interrupt.
#[sel4::sel4_cfg(not(ENABLE_SMP_SUPPORT))]
pub fn interrupt_handler(interrupt: &Interrupt, place: &AbsoluteCPtr) -> Result<()> {
    sel4::init_thread::slot::IRQ_CONTROL.cap().irq_control_get_trigger(
        interrupt.number.into(),
        interrupt.edge,
        place,
    )
}
