//! Nothing leads to memory that was taken back.
//!
//! Objects get into all kinds of relations with each other, with objects made of
//! other memory and with the kernel's own state, in a random order, and some are
//! deleted. Then their memory is revoked. Not a word outside of it may be an
//! address in it afterwards: no link of a queue or of the list of capabilities,
//! no entry of a translation table, and nothing in the kernel's state.

use std::format;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use sel4_abi::{InvocationLabel as Label, MessageInfo, ObjectType, Syscall, slot};

use crate::cap::Cap;
use crate::memory::Memory;
use crate::object::{Tcb, ThreadState};
use crate::testing::{BASE, IMAGE_ADDRESS, SIZE, System};
use crate::word::{PhysAddr, WORD_BYTES, Word, bit, mask};

/// What everything below is made of.
const MEMORY: Word = 700;
const MEMORY_BITS: Word = 17;
/// The objects, by their slots.
const ENDPOINT: Word = 701;
const NOTIFICATION: Word = 702;
const THREADS: [Word; 2] = [703, 704];
const FRAME: Word = 705;
const TABLES: [Word; 2] = [706, 707];
const VSPACE: Word = 708;
const VCPU: Word = 709;
const CNODE: Word = 710;
/// Memory that an ASID pool is made of, and that pool.
const POOL_MEMORY: Word = 711;
const POOL: Word = 712;
const ALL: std::ops::RangeInclusive<Word> = ENDPOINT..=POOL;
/// The root task's priority.
const LOW: Word = 100;
/// The priority of the thread of other memory.
const HIGH: Word = 200;
/// An address in the last table that has the root task's image.
const IN_ROOT: Word = IMAGE_ADDRESS + 0x10_0000;
/// The trap of the floating-point registers, as ESR_EL2 has it.
const FPU_TRAP: Word = 0x07 << 26;

#[derive(Clone, Copy, Debug)]
enum Step {
    Bind(usize),
    BindOther { thread: bool },
    Unbind(usize),
    SetSpaces { thread: usize, own_vspace: bool, own_cnode: bool },
    SetBuffer(usize),
    AssignAsid { own_pool: bool },
    MapTable { table: usize, in_root: bool },
    MapFrame { in_root: bool },
    SetVcpu(usize),
    SetHandler,
    Prioritise(usize, Word),
    Run { thread: usize, syscall: Syscall, cap: Word, fpu: bool },
    Receive,
    SaveCaller,
    Delete(Word),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0_usize..2;
    let calls = [Syscall::Call, Syscall::Send, Syscall::Recv];
    prop_oneof![
        1 => which.clone().prop_map(Step::Bind),
        1 => any::<bool>().prop_map(|thread| Step::BindOther { thread }),
        1 => which.clone().prop_map(Step::Unbind),
        1 => (which.clone(), any::<bool>(), any::<bool>()).prop_map(
            |(thread, own_vspace, own_cnode)| Step::SetSpaces { thread, own_vspace, own_cnode }
        ),
        1 => which.clone().prop_map(Step::SetBuffer),
        1 => any::<bool>().prop_map(|own_pool| Step::AssignAsid { own_pool }),
        3 => (which.clone(), any::<bool>())
            .prop_map(|(table, in_root)| Step::MapTable { table, in_root }),
        2 => any::<bool>().prop_map(|in_root| Step::MapFrame { in_root }),
        2 => which.clone().prop_map(Step::SetVcpu),
        1 => Just(Step::SetHandler),
        2 => (which.clone(), prop::sample::select(Vec::from([10, LOW, HIGH])))
            .prop_map(|(thread, priority)| Step::Prioritise(thread, priority)),
        4 => (0_usize..3, prop::sample::select(calls.to_vec()), any::<bool>(), any::<bool>())
            .prop_map(|(thread, syscall, signal, fpu)| {
                let cap = if signal { NOTIFICATION } else { ENDPOINT };
                Step::Run { thread, syscall, cap, fpu }
            }),
        1 => Just(Step::Receive),
        1 => Just(Step::SaveCaller),
        1 => ALL.prop_map(Step::Delete),
    ]
}

struct World {
    system: System,
    /// A thread, a notification and an interrupt's handler of other memory.
    thread: Word,
    notification: Word,
    handler: Word,
}

