//! What the algorithms need from an AArch64 processor and its GICv2.

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

/// The processor: address translation, caches, floating point, virtual
/// processors, software generated interrupts.
pub trait Hardware {
    /// Width of physical and user virtual addresses: 40 or 44 bits.
    const PA_BITS: u32;

    /// The first physical address beyond what the kernel can reach.
    const WINDOW_TOP: Word;

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

    /// Reads a list register (`GICH_LRn`).
    fn read_list_register(&mut self, index: Word) -> u32;

    /// Writes a list register (`GICH_LRn`).
    fn write_list_register(&mut self, index: Word, value: u32);

    /// The list registers, a bit each, whose interrupt has ended with an EOI
    /// that asked for maintenance (`GICH_EISR`), if that is why the
    /// maintenance interrupt came (`GICH_MISR.EOI`).
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
