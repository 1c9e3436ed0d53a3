//! Capability addresses: from a number to a slot.
//!
//! seL4 manual, section 3.3 "Capability Space Addressing".

use crate::cap::Cap;
use crate::error::{Checked, LookupFailure, SyscallError};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::object::{Slot, Tcb, TcbSlot};
use crate::word::{WORD_BITS, Word, bits, mask, small};

/// Walks from the CNode `root` along `depth` bits of `address`, and gives the
/// slot with the number of bits that it did not need.
///
/// # Errors
/// When `root` is no CNode, a guard does not match, or a CNode translates more
/// bits than are left.
#[inline(always)]
pub fn resolve(
    memory: &impl Memory, root: Cap, address: Word, depth: u32,
) -> Result<(Slot, u32), LookupFailure> {
    let Cap::CNode(mut cnode) = root else {
        return Err(LookupFailure::InvalidRoot);
    };
    let mut left = depth;
    loop {
        let level = cnode.radix + cnode.guard_bits;
        if cnode.guard_bits > left || guard_of(address, left, cnode.guard_bits) != cnode.guard {
            return Err(LookupFailure::GuardMismatch {
                bits_left: left as Word,
                guard_found: cnode.guard,
                bits_found: cnode.guard_bits as Word,
            });
        }
        if level > left {
            return Err(LookupFailure::DepthMismatch {
                bits_left: left as Word,
                bits_found: level as Word,
            });
        }
        left -= level;
        let slot = cnode.slot(bits(address, left, cnode.radix));
        if left == 0 {
            return Ok((slot, 0));
        }
        match slot.cap(memory) {
            Cap::CNode(next) => cnode = next,
            _ => return Ok((slot, left)),
        }
    }
}

/// The `guard_bits` bits of an address that come first when `left` are left.
fn guard_of(address: Word, left: u32, guard_bits: u32) -> Word {
    if guard_bits == 0 { 0 } else { (address >> (left - guard_bits)) & mask(guard_bits) }
}

/// Finds the slot for an operation on CNodes, which needs all `depth` bits
/// used. `source` goes into the error.
///
/// # Errors
/// `FailedLookup`, or `Range` when `depth` is no number of address bits.
#[inline(never)]
pub fn resolve_for_operation(
    memory: &impl Memory, source: bool, root: Cap, address: Word, depth: Word,
) -> Checked<Slot> {
    let failed = |failure| SyscallError::FailedLookup { source, failure };
    if root.as_cnode().is_none() {
        return Err(failed(LookupFailure::InvalidRoot));
    }
    let max = WORD_BITS as Word;
    if depth < 1 || depth > max {
        return Err(SyscallError::Range { min: 1, max });
    }
    match resolve(memory, root, address, small(depth)) {
        Ok((slot, 0)) => Ok(slot),
        Ok((_, left)) => {
            Err(failed(LookupFailure::DepthMismatch { bits_left: left as Word, bits_found: 0 }))
        }
        Err(failure) => Err(failed(failure)),
    }
}

impl<M: Machine> Kernel<M> {
    /// The slot behind a capability address of a thread.
    #[inline(always)]
    pub(crate) fn lookup_slot(&self, tcb: Tcb, address: Word) -> Result<Slot, LookupFailure> {
        let root = tcb.slot(TcbSlot::CSpace).cap(&self.machine);
        let (slot, _) = resolve(&self.machine, root, address, WORD_BITS)?;
        Ok(slot)
    }

    /// The capability behind a capability address of a thread.
    #[inline(always)]
    pub(crate) fn lookup_cap(&self, tcb: Tcb, address: Word) -> Result<Cap, LookupFailure> {
        let slot = self.lookup_slot(tcb, address)?;
        Ok(slot.cap(&self.machine))
    }

    /// The slot that an invocation is to fill.
    pub(crate) fn target_slot(&self, root: Cap, address: Word, depth: Word) -> Checked<Slot> {
        resolve_for_operation(&self.machine, false, root, address, depth)
    }

    /// The slot that an invocation takes a capability from.
    pub(crate) fn source_slot(&self, root: Cap, address: Word, depth: Word) -> Checked<Slot> {
        resolve_for_operation(&self.machine, true, root, address, depth)
    }

    /// An empty slot that an invocation is to fill.
    pub(crate) fn empty_target_slot(&self, root: Cap, address: Word, depth: Word) -> Checked<Slot> {
        let slot = self.target_slot(root, address, depth)?;
        self.require_empty(slot)?;
        Ok(slot)
    }

    /// Checks that a slot holds nothing.
    pub(crate) fn require_empty(&self, slot: Slot) -> Checked<()> {
        if slot.is_empty(&self.machine) { Ok(()) } else { Err(SyscallError::DeleteFirst) }
    }
}