impl World {
    fn new() -> Self {
        let mut system = System::boot();
        let root = slot::INIT_THREAD_CNODE;
        let (thread, _) = system.create_thread(HIGH);
        let notification = system.create(ObjectType::Notification, 0);
        // Behind them, so that it doesn't begin where its own memory does.
        let memory = system.create(ObjectType::Untyped, MEMORY_BITS);
        assert_eq!(system.cnode(Label::CNodeMove, &[MEMORY, 64, memory, 64]).0, 0);
        let handler = system.free_slot();
        let words = [40, handler, 64];
        assert_eq!(system.call(slot::IRQ_CONTROL, Label::IRQIssueIRQHandler, &[root], &words).0, 0);
        let mut world = Self { system, thread, notification, handler };
        for (object, size, slot) in [
            (ObjectType::Endpoint, 0, ENDPOINT),
            (ObjectType::Notification, 0, NOTIFICATION),
            (ObjectType::Tcb, 0, THREADS[0]),
            (ObjectType::Tcb, 0, THREADS[1]),
            (ObjectType::SmallPage, 0, FRAME),
            (ObjectType::PageTable, 0, TABLES[0]),
            (ObjectType::PageTable, 0, TABLES[1]),
            (ObjectType::VSpace, 0, VSPACE),
            (ObjectType::Vcpu, 0, VCPU),
            (ObjectType::CapTable, 4, CNODE),
            (ObjectType::Untyped, 12, POOL_MEMORY),
        ] {
            assert_eq!(world.system.retype(MEMORY, object, size, slot, 1).0, 0);
        }
        let control = slot::ASID_CONTROL;
        world.invoke(control, Label::ARMASIDControlMakePool, &[POOL_MEMORY, root], &[POOL, 64]);
        let own = slot::INIT_THREAD_TCB;
        world.invoke(own, Label::TCBSetPriority, &[own], &[LOW]);
        world
    }

    /// An invocation by the root task, which may be refused.
    fn invoke(&mut self, cap: Word, label: Label, caps: &[Word], words: &[Word]) {
        let is_endpoint = matches!(self.system.cap(cap), Cap::Endpoint(_) | Cap::Notification(_));
        assert!(!is_endpoint, "the root task would wait");
        self.system.call(cap, label, caps, words);
        self.settle();
    }

    /// Lets others run until they wait for something or are stopped.
    fn settle(&mut self) {
        for round in 0_usize.. {
            let current = self.system.kernel.current();
            if current == self.system.root {
                return;
            }
            if round < 6 {
                self.system.syscall(Syscall::Recv, ENDPOINT, MessageInfo::default(), &[]);
            } else {
                // A fault that nobody handles.
                self.system.kernel.handle_exception(0);
            }
        }
    }

    fn apply(&mut self, step: Step) {
        let root = slot::INIT_THREAD_CNODE;
        match step {
            Step::Bind(thread) => {
                self.invoke(THREADS[thread], Label::TCBBindNotification, &[NOTIFICATION], &[]);
            }
            Step::BindOther { thread: true } => {
                self.invoke(self.thread, Label::TCBBindNotification, &[NOTIFICATION], &[]);
            }
            Step::BindOther { thread: false } => {
                let caps = [self.notification];
                self.invoke(THREADS[0], Label::TCBBindNotification, &caps, &[]);
            }
            Step::Unbind(thread) => {
                self.invoke(THREADS[thread], Label::TCBUnbindNotification, &[], &[]);
            }
            Step::SetSpaces { thread, own_vspace, own_cnode } => {
                let cnode = if own_cnode { CNODE } else { root };
                let vspace = if own_vspace { VSPACE } else { slot::INIT_THREAD_VSPACE };
                self.invoke(THREADS[thread], Label::TCBSetSpace, &[cnode, vspace], &[0, 0, 0]);
                self.invoke(self.thread, Label::TCBSetSpace, &[root, vspace], &[0, 0, 0]);
            }
            Step::SetBuffer(thread) => {
                self.invoke(THREADS[thread], Label::TCBSetIPCBuffer, &[FRAME], &[0]);
                self.invoke(self.thread, Label::TCBSetIPCBuffer, &[FRAME], &[0]);
            }
            Step::AssignAsid { own_pool } => {
                let pool = if own_pool { POOL } else { slot::INIT_THREAD_ASID_POOL };
                self.invoke(pool, Label::ARMASIDPoolAssign, &[VSPACE], &[]);
            }
            Step::MapTable { table, in_root } => {
                // In the root task's address space that is another gigabyte.
                let (vspace, address) =
                    if in_root { (slot::INIT_THREAD_VSPACE, bit(30)) } else { (VSPACE, 0) };
                self.invoke(TABLES[table], Label::ARMPageTableMap, &[vspace], &[address, 1]);
            }
            Step::MapFrame { in_root } => {
                let (vspace, address) =
                    if in_root { (slot::INIT_THREAD_VSPACE, IN_ROOT) } else { (VSPACE, 0) };
                self.invoke(FRAME, Label::ARMPageMap, &[vspace], &[address, 3, 1]);
            }
            Step::SetVcpu(thread) => {
                self.invoke(VCPU, Label::ARMVCPUSetTCB, &[THREADS[thread]], &[]);
            }
            Step::SetHandler => {
                self.invoke(self.handler, Label::IRQSetIRQHandler, &[NOTIFICATION], &[]);
            }
            Step::Prioritise(thread, priority) => {
                let caps = [slot::INIT_THREAD_TCB];
                self.invoke(THREADS[thread], Label::TCBSetPriority, &caps, &[priority]);
            }
            Step::Run { thread, syscall, cap, fpu } => self.run(thread, syscall, cap, fpu),
            Step::Receive if self.system.cap(ENDPOINT).is_null() => {}
            Step::Receive => {
                self.system.syscall(Syscall::NBRecv, ENDPOINT, MessageInfo::default(), &[]);
                self.settle();
            }
            Step::SaveCaller => {
                let target = self.system.free_slot();
                self.invoke(root, Label::CNodeSaveCaller, &[], &[target, 64]);
            }
            Step::Delete(slot) => self.invoke(root, Label::CNodeDelete, &[], &[slot, 64]),
        }
    }

