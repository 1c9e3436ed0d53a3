//! A machine of vectors, for the tests: what the hardware was told is recorded.

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use sel4_abi::aarch64::VcpuReg;
use sel4_abi::{InvocationLabel, MessageInfo, ObjectType, Syscall, ipc_buffer, slot};

use crate::Kernel;
use crate::arch::aarch64::vcpu::Vcpu;
use crate::arch::aarch64::{CacheOp, Hardware, ListRegisterFormat, Vmid};
use crate::arch::registers;
use crate::boot::BootParameters;
use crate::machine::{Irq, Machine, PhysRange};
use crate::memory::Memory;
use crate::object::{Slot, Tcb};
use crate::word::{PhysAddr, WORD_BYTES, Word, bit};

/// Where the test machine's memory starts.
pub const BASE: Word = 0x6000_0000;
/// Its size.
pub const SIZE: Word = 16 << 20;

#[derive(Clone, Debug)]
pub struct TestMachine {
    words: Vec<Word>,
    last_stored: Word,
    pub pending: Vec<Irq>,
    pub masked: BTreeMap<Irq, bool>,
    pub root: Option<(PhysAddr, Vmid)>,
    pub flushed_vmids: Vec<Vmid>,
    pub flushed_pages: Vec<(Vmid, Word)>,
    /// Ranges that were cleaned to RAM, as start and bytes.
    pub cleaned: Vec<(PhysAddr, Word)>,
    pub ticking: bool,
    pub console: String,
    pub list_registers: [u64; 4],
}

impl TestMachine {
    pub fn new() -> Self {
        Self::with_size(SIZE)
    }

    /// A machine with this many bytes of memory.
    pub fn with_size(size: Word) -> Self {
        Self {
            words: std::vec![0; size / WORD_BYTES],
            last_stored: 0,
            pending: Vec::new(),
            masked: BTreeMap::new(),
            root: None,
            flushed_vmids: Vec::new(),
            flushed_pages: Vec::new(),
            cleaned: Vec::new(),
            ticking: false,
            console: String::new(),
            list_registers: [0; 4],
        }
    }

    /// Whether all memory is as that of `other`.
    pub fn has_same_memory(&self, other: &Self) -> bool {
        self.words == other.words
    }

    fn index(at: PhysAddr) -> usize {
        assert!(at.0.is_multiple_of(WORD_BYTES), "unaligned access to {at:x?}");
        (at.0 - BASE) / WORD_BYTES
    }
}

impl Memory for TestMachine {
    fn load(&self, at: PhysAddr) -> Word {
        self.words[Self::index(at)]
    }
    fn store(&mut self, at: PhysAddr, value: Word) {
        self.words[Self::index(at)] = value;
        self.last_stored = value;
    }
    fn zero(&mut self, start: PhysAddr, bytes: Word) {
        self.words[Self::index(start)..][..bytes / WORD_BYTES].fill(0);
    }
}

impl Hardware for TestMachine {
    const PA_BITS: u32 = 40;
    const WINDOW_TOP: Word = 0x7f_c000_0000;
    const LIST_REGISTER: ListRegisterFormat = ListRegisterFormat::GIC_V2;
    const MAX_SGI_TARGET: Word = 7;

    fn is_ordinary_memory(&self, at: PhysAddr) -> bool {
        (BASE..BASE + SIZE).contains(&at.0)
    }
    fn set_user_root(&mut self, root: PhysAddr, vmid: Vmid) {
        self.root = Some((root, vmid));
    }
    fn set_empty_user_root(&mut self) {
        self.root = None;
    }
    fn invalidate_vmid(&mut self, vmid: Vmid) {
        self.flushed_vmids.push(vmid);
    }
    fn invalidate_page(&mut self, vmid: Vmid, address: Word) {
        assert_eq!(self.last_stored, 0, "the page's entry must be invalid now");
        self.flushed_pages.push((vmid, address));
    }
    fn clean_entry(&mut self, _at: PhysAddr) {}
    fn clean_table(&mut self, _start: PhysAddr, _bytes: Word) {}
    fn clean_to_ram(&mut self, start: PhysAddr, bytes: Word) {
        self.cleaned.push((start, bytes));
    }
    fn maintain_cache(&mut self, _op: CacheOp, _start: PhysAddr, _bytes: Word) {}
    fn enable_fpu(&mut self, _enable: bool) {}
    fn save_fpu(&mut self, _to: PhysAddr) {}
    fn load_fpu(&mut self, _from: PhysAddr) {}
    fn fault_address(&self) -> Word {
        0xdead_0000
    }
    fn translate_stage1(&mut self, address: Word) -> Word {
        address & !0xfff
    }
    fn send_sgi(&mut self, _irq: Word, _target: Word) {}
    fn list_register_count(&self) -> Word {
        self.list_registers.len()
    }
    fn read_list_register(&mut self, index: Word) -> u64 {
        self.list_registers[index]
    }
    fn write_list_register(&mut self, index: Word, value: u64) {
        self.list_registers[index] = value;
    }
    fn ended_list_registers(&mut self) -> Option<u64> {
        Some(0b10)
    }
    fn read_vcpu_register(&mut self, register: VcpuReg) -> Word {
        0x1000 + register.as_word()
    }
    fn write_vcpu_register(&mut self, _register: VcpuReg, _value: Word) {}
    fn restore_vcpu(&mut self, _vcpu: Vcpu) {}
    fn save_vcpu(&mut self, _vcpu: Vcpu, _active: bool) {}
    fn enable_vcpu(&mut self, _vcpu: Vcpu) {}
    fn disable_vcpu(&mut self, _vcpu: Vcpu) {}
    fn discard_vcpu(&mut self) {}
    fn init_vcpu(&mut self, _vcpu: Vcpu) {}
}

