//! What the algorithms need from an AArch64 processor and its GIC.

use sel4_abi::aarch64::VcpuReg;

use super::vcpu::Vcpu;
use crate::word::{PhysAddr, Word};

/// A hardware virtual machine identifier: the tag of stage-2 translations in
/// the translation lookaside buffer (`VTTBR_EL2.VMID`, eight bits).
pub type Vmid = u8;

/// A cache maintenance operation on a range of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CacheOp {
    /// Write dirty lines back to the point of coherency.
    Clean,
    /// Drop lines.
    Invalidate,
    /// Write dirty lines back and drop them.
    CleanInvalidate,
    /// Make data visible to instruction fetches.
    UnifyInstruction,
}

/// Where the fields of a list register are: that of a GICv2 (Arm IHI 0048,
/// 5.3.10) or a GICv3 (Arm IHI 0069, 12.4.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListRegisterFormat {
    state: u32,
    group: u32,
    priority: u32,
    eoi_maintenance: u32,
}

impl ListRegisterFormat {
    /// Registers of 32 bits, with priorities of five.
    pub const GIC_V2: Self = Self { state: 28, group: 30, priority: 23, eoi_maintenance: 19 };
    /// Registers of 64 bits, with priorities of eight.
    pub const GIC_V3: Self = Self { state: 62, group: 60, priority: 48, eoi_maintenance: 41 };

    /// A pending interrupt that asks for maintenance when it ends.
    pub const fn pending(self, irq: u64, priority: u64, group: u64) -> u64 {
        group << self.group
            | 1 << self.state
            | priority << self.priority
            | 1 << self.eoi_maintenance
            | irq
    }

    /// Whether the register holds an interrupt that the guest handles now.
    pub const fn is_active(self, register: u64) -> bool {
        (register >> self.state) & 3 == 2
    }

    /// The register without the request for maintenance.
    pub const fn without_maintenance(self, register: u64) -> u64 {
        register & !(1 << self.eoi_maintenance)
    }
}

/// The processor: address translation, caches, floating point, virtual
/// processors, software generated interrupts.
pub trait Hardware {
    /// Width of physical and user virtual addresses: 40 or 44 bits.
    const PA_BITS: u32;

    /// The first physical address beyond what the kernel can reach.
    const WINDOW_TOP: Word;

    /// The list registers of the interrupt controller.
    const LIST_REGISTER: ListRegisterFormat;

    /// The largest number that names a processor for a software generated interrupt.
    const MAX_SGI_TARGET: Word;

    /// Whether the kernel may read the memory at `at` without an effect: no device.
    fn is_ordinary_memory(&self, at: PhysAddr) -> bool;

    /// Switches user level to the address space with this root table.
    fn set_user_root(&mut self, root: PhysAddr, vmid: Vmid);

    /// Switches user level to an address space without mappings.
    fn set_empty_user_root(&mut self);

    /// Drops all translations of a VMID.
    fn invalidate_vmid(&mut self, vmid: Vmid);

    /// Drops the translations of one page of a VMID.
    fn invalidate_page(&mut self, vmid: Vmid, address: Word);

    /// Makes a written translation table entry visible to the translation walks.
    fn clean_entry(&mut self, at: PhysAddr);

    /// Makes a written translation table visible to the translation walks.
    fn clean_table(&mut self, start: PhysAddr, bytes: Word);

    /// Cleans new user memory to the point of coherency, so that somebody who
    /// maps it uncached sees what the kernel wrote.
    fn clean_to_ram(&mut self, start: PhysAddr, bytes: Word);

    /// Maintains the caches for memory from `start` on.
    fn maintain_cache(&mut self, op: CacheOp, start: PhysAddr, bytes: Word);

    /// Lets user level use the floating-point registers, or not.
    fn enable_fpu(&mut self, enable: bool);

    /// Saves the floating-point registers, which are enabled.
    fn save_fpu(&mut self, to: PhysAddr);

    /// Loads the floating-point registers, which are enabled.
    fn load_fpu(&mut self, from: PhysAddr);

    /// The virtual address of the abort that was just taken (`FAR_EL2`).
    fn fault_address(&self) -> Word;

    /// The intermediate physical address of the page that the running guest's
    /// own tables give for a virtual address (`PAR_EL1.PA`).
    fn translate_stage1(&mut self, address: Word) -> Word;

    /// Raises a software generated interrupt, 0 to 15, on processor `target`.
    fn send_sgi(&mut self, irq: Word, target: Word);

    /// The number of list registers of the interrupt controller.
    fn list_register_count(&self) -> Word;

    /// Reads a list register (`GICH_LRn`, `ICH_LRn_EL2`).
    fn read_list_register(&mut self, index: Word) -> u64;

    /// Writes a list register (`GICH_LRn`, `ICH_LRn_EL2`).
    fn write_list_register(&mut self, index: Word, value: u64);

    /// The list registers, a bit each, whose interrupt has ended with an EOI
    /// that asked for maintenance (`GICH_EISR`, `ICH_EISR_EL2`), if that is why the
    /// maintenance interrupt came (`GICH_MISR.EOI`, `ICH_MISR_EL2.EOI`).
    fn ended_list_registers(&mut self) -> Option<u64>;

    /// Reads a register of the virtual processor from the hardware.
    fn read_vcpu_register(&mut self, register: VcpuReg) -> Word;

    /// Writes a register of the virtual processor in the hardware.
    fn write_vcpu_register(&mut self, register: VcpuReg, value: Word);

    /// Moves all of a virtual processor's state into the hardware, and
    /// enables it.
    fn restore_vcpu(&mut self, vcpu: Vcpu);

    /// Saves all of a virtual processor's state; `active` tells whether it is
    /// enabled, otherwise a part was saved when it was disabled.
    fn save_vcpu(&mut self, vcpu: Vcpu, active: bool);

    /// Enables the virtual processor whose other state is still in the
    /// hardware.
    fn enable_vcpu(&mut self, vcpu: Vcpu);

    /// Disables the virtual processor for a native thread, and saves what that
    /// overwrites.
    fn disable_vcpu(&mut self, vcpu: Vcpu);

    /// Disables the virtual processor, whose state nobody needs any more.
    fn discard_vcpu(&mut self);

    /// Writes the state of a new virtual processor into cleared memory.
    fn init_vcpu(&mut self, vcpu: Vcpu);
}
