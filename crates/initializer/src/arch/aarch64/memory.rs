//! Mappings, caches, copies.

use sel4::{Result, VmAttributes, cap};
use system_spec::model::MemoryAttributes;

/// Memory that is data here.
pub const NORMAL_MEMORY: VmAttributes = attributes_of(true, false);
/// Registers of a device.
pub const DEVICE_MEMORY: VmAttributes = attributes_of(false, false);

const fn attributes_of(cached: bool, executable: bool) -> VmAttributes {
    let cacheable = if cached { VmAttributes::PAGE_CACHEABLE.into_inner() } else { 0 };
    let never = if executable { 0 } else { VmAttributes::EXECUTE_NEVER.into_inner() };
    VmAttributes::from_inner(cacheable | never)
}

/// How a frame is mapped.
pub const fn attributes(memory: MemoryAttributes) -> VmAttributes {
    attributes_of(memory.cached, memory.executable)
}

/// Makes instructions that were written to a mapped frame of `size` bytes visible.
pub fn publish_instructions(frame: cap::UnspecifiedPage, size: usize) -> Result<()> {
    frame.frame_unify_instruction(0, size)
}

/// Writes what the cache has of a mapped frame of `size` bytes to memory.
pub fn clean_to_memory(frame: cap::UnspecifiedPage, size: usize) -> Result<()> {
    frame.frame_clean_data(0, size)
}

/// Bytes of four vector registers.
const BLOCK: usize = 64;

/// Copies as many bytes as both have.
pub fn copy(to: &mut [u8], from: &[u8]) {
    let length = to.len().min(from.len());
    let (Some(to), Some(from)) = (to.get_mut(..length), from.get(..length)) else {
        return;
    };
    let blocks = length / BLOCK * BLOCK;
    let (Some((to, to_rest)), Some((from, from_rest))) =
        (to.split_at_mut_checked(blocks), from.split_at_checked(blocks))
    else {
        return;
    };
    copy_blocks(to, from);
    to_rest.copy_from_slice(from_rest);
}

/// Copies whole blocks through vector registers. The library's copy takes eight bytes at a time.
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
fn copy_blocks(to: &mut [u8], from: &[u8]) {
    let blocks = from.len().min(to.len()) / BLOCK;
    if blocks == 0 {
        return;
    }
    // SAFETY: both slices have that many blocks, and are apart. Vector loads and stores of normal
    // memory need no alignment.
    unsafe {
        core::arch::asm!(
            "2:",
            "ldp {a:q}, {b:q}, [{from}], #32",
            "ldp {c:q}, {d:q}, [{from}], #32",
            "subs {blocks}, {blocks}, #1",
            "stp {a:q}, {b:q}, [{to}], #32",
            "stp {c:q}, {d:q}, [{to}], #32",
            "b.ne 2b",
            from = inout(reg) from.as_ptr() => _,
            to = inout(reg) to.as_mut_ptr() => _,
            blocks = inout(reg) blocks => _,
            a = out(vreg) _,
            b = out(vreg) _,
            c = out(vreg) _,
            d = out(vreg) _,
            options(nostack),
        );
    }
}

#[cfg(not(all(target_os = "none", target_arch = "aarch64")))]
fn copy_blocks(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}