impl Machine for TestMachine {
    const DEBUG: bool = true;
    const PRINTING: bool = true;
    const ROOT_CNODE_BITS: u32 = 10;
    const TIME_SLICE: Word = 3;
    const RETYPE_FAN_OUT_LIMIT: Word = 256;
    const WORK_UNITS_PER_PREEMPTION: Word = 4;
    const MAX_BOOTINFO_UNTYPEDS: Word = 230;
    const MAX_IRQ: Irq = 159;
    const TIMER_IRQ: Irq = 26;

    fn active_irq(&mut self) -> Option<Irq> {
        self.pending.pop()
    }
    fn irq_pending(&mut self) -> bool {
        !self.pending.is_empty()
    }
    fn mask_irq(&mut self, irq: Irq, masked: bool) {
        self.masked.insert(irq, masked);
    }
    fn finish_irq(&mut self, _irq: Irq) {}
    fn hand_over_irq(&mut self, irq: Irq) {
        self.mask_irq(irq, true);
    }
    fn release_irq(&mut self, irq: Irq) {
        self.mask_irq(irq, false);
    }
    fn set_irq_trigger(&mut self, _irq: Irq, _edge: bool) {}
    fn start_tick(&mut self) {
        self.ticking = true;
    }
    fn next_tick(&mut self) {}
    fn stop_tick(&mut self) {
        self.ticking = false;
    }
    fn finish_boot(&mut self) {}
    fn put_byte(&mut self, byte: u8) {
        self.console.push(char::from(byte));
    }
    fn halt(&mut self) -> ! {
        panic!("the machine halted: {}", self.console)
    }
}

/// The image of the test's root task: two pages.
pub const IMAGE: PhysRange = PhysRange::new(BASE + 0x1_0000, BASE + 0x1_2000);
/// Where it is linked.
pub const IMAGE_ADDRESS: Word = 0x20_0000;

const MEMORY: [PhysRange; 1] = [PhysRange::new(BASE, BASE + SIZE)];
const DEVICES: [PhysRange; 2] =
    [PhysRange::new(0, 0x800_0000), PhysRange::new(BASE + SIZE, bit(40))];

/// What the test machine boots with.
pub fn parameters() -> BootParameters<'static> {
    BootParameters {
        memory: &MEMORY,
        devices: &DEVICES,
        kernel: PhysRange::new(BASE, BASE + 0x1_0000),
        image: IMAGE,
        image_offset: IMAGE.start.0 - IMAGE_ADDRESS,
        entry: IMAGE_ADDRESS + 0x40,
        device_tree: None,
    }
}

/// A booted kernel, whose current thread is what a test acts for.
pub struct System {
    pub kernel: Kernel<TestMachine>,
    /// The root task.
    pub root: Tcb,
    /// Whether system calls may take the short way.
    pub has_fastpath: bool,
    /// System calls that took it.
    pub fast_calls: usize,
    next_slot: Word,
    untyped: Word,
}

/// The outcome of an invocation: the message label, which is an error or 0,
/// and the message words.
pub type Outcome = (Word, Vec<Word>);

impl System {
    pub fn boot() -> Self {
        let mut kernel = Kernel::new(TestMachine::new());
        kernel.boot(&parameters()).expect("the parameters are sound");
        let root = kernel.current();
        let mut system =
            Self { kernel, root, has_fastpath: true, fast_calls: 0, next_slot: 600, untyped: 0 };
        system.untyped = system.largest_untyped();
        system
    }

    pub fn root_slot(&self, index: Word) -> Slot {
        let cnode = self.root.slot(crate::object::TcbSlot::CSpace).cap(&self.kernel.machine);
        cnode.as_cnode().expect("the root task has a CNode").slot(index)
    }

    pub fn cap(&self, index: Word) -> crate::cap::Cap {
        self.root_slot(index).cap(&self.kernel.machine)
    }

    fn largest_untyped(&self) -> Word {
        let size = |index: &Word| match self.cap(*index) {
            crate::cap::Cap::Untyped(untyped) if !untyped.device => untyped.size_bits,
            _ => 0,
        };
        (slot::NUM_INITIAL_CAPS..600).max_by_key(size).expect("there is memory")
    }

