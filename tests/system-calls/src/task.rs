//! The task under test: everything that it is made of comes from one untyped.

use core::ops::Range;

use kernel_api_tests::support::env::{absolute, cap_at, retype_into};
use kernel_api_tests::support::{Env, Outcome, image};
use sel4::init_thread::slot;
use sel4::{
    AbsoluteCPtr, CNodeCapData, CPtr, Cap, CapRights, CapType, CapTypeForObjectOfFixedSize,
    ObjectBlueprint, ObjectBlueprintArm, UserContext, VmAttributes, Word, cap, cap_type,
};

use crate::agent;
use crate::arguments::PRIORITY;
use crate::layout::{self, THREADS};
use crate::script::{self, CALLS, Script};
use crate::slots::{Kind, NODE_BITS, ROOT_BITS, SELF, SLOTS, Slots};

/// log2 of the bytes of its memory.
pub const MEMORY_BITS: usize = 22;
/// log2 of the bytes of what its objects are made of.
const STOCK_BITS: usize = 20;
/// The first of its slots with objects; those before are for what is given.
const FIRST_OBJECT: usize = 24;
/// The slot with a large page.
const LARGE_SLOT: usize = 64;
/// The thread that is a guest.
const GUEST: usize = 2;
/// Slots of the supervisor that it needs.
const OWN_SLOTS: usize = 48;
/// EL1 with its own stack pointer, all exceptions masked.
const EL1H_MASKED: Word = 0x3c5;

/// What outlives a task: it gets copies of these, and nothing of it may change them.
#[derive(Clone, Copy)]
pub struct Given {
    /// Where its threads' faults go, each with its badge.
    pub handlers: [cap::Endpoint; THREADS],
    /// Handlers of two interrupts that nobody else has.
    pub irqs: [cap::IrqHandler; 2],
    /// One of those interrupts, as a software generated one.
    pub sgi: cap::Unspecified,
}

/// A thread, and where its scripts are.
#[derive(Clone, Copy)]
pub struct Thread {
    /// Its capability.
    pub tcb: cap::Tcb,
    ipc_buffer: cap::Granule,
    /// Its script.
    pub script: Script,
}

/// The task.
pub struct Task {
    cspace: cap::CNode,
    vspace: cap::VSpace,
    /// Of one of its threads, which is therefore a guest.
    vcpu: cap::VCpu,
    probe: AbsoluteCPtr,
    /// What its objects are made of.
    stock: cap::Untyped,
    given: Given,
    /// Its threads that make calls.
    pub threads: [Thread; THREADS],
    /// What it has.
    pub slots: Slots,
}

/// Where tasks are made: memory, slots and addresses that are used by one after the other.
pub struct Place {
    /// The memory.
    pub memory: cap::Untyped,
    first: Word,
    used: usize,
    window: usize,
}

impl Place {
    /// Takes the slots. Nothing else may be mapped behind `window`, which has page tables.
    pub fn new(env: Env, memory: cap::Untyped, window: usize) -> Self {
        Self { memory, first: env.slots(OWN_SLOTS).path().bits(), used: 0, window }
    }

    fn slot(&mut self) -> AbsoluteCPtr {
        assert!(self.used < OWN_SLOTS, "a task has more capabilities than were expected");
        self.used += 1;
        absolute::<cap_type::Unspecified>(Cap::from_bits(self.first + self.used as Word - 1))
    }

    fn make<T: CapType>(&mut self, blueprint: ObjectBlueprint) -> Outcome<Cap<T>> {
        let slot = self.slot();
        retype_into(self.memory, blueprint, &slot, 1)?;
        Ok(cap_at(&slot))
    }

    /// Maps a new frame at `address` of `vspace`, and at an own address.
    fn page(&mut self, vspace: cap::VSpace, address: usize, own: usize) -> Outcome<cap::Granule> {
        let frame: cap::Granule = self.make(ObjectBlueprintArm::SmallPage.into())?;
        let copy = self.slot();
        copy.copy(&absolute(frame), CapRights::all())?;
        let (rights, attributes) = (CapRights::all(), VmAttributes::DEFAULT);
        cap_at::<cap_type::Granule>(&copy).frame_map(
            slot::VSPACE.cap(),
            own,
            rights,
            attributes,
        )?;
        frame.frame_map(vspace, address, rights, attributes)?;
        Ok(frame)
    }

    /// Takes everything back.
    pub fn clear(&mut self) -> Outcome {
        absolute(self.memory).revoke()?;
        // Its frame isn't of the task's memory.
        self.code().delete()?;
        self.used = 0;
        Ok(())
    }