    /// Resumes a thread. If that makes it run, it makes a system call.
    fn run(&mut self, thread: usize, syscall: Syscall, cap: Word, fpu: bool) {
        let thread = THREADS.get(thread).copied().unwrap_or(self.thread);
        let Some(tcb) = self.system.cap(thread).as_thread() else { return };
        self.system.call(thread, Label::TCBResume, &[], &[]);
        if self.system.kernel.current() == tcb && fpu {
            self.system.kernel.handle_exception(FPU_TRAP);
        }
        if self.system.kernel.current() == tcb {
            self.system.syscall(syscall, cap, MessageInfo::default(), &[]);
        }
        self.settle();
    }

    /// Clears what is left in a thread of the queues that it was in, which nobody
    /// reads before it is in one again.
    fn clear_old_links(&mut self, tcb: Tcb) {
        let m = &mut self.system.kernel.machine;
        if !tcb.is_queued(m) {
            tcb.set_ready_next(m, None);
            tcb.set_ready_previous(m, None);
        }
        use ThreadState::{BlockedOnNotification, BlockedOnReceive, BlockedOnSend};
        if !matches!(tcb.state(m), BlockedOnReceive | BlockedOnSend | BlockedOnNotification) {
            tcb.set_wait_next(m, None);
            tcb.set_wait_previous(m, None);
            tcb.set_blocking_object(m, 0);
        }
    }

    fn check(&mut self) {
        let other = self.system.cap(self.thread).as_thread().expect("it is there");
        for tcb in [self.system.root, other] {
            self.clear_old_links(tcb);
        }
        let Cap::Untyped(memory) = self.system.cap(MEMORY) else { panic!("untyped memory") };
        let freed = memory.base.0..memory.base.0 + bit(memory.size_bits);
        let kernel = &self.system.kernel;
        let own = self.system.root_slot(MEMORY).address().0;
        for at in (BASE..BASE + SIZE).step_by(WORD_BYTES) {
            let is_own = (own..own + 2 * WORD_BYTES).contains(&at);
            let leads_there = freed.contains(&(kernel.machine.load(PhysAddr(at)) & mask(48)));
            assert!(!leads_there || is_own || freed.contains(&at), "at {at:#x}");
        }
        // All that the kernel knows without memory, whatever it is.
        let state = (&kernel.scheduler, &kernel.irqs, &kernel.arch, &kernel.threads);
        let text = format!("{:?}", (state, &kernel.machine.root));
        let numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|it| it.parse().ok());
        let found: Vec<Word> = numbers.filter(|number| freed.contains(number)).collect();
        assert!(found.is_empty(), "{found:x?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_leads_to_freed_memory(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.apply(step);
        }
        world.invoke(slot::INIT_THREAD_CNODE, Label::CNodeRevoke, &[], &[MEMORY, 64]);
        world.check();
    }
}
