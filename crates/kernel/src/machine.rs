//! The hardware as the kernel's algorithms see it.

use kernel_core::Machine;
use kernel_core::arch::aarch64::vcpu::{INTERFACE, TIMER_MASKED, Vcpu};
use kernel_core::arch::aarch64::{CacheOp, Hardware, ListRegisterFormat, Vmid};
use kernel_core::machine::Irq;
use kernel_core::memory::Memory;
use kernel_core::word::{PhysAddr, Word};
use sel4_abi::aarch64::VcpuReg;

use crate::arch::current::fpu::{self, FpuState};
use crate::arch::current::gic::{self, ActiveInterrupt, Trigger};
use crate::arch::current::memory_map::{self, PHYS_OFFSET, WINDOW_END, phys_to_virt, to_usize};
use crate::arch::current::vcpu::{self, VcpuContext};
use crate::arch::current::{
    cache, cpu, fault, generic_timer, mmu, tlb, uart, vcpu_register, virtual_gic,
};
use crate::platform;

/// The processor, its interrupt controller, and the memory.
///
/// There is one, which the kernel's only instance owns.
#[derive(Debug)]
pub struct Hardware64 {
    /// The interrupt that is being handled.
    active: Option<ActiveInterrupt>,
    list_registers: usize,
}

// The hardware layer writes virtual processors, the algorithms read parts.
const _: () = assert!(
    core::mem::offset_of!(VcpuContext, interface) == INTERFACE * 8
        && core::mem::offset_of!(VcpuContext, virtual_timer_masked) == TIMER_MASKED * 8
);

impl Hardware64 {
    /// The hardware, before it was set up.
    pub const fn new() -> Self {
        Self { active: None, list_registers: 0 }
    }

    /// Looks at what the hardware has, after it was set up.
    pub fn probe(&mut self) {
        self.list_registers = virtual_gic::list_register_count();
    }
}

/// A pointer to physical memory, through the kernel's window.
///
/// The window maps RAM and leaves the kernel image out, so no access through
/// it reaches an object that Rust knows of. Where it maps nothing an access
/// faults, which the kernel reports.
fn window<T>(at: PhysAddr) -> *mut T {
    core::ptr::with_exposed_provenance_mut(to_usize(phys_to_virt(at.0 as u64)))
}

fn range(start: PhysAddr, bytes: Word) -> platform::PhysRange {
    start.0 as u64..(start.0 + bytes) as u64
}

/// A GIC interrupt number: they are below 1020.
#[expect(clippy::cast_possible_truncation, reason = "interrupt numbers are below 1020")]
fn number(irq: Irq) -> u32 {
    irq as u32
}

impl Memory for Hardware64 {
    #[inline(always)]
    fn load(&self, at: PhysAddr) -> Word {
        // SAFETY: see `window`; kernel objects are word-aligned.
        unsafe { window::<Word>(at).read() }
    }

    #[inline(always)]
    fn store(&mut self, at: PhysAddr, value: Word) {
        // SAFETY: as for `load`.
        unsafe { window::<Word>(at).write(value) }
    }

    fn zero(&mut self, start: PhysAddr, bytes: Word) {
        // SAFETY: see `window`.
        unsafe { cache::zero(window(start), bytes) }
    }

    fn copy(&mut self, to: PhysAddr, from: PhysAddr, bytes: Word) {
        // SAFETY: see `window`; by the trait's contract the ranges are apart.
        unsafe { window::<u8>(to).copy_from_nonoverlapping(window::<u8>(from), bytes) }
    }
}

/// The saved state of a virtual processor.
fn context<'a>(vcpu: Vcpu) -> &'a mut VcpuContext {
    // SAFETY: a VCPU object has the size and alignment, and any bytes are a
    // valid context. The hardware layer's functions, which take the reference,
    // don't keep it, and nothing else accesses the object meanwhile.
    unsafe { &mut *window::<VcpuContext>(vcpu.address()) }
}

/// The saved floating-point registers of a thread.
fn fpu_state<'a>(at: PhysAddr) -> &'a mut FpuState {
    // SAFETY: as for `context`; TCBs keep it aligned to 16 bytes.
    unsafe { &mut *window::<FpuState>(at) }
}

impl Hardware for Hardware64 {
    const PA_BITS: u32 = platform::PA_BITS;
    const WINDOW_TOP: Word = to_usize(WINDOW_END - PHYS_OFFSET);
    const LIST_REGISTER: ListRegisterFormat = if platform::ARM_GIC_V3_SUPPORT {
        ListRegisterFormat::GIC_V3
    } else {
        ListRegisterFormat::GIC_V2
    };
    const MAX_SGI_TARGET: Word = gic::MAX_SGI_TARGET;

    fn is_ordinary_memory(&self, at: PhysAddr) -> bool {
        memory_map::in_window(&range(at, size_of::<Word>()))
    }

    #[inline(always)]
    fn set_user_root(&mut self, root: PhysAddr, vmid: Vmid) {
        // SAFETY: the algorithms give the root of an address space object. Its
        // tables map frames, which are memory that the kernel gave away, and
        // stay until the address space loses its ASID, when this is called
        // again. They flush a VMID's translations before they give it to
        // another address space.
        unsafe { mmu::set_user_vspace(root.0 as u64, vmid) }
    }

    fn set_empty_user_root(&mut self) {
        mmu::clear_user_vspace();
    }

    fn invalidate_vmid(&mut self, vmid: Vmid) {
        tlb::invalidate_vmid(vmid);
    }

