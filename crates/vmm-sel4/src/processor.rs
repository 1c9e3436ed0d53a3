//! The invocations on the objects of one of a guest's processors.

use sel4::{AbsoluteCPtr, CPtr, VCpuReg, Word, cap, cap_type};
use vgic::{Group, InUse, Injection};
use vmm::interrupt::Ppi;

/// What a kernel offers for a processor: seL4's TCB and VCPU, or a stand-in of a test.
pub trait Processor {
    /// Reads the first registers of the thread, in the order of `seL4_UserContext`, except for those
    /// whose bit is set in `keep`.
    fn read_context(&mut self, keep: Word, words: &mut [Word]);

    /// Sets the first registers of the thread, and lets it run with `resume`.
    fn write_context(&mut self, words: &[Word], resume: bool);

    /// Lets the thread run, whatever it waits for.
    fn resume(&mut self);

    /// Stops the thread.
    fn suspend(&mut self);

    /// Lets threads of its usual priority run before the thread, or no longer.
    fn step_back(&mut self, back: bool);

    /// A register of the virtual processor.
    fn read(&mut self, register: VCpuReg) -> Word;

    /// Sets a register of the virtual processor.
    fn write(&mut self, register: VCpuReg, value: Word);

    /// Puts an interrupt into a list register.
    ///
    /// # Errors
    /// The list register isn't there, or holds an active interrupt.
    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse>;

    /// Lets the virtual timer's interrupt be reported again.
    fn acknowledge_timer(&mut self);

    /// Takes a virtual processor in the state after power-on: list registers can be emptied in no
    /// other way. Its thread is stopped.
    fn renew(&mut self);
}

/// The objects of a processor: a thread, and the memory of its virtual processor.
///
/// The virtual processor is made of the untyped memory at every start, so that nothing of a former
/// life is in it.
#[derive(Clone, Copy, Debug)]
pub struct Objects {
    /// The thread, whose address space is the guest's and whose CSpace holds nothing but its
    /// fault endpoint.
    pub tcb: cap::Tcb,
    /// 4 KiB that are used for nothing else.
    pub untyped: cap::Untyped,
    /// The CNode that the caller's capability pointers are slots of.
    pub cnode: cap::CNode,
    /// An empty slot of it, for the virtual processor.
    pub slot: usize,
    /// The thread's priority, which is its maximum controlled priority too.
    pub priority: Word,
}

impl Objects {
    fn vcpu(&self) -> cap::VCpu {
        CPtr::from_bits(self.slot as Word).cast::<cap_type::VCpu>()
    }

    fn untyped_slot(&self) -> AbsoluteCPtr {
        self.cnode.absolute_cptr(self.untyped)
    }
}

/// The monitor can't go on when its own capabilities aren't what it was told.
#[track_caller]
fn must<T>(what: &str, result: sel4::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: the kernel refuses it: {error}"),
    }
}

impl Processor for Objects {
    fn read_context(&mut self, keep: Word, words: &mut [Word]) {
        let read = self.tcb.tcb_read_register_words_except(false, keep, words);
        must("reading a guest's registers", read);
    }

    fn write_context(&mut self, words: &[Word], resume: bool) {
        must("writing a guest's registers", self.tcb.tcb_write_register_words(resume, words));
    }

    fn resume(&mut self) {
        must("resuming a guest's thread", self.tcb.tcb_resume());
    }

    fn suspend(&mut self) {
        must("suspending a guest's thread", self.tcb.tcb_suspend());
    }

    fn step_back(&mut self, back: bool) {
        let priority = self.priority.saturating_sub(back.into());
        must("setting a guest's priority", self.tcb.tcb_set_priority(self.tcb, priority));
    }

    fn read(&mut self, register: VCpuReg) -> Word {
        must("reading a register of a VCPU", self.vcpu().vcpu_read_regs(register))
    }

    fn write(&mut self, register: VCpuReg, value: Word) {
        must("writing a register of a VCPU", self.vcpu().vcpu_write_regs(register, value));
    }

    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse> {
        let index = u8::try_from(index).map_err(|_| InUse)?;
        let Injection { intid, priority, group, .. } = injection;
        let group = match group {
            Group::Zero => 0,
            Group::One => 1,
        };
        let result = self.vcpu().vcpu_inject_irq(intid.number(), priority.level(), group, index);
        result.map_err(|_| InUse)
    }

    fn acknowledge_timer(&mut self) {
        let intid = Word::from(Ppi::VIRTUAL_TIMER.intid());
        must("acknowledging a guest's timer", self.vcpu().vcpu_ack_vppi(intid));
    }

    fn renew(&mut self) {
        self.suspend();
        must("taking back a VCPU", self.untyped_slot().revoke());
        let root = self.cnode.absolute_cptr_for_self();
        let blueprint = sel4::ObjectBlueprintArm::VCpu.into();
        must("making a VCPU", self.untyped.untyped_retype(&blueprint, &root, self.slot, 1));
        must("giving a thread its VCPU", self.vcpu().vcpu_set_tcb(self.tcb));
    }
}