    fn code(&self) -> AbsoluteCPtr {
        absolute::<cap_type::Unspecified>(Cap::from_bits(self.first))
    }

    /// Makes a task.
    pub fn task(&mut self, given: Given) -> Outcome<Task> {
        self.used = 0;
        let code = self.slot();
        code.copy(&absolute(image::frame(agent::page())), CapRights::read_only())?;
        let cspace: cap::CNode = self.make(ObjectBlueprint::CNode { size_bits: ROOT_BITS })?;
        let vspace: cap::VSpace = self.make(cap_type::VSpace::object_blueprint())?;
        slot::ASID_POOL.cap().asid_pool_assign(vspace)?;
        for _ in 1..sel4::vspace_levels::NUM_LEVELS {
            let table: cap::PT = self.make(ObjectBlueprintArm::PT.into())?;
            table.pt_map(vspace, layout::CODE, VmAttributes::DEFAULT)?;
        }
        cap_at::<cap_type::Granule>(&code).frame_map(
            vspace,
            layout::CODE,
            CapRights::read_only(),
            VmAttributes::DEFAULT,
        )?;
        let mut threads =
            [Thread { tcb: Cap::from_bits(0), ipc_buffer: Cap::from_bits(0), script: Script(0) };
                THREADS];
        for (index, thread) in threads.iter_mut().enumerate() {
            let own = self.window + index * (1 + script::PAGES) * image::PAGE;
            thread.script = Script(own + image::PAGE);
            thread.tcb = self.make(ObjectBlueprint::Tcb)?;
            thread.ipc_buffer = self.page(vspace, layout::ipc_buffer(index), own)?;
            for page in 0..script::PAGES {
                let offset = page * image::PAGE;
                self.page(vspace, layout::script(index) + offset, thread.script.0 + offset)?;
            }
        }
        let vcpu = self.make(ObjectBlueprintArm::VCpu.into())?;
        let probe = self.slot();
        let memory = self.memory;
        let stock = self.make(ObjectBlueprint::Untyped { size_bits: STOCK_BITS })?;
        let slots = Slots::new();
        let mut task = Task { cspace, vspace, vcpu, probe, stock, given, threads, slots };
        task.make_objects(stock)?;
        for index in 0..THREADS {
            task.configure(index)?;
        }
        task.replenish()?;
        // Its address is the second half of the task's memory.
        let node = cspace.absolute_cptr_for_self();
        memory.untyped_retype(&ObjectBlueprintArm::LargePage.into(), &node, LARGE_SLOT, 1)?;
        task.slots.set(LARGE_SLOT, Kind::Frame);
        Ok(task)
    }

    /// Takes back what was made of the stock, and makes new objects of it.
    pub fn restock(&mut self, task: &mut Task) -> Outcome {
        absolute(task.stock).revoke()?;
        task.look_into_slots()?;
        task.make_objects(task.stock)
    }
}

impl Task {
    /// Makes objects that it may do anything with, in slots that are empty.
    fn make_objects(&mut self, memory: cap::Untyped) -> Outcome {
        use {ObjectBlueprint as Of, ObjectBlueprintArm as Arm};
        let list: [(Of, usize, Kind); 14] = [
            (Of::Untyped { size_bits: 18 }, 1, Kind::Untyped),
            (Of::Untyped { size_bits: 15 }, 2, Kind::Untyped),
            (Of::Untyped { size_bits: 12 }, 4, Kind::Untyped),
            (Of::Untyped { size_bits: 9 }, 2, Kind::Untyped),
            (Of::Untyped { size_bits: 6 }, 1, Kind::Untyped),
            (Of::Tcb, 3, Kind::Tcb),
            (Of::Endpoint, 3, Kind::Endpoint),
            (Of::Notification, 3, Kind::Notification),
            (Of::CNode { size_bits: NODE_BITS }, 3, Kind::CNode),
            (cap_type::VSpace::object_blueprint(), 2, Kind::VSpace),
            (Arm::SmallPage.into(), 4, Kind::Frame),
            (Arm::PT.into(), 4, Kind::PageTable),
            (Arm::VCpu.into(), 3, Kind::Vcpu),
            (Of::Untyped { size_bits: 16 }, 1, Kind::Untyped),
        ];
        let node = self.cspace.absolute_cptr_for_self();
        let mut next = FIRST_OBJECT;
        for (blueprint, kind) in list
            .into_iter()
            .flat_map(|(blueprint, count, kind)| core::iter::repeat_n((blueprint, kind), count))
        {
            match memory.untyped_retype(&blueprint, &node, next, 1) {
                Ok(()) => self.slots.set(next, kind),
                Err(sel4::Error::DeleteFirst) => {}
                Err(error) => return Err(error.into()),
            }
            next += 1;
        }
        assert!(next < LARGE_SLOT, "the task has no slots left");
        Ok(())
    }