    fn invalidate_page(&mut self, vmid: Vmid, address: Word) {
        tlb::invalidate_ipa(address as u64, vmid);
    }

    fn clean_entry(&mut self, at: PhysAddr) {
        cache::clean_line_to_unification(phys_to_virt(at.0 as u64));
    }

    fn clean_table(&mut self, start: PhysAddr, bytes: Word) {
        cache::clean_to_unification(range(start, bytes));
    }

    fn clean_to_ram(&mut self, start: PhysAddr, bytes: Word) {
        cache::clean(range(start, bytes));
    }

    fn maintain_cache(&mut self, op: CacheOp, start: PhysAddr, bytes: Word) {
        let range = range(start, bytes);
        match op {
            CacheOp::Clean => cache::clean(range),
            // SAFETY: the range is in a user frame.
            CacheOp::Invalidate => unsafe { cache::invalidate(range) },
            CacheOp::CleanInvalidate => cache::clean_invalidate(range),
            CacheOp::UnifyInstruction => cache::unify_instructions(range),
        }
    }

    fn enable_fpu(&mut self, enable: bool) {
        if enable {
            fpu::enable();
        } else {
            fpu::disable();
        }
    }

    fn save_fpu(&mut self, to: PhysAddr) {
        fpu::save(fpu_state(to));
    }

    fn load_fpu(&mut self, from: PhysAddr) {
        fpu::load(fpu_state(from));
    }

    fn fault_address(&self) -> Word {
        to_usize(fault::address())
    }

    fn translate_stage1(&mut self, address: Word) -> Word {
        to_usize(fault::translate_stage1(address as u64))
    }

    fn send_sgi(&mut self, irq: Word, target: Word) {
        gic::send_sgi(number(irq), number(target));
    }

    fn list_register_count(&self) -> Word {
        self.list_registers
    }

    fn read_list_register(&mut self, index: Word) -> u64 {
        virtual_gic::read_list_register(index)
    }

    fn write_list_register(&mut self, index: Word, value: u64) {
        virtual_gic::write_list_register(index, value);
    }

    fn ended_list_registers(&mut self) -> Option<u64> {
        virtual_gic::ended_list_registers()
    }

    fn read_vcpu_register(&mut self, which: VcpuReg) -> Word {
        to_usize(vcpu_register::read(which))
    }

    fn write_vcpu_register(&mut self, which: VcpuReg, value: Word) {
        vcpu_register::write(which, value as u64);
    }

    fn restore_vcpu(&mut self, vcpu: Vcpu) {
        vcpu::restore(context(vcpu), self.list_registers);
    }

    fn save_vcpu(&mut self, vcpu: Vcpu, active: bool) {
        vcpu::save(context(vcpu), active, self.list_registers);
    }

    fn enable_vcpu(&mut self, vcpu: Vcpu) {
        vcpu::enable(context(vcpu));
    }

    fn disable_vcpu(&mut self, vcpu: Vcpu) {
        vcpu::disable(context(vcpu));
    }

    fn discard_vcpu(&mut self) {
        vcpu::discard();
    }

    fn init_vcpu(&mut self, vcpu: Vcpu) {
        context(vcpu).init();
    }
}

impl Machine for Hardware64 {
    const DEBUG: bool = platform::DEBUG_BUILD;
    const PRINTING: bool = platform::PRINTING;
    const ROOT_CNODE_BITS: u32 = platform::ROOT_CNODE_SIZE_BITS;
    const TIME_SLICE: Word = platform::TIME_SLICE;
    const RETYPE_FAN_OUT_LIMIT: Word = platform::RETYPE_FAN_OUT_LIMIT;
    const WORK_UNITS_PER_PREEMPTION: Word = platform::MAX_NUM_WORK_UNITS_PER_PREEMPTION;
    const MAX_BOOTINFO_UNTYPEDS: Word = platform::MAX_NUM_BOOTINFO_UNTYPED_CAPS;
    const MAX_IRQ: Irq = platform::MAX_IRQ;
    const TIMER_IRQ: Irq = platform::KERNEL_TIMER_IRQ;

    fn active_irq(&mut self) -> Option<Irq> {
        self.active = gic::acknowledge();
        self.active.as_ref().map(|interrupt| interrupt.irq() as Irq)
    }

    fn irq_pending(&mut self) -> bool {
        gic::is_pending()
    }

    fn mask_irq(&mut self, irq: Irq, masked: bool) {
        gic::set_masked(number(irq), masked);
    }

    fn finish_irq(&mut self, _irq: Irq) {
        if let Some(interrupt) = self.active.take() {
            gic::end(interrupt);
        }
    }

    fn hand_over_irq(&mut self, _irq: Irq) {
        if let Some(interrupt) = self.active.take() {
            gic::hand_over(interrupt);
        }
    }

    fn release_irq(&mut self, irq: Irq) {
        gic::release(number(irq));
    }

    fn set_irq_trigger(&mut self, irq: Irq, edge: bool) {
        let trigger = if edge { Trigger::Edge } else { Trigger::Level };
        gic::set_trigger(number(irq), trigger);
    }

    fn start_tick(&mut self) {
        generic_timer::start();
    }

    fn next_tick(&mut self) {
        generic_timer::reset();
    }

    fn stop_tick(&mut self) {
        generic_timer::stop();
    }

    fn finish_boot(&mut self) {
        cache::forget_instructions();
        tlb::invalidate_all();
    }

    fn put_byte(&mut self, byte: u8) {
        uart::put_byte(byte);
    }

    fn halt(&mut self) -> ! {
        cpu::halt()
    }
}