    /// Makes a system call of `tcb`, which must be the current thread.
    pub fn syscall(&mut self, syscall: Syscall, cap: Word, info: MessageInfo, words: &[Word]) {
        let tcb = self.kernel.current();
        let buffer = self.kernel.ipc_buffer_for_receive(tcb);
        let m = &mut self.kernel.machine;
        tcb.set_register(m, registers::SYSCALL, syscall.as_word());
        tcb.set_register(m, registers::CAP, cap);
        tcb.set_register(m, registers::MESSAGE_INFO, info.as_word());
        for (index, word) in words.iter().enumerate() {
            match registers::MESSAGE.get(index) {
                Some(register) => tcb.set_register(m, *register, *word),
                None => {
                    let buffer = buffer.expect("a long message needs a buffer");
                    m.store(buffer.word(ipc_buffer::MSG + index), *word);
                }
            }
        }
        let (info, number) = (info.as_word(), syscall.as_word());
        if self.has_fastpath && self.kernel.fast_syscall(cap, info, number) {
            self.fast_calls += 1;
        } else {
            self.kernel.handle_syscall(number);
        }
    }

    /// Calls a capability of the current thread.
    pub fn call(
        &mut self, cap: Word, label: InvocationLabel, caps: &[Word], words: &[Word],
    ) -> Outcome {
        let tcb = self.kernel.current();
        if let Some(buffer) = self.kernel.ipc_buffer_for_receive(tcb) {
            for (index, cap) in caps.iter().enumerate() {
                let at = buffer.word(ipc_buffer::CAPS_OR_BADGES + index);
                self.kernel.machine.store(at, *cap);
            }
        }
        let info = MessageInfo::new(label.as_word(), 0, caps.len(), words.len());
        self.syscall(Syscall::Call, cap, info, words);
        self.message(tcb)
    }

    /// The message that a thread has received.
    pub fn message(&self, tcb: Tcb) -> Outcome {
        let m = &self.kernel.machine;
        let info = MessageInfo::from_user(tcb.register(m, registers::MESSAGE_INFO));
        let buffer = self.kernel.ipc_buffer_for_send(tcb);
        let word = |index| self.kernel.message_word(tcb, buffer, index).expect("a message word");
        (info.label(), (0..info.length()).map(word).collect())
    }

    pub fn free_slot(&mut self) -> Word {
        self.next_slot += 1;
        self.next_slot
    }

    /// Makes an object, and gives the slot of its capability.
    pub fn create(&mut self, object: ObjectType, size: Word) -> Word {
        let target = self.free_slot();
        let outcome = self.retype(self.untyped, object, size, target, 1);
        assert_eq!(outcome, (0, std::vec![]), "retype {object:?}");
        target
    }

    pub fn retype(
        &mut self, untyped: Word, object: ObjectType, size: Word, target: Word, count: Word,
    ) -> Outcome {
        let words = [object.as_word(), size, 0, 0, target, count];
        self.call(untyped, InvocationLabel::UntypedRetype, &[slot::INIT_THREAD_CNODE], &words)
    }

    /// Copies a capability with all rights and a badge.
    pub fn mint(&mut self, source: Word, badge: Word) -> Word {
        let target = self.free_slot();
        let words = [target, 64, source, 64, 15, badge];
        let outcome = self.cnode(InvocationLabel::CNodeMint, &words);
        assert_eq!(outcome, (0, std::vec![]), "mint");
        target
    }

    pub fn cnode(&mut self, label: InvocationLabel, words: &[Word]) -> Outcome {
        let cnode = slot::INIT_THREAD_CNODE;
        self.call(cnode, label, &[cnode, cnode], words)
    }

    pub fn delete(&mut self, index: Word) -> Outcome {
        self.cnode(InvocationLabel::CNodeDelete, &[index, 64])
    }

    pub fn revoke(&mut self, index: Word) -> Outcome {
        self.cnode(InvocationLabel::CNodeRevoke, &[index, 64])
    }

    /// Makes a thread in the root task's spaces, without an IPC buffer.
    pub fn create_thread(&mut self, priority: Word) -> (Word, Tcb) {
        let cap = self.create(ObjectType::Tcb, 0);
        let tcb = self.cap(cap).as_thread().expect("a thread");
        let spaces = [slot::INIT_THREAD_CNODE, slot::INIT_THREAD_VSPACE];
        let outcome = self.call(cap, InvocationLabel::TCBSetSpace, &spaces, &[0, 0, 0]);
        assert_eq!(outcome.0, 0, "set space");
        let authority = [slot::INIT_THREAD_TCB];
        let outcome = self.call(cap, InvocationLabel::TCBSetPriority, &authority, &[priority]);
        assert_eq!(outcome.0, 0, "set priority");
        (cap, tcb)
    }

    pub fn resume(&mut self, thread: Word) {
        let outcome = self.call(thread, InvocationLabel::TCBResume, &[], &[]);
        assert_eq!(outcome.0, 0, "resume");
    }
}