    /// Finds the slots that are empty.
    fn look_into_slots(&mut self) -> Outcome {
        for slot in 0..SLOTS {
            let it = self.cspace.absolute_cptr_from_bits_with_depth(slot as Word, ROOT_BITS);
            match self.probe.copy(&it, CapRights::all()) {
                Ok(()) => self.probe.delete()?,
                Err(sel4::Error::FailedLookup { source: true, .. }) => {
                    self.slots.set(slot, Kind::Empty);
                }
                // There is something that can't be copied.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn give<T: CapType>(&mut self, slot: usize, cap: Cap<T>, kind: Kind) -> Outcome {
        let target = self.cspace.absolute_cptr_from_bits_with_depth(slot as Word, ROOT_BITS);
        match target.copy(&absolute(cap), CapRights::all()) {
            // It has something there.
            Err(sel4::Error::DeleteFirst) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => {
                self.slots.set(slot, kind);
                Ok(())
            }
        }
    }

    /// Gives it what it may have lost.
    pub fn replenish(&mut self) -> Outcome {
        let Given { handlers, irqs, sgi } = self.given;
        for (index, handler) in handlers.into_iter().enumerate() {
            // To send only: nobody but the supervisor receives.
            let at = self.cspace.absolute_cptr_from_bits_with_depth(1 + index as Word, ROOT_BITS);
            let rights = CapRights::new(true, false, false, true);
            match at.copy(&absolute(handler), rights) {
                Ok(()) | Err(sel4::Error::DeleteFirst) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.give(SELF, self.cspace, Kind::Root)?;
        self.give(5, self.vspace, Kind::VSpace)?;
        self.give(6, irqs[0], Kind::IrqHandler)?;
        self.give(7, irqs[1], Kind::IrqHandler)?;
        self.give(8, sgi, Kind::Sgi)?;
        self.give(9, slot::ASID_CONTROL.cap(), Kind::AsidControl)?;
        self.give(10, slot::ASID_POOL.cap(), Kind::AsidPool)?;
        self.give(11, slot::DOMAIN_SET.cap(), Kind::Domain)?;
        for (index, thread) in self.threads.into_iter().enumerate() {
            self.give(12 + index, thread.tcb, Kind::Tcb)?;
            self.give(16 + index, thread.ipc_buffer, Kind::Frame)?;
        }
        Ok(())
    }

    /// Gives a thread its spaces, and its IPC buffer as it was.
    pub fn configure(&mut self, index: usize) -> Outcome {
        let thread = self.threads[index];
        let at = layout::ipc_buffer(index);
        let (rights, attributes) = (CapRights::all(), VmAttributes::DEFAULT);
        thread.ipc_buffer.frame_map(self.vspace, at, rights, attributes)?;
        thread.tcb.tcb_configure(
            CPtr::from_bits(1 + index as Word),
            self.cspace,
            CNodeCapData::skip_high_bits(ROOT_BITS),
            self.vspace,
            layout::ipc_buffer(index) as Word,
            thread.ipc_buffer,
        )?;
        if index == GUEST {
            self.vcpu.vcpu_set_tcb(thread.tcb)?;
        }
        Ok(thread.tcb.tcb_set_sched_params(slot::TCB.cap(), PRIORITY, PRIORITY)?)
    }

    /// Lets a thread make the calls of its script.
    pub fn start(&self, index: usize, guest: bool) -> Outcome {
        let mut context = UserContext::default();
        *context.pc_mut() = (layout::CODE + agent::entries()[usize::from(guest)]) as Word;
        *context.spsr_mut() = if guest { EL1H_MASKED } else { 0 };
        *context.gpr_mut(19) = CALLS as Word;
        *context.gpr_mut(20) = layout::script(index) as Word;
        *context.gpr_mut(21) = layout::ipc_buffer(index) as Word;
        Ok(self.threads[index].tcb.tcb_write_all_registers(true, &mut context)?)
    }
}

/// Of 100 starts of a thread, how many are as a guest.
pub const fn guests(index: usize) -> u64 {
    if index == GUEST { 95 } else { 1 }
}

/// The addresses that scripts are mapped at, from `window` on.
pub fn window(window: usize) -> Range<usize> {
    window..window + THREADS * (1 + script::PAGES) * image::PAGE
}
