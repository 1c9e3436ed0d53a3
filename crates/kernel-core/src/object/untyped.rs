//! Untyped memory, and the making of objects from it.
//!
//! seL4 manual, section 2.4 "Kernel Memory Allocation" and 10.3.10 "Untyped".
//! Objects are made one behind the other; when no capability to any of them is
//! left, the memory can be used again from its start.

use sel4_abi::aarch64::PaSize;
use sel4_abi::object::{MAX_UNTYPED_BITS, MIN_UNTYPED_BITS};
use sel4_abi::{InvocationLabel, ObjectType};

use crate::arch::ArchCap;
use crate::cap::{CNodeCap, Cap, EndpointCap, EndpointRights, NotificationCap, UntypedCap};
use crate::derivation;
use crate::error::{Checked, Exception, LookupFailure, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Endpoint, Notification, Slot, Tcb};
use crate::word::{PhysAddr, WORD_BITS, Word, align_down, align_up, bit, small};

/// A checked request for objects.
#[derive(Clone, Copy, Debug)]
struct Retype {
    object: ObjectType,
    /// The argument for objects of variable size.
    size: u32,
    /// The size of each object, as a power of two.
    object_bits: u32,
    /// The first slot to fill.
    first: Slot,
    /// How many objects to make.
    count: Word,
    /// Whether the memory is used from its start, since nothing is left of
    /// earlier objects.
    reset: bool,
    /// Where the first object goes.
    start: PhysAddr,
}

/// log2 of the bytes that are cleared at once.
const RESET_CHUNK_BITS: u32 = 12;
/// log2 of the bytes whose clearing counts as a unit of work.
const RESET_UNIT_BITS: u32 = 8;

impl<M: Machine> Kernel<M> {
    /// Performs an invocation of untyped memory.
    #[inline(never)]
    pub(crate) fn invoke_untyped(
        &mut self, untyped: UntypedCap, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        if invocation.label != InvocationLabel::UntypedRetype.as_word() {
            return Err(SyscallError::IllegalOperation.into());
        }
        let retype = self.check_retype(untyped, invocation)?;
        self.begin();
        if retype.reset {
            self.reset_untyped(invocation.slot)?;
        }
        let used = retype.start.0 + (retype.count << retype.object_bits) - untyped.base.0;
        let cap = Cap::Untyped(UntypedCap { used, ..untyped });
        invocation.slot.set_cap(&mut self.machine, cap);
        self.create_objects(&retype, untyped.device, invocation.slot);
        Ok(Reply::Empty)
    }

    /// Makes the objects and their capabilities. No interrupt is taken meanwhile.
    ///
    /// As the objects lie one behind the other, so do the words of their
    /// capabilities: each differs from the one before by the same numbers.
    fn create_objects(&mut self, retype: &Retype, device: bool, parent: Slot) {
        let &Retype { object, size, object_bits, first, count, start, .. } = retype;
        let words =
            |index| new_cap(object, start.offset(index << object_bits), size, device).encode();
        let mut cap = words(0);
        let step: [Word; 2] = {
            let second = words(1);
            core::array::from_fn(|word| second[word].wrapping_sub(cap[word]))
        };
        for index in 0..count {
            let at = start.offset(index << object_bits);
            debug_assert_eq!(cap, words(index), "capabilities of objects in a row");
            self.init_object(object, at);
            derivation::insert_new(&mut self.machine, cap, parent, first.offset(index));
            cap = core::array::from_fn(|word| cap[word].wrapping_add(step[word]));
        }
    }

    fn check_retype(&self, untyped: UntypedCap, invocation: &Invocation) -> Checked<Retype> {
        invocation.require(6, 1)?;
        let argument = |index| self.argument(invocation, index);
        let object = ObjectType::from_word(argument(0)).ok_or(SyscallError::InvalidArgument(0))?;
        let size = argument(1);
        let too_large = SyscallError::Range { min: 0, max: MAX_UNTYPED_BITS as Word };
        if size >= WORD_BITS as Word {
            return Err(too_large);
        }
        let size = small(size);
        let object_bits = object.bits(size, const { pa_size(M::PA_BITS) });
        if object_bits > MAX_UNTYPED_BITS {
            return Err(too_large);
        }
        let too_small = match object {
            ObjectType::CapTable => size == 0,
            ObjectType::Untyped => size < MIN_UNTYPED_BITS,
            _ => false,
        };
        if too_small {
            return Err(SyscallError::InvalidArgument(1));
        }
        let (first, count) = self.check_destination(invocation)?;
        let reset = !derivation::has_children(&self.machine, invocation.slot);
        let used = if reset { 0 } else { untyped.used };
        let free = bit(untyped.size_bits) - used;
        if free >> object_bits < count {
            return Err(SyscallError::NotEnoughMemory(free));
        }
        if untyped.device && !object.is_frame() && object != ObjectType::Untyped {
            return Err(SyscallError::InvalidArgument(1));
        }
        let start = PhysAddr(align_up(untyped.base.0 + used, object_bits));
        Ok(Retype { object, size, object_bits, first, count, reset, start })
    }

    /// The slots to fill: the first, and how many.
    fn check_destination(&self, invocation: &Invocation) -> Checked<(Slot, Word)> {
        let argument = |index| self.argument(invocation, index);
        let (index, depth, offset, count) = (argument(2), argument(3), argument(4), argument(5));
        let root = invocation.extra(0)?.cap(&self.machine);
        let node = match depth {
            0 => root,
            _ => self.target_slot(root, index, depth)?.cap(&self.machine),
        };
        let Cap::CNode(node) = node else {
            let failure = LookupFailure::MissingCapability { bits_left: depth };
            return Err(SyscallError::FailedLookup { source: false, failure });
        };
        let slots = node.slot_count();
        if offset > slots - 1 {
            return Err(SyscallError::Range { min: 0, max: slots - 1 });
        }
        if !(1..=M::RETYPE_FAN_OUT_LIMIT).contains(&count) {
            return Err(SyscallError::Range { min: 1, max: M::RETYPE_FAN_OUT_LIMIT });
        }
        if count > slots - offset {
            return Err(SyscallError::Range { min: 1, max: slots - offset });
        }
        let first = node.slot(offset);
        for index in 0..count {
            self.require_empty(first.offset(index))?;
        }
        Ok((first, count))
    }

    /// Clears memory that earlier objects used, from its end on, so that an
    /// interrupted reset goes on where it was.
    ///
    /// The memory is cleaned as well. So what an untyped capability has left is
    /// always zero, in RAM too, and a page or table of any size can be made of
    /// it in no time.
    fn reset_untyped(&mut self, slot: Slot) -> Result<(), Exception> {
        let Cap::Untyped(untyped) = slot.cap(&self.machine) else {
            unreachable!("only untyped memory is reset");
        };
        if untyped.used == 0 {
            return Ok(());
        }
        if untyped.device {
            slot.set_cap(&mut self.machine, Cap::Untyped(UntypedCap { used: 0, ..untyped }));
            return Ok(());
        }
        let chunk_bits = untyped.size_bits.min(RESET_CHUNK_BITS);
        let mut used = untyped.used;
        while used > 0 {
            used = align_down(used - 1, chunk_bits);
            let m = &mut self.machine;
            m.zero(untyped.base.offset(used), bit(chunk_bits));
            m.clean_to_ram(untyped.base.offset(used), bit(chunk_bits));
            slot.set_cap(m, Cap::Untyped(UntypedCap { used, ..untyped }));
            self.preemption_point(1 << chunk_bits.saturating_sub(RESET_UNIT_BITS))?;
        }
        Ok(())
    }

    /// Makes an object of cleared memory, which is all that most objects need.
    #[inline(always)]
    fn init_object(&mut self, object: ObjectType, at: PhysAddr) {
        match object {
            ObjectType::Tcb => {
                let tcb = Tcb::at(at);
                self.init_thread(tcb);
                self.name_after_parent(tcb);
            }
            _ => self.init_arch_object(object, at),
        }
    }
}

/// The first capability to a new object.
fn new_cap(object: ObjectType, at: PhysAddr, size: u32, device: bool) -> Cap {
    match object {
        ObjectType::Untyped => {
            Cap::Untyped(UntypedCap { base: at, size_bits: size, device, used: 0 })
        }
        ObjectType::Endpoint => Cap::Endpoint(EndpointCap {
            endpoint: Endpoint::at(at),
            badge: 0,
            rights: EndpointRights::ALL,
        }),
        ObjectType::Notification => Cap::Notification(NotificationCap {
            notification: Notification::at(at),
            badge: 0,
            send: true,
            receive: true,
        }),
        ObjectType::CapTable => {
            Cap::CNode(CNodeCap { base: at, radix: size, guard: 0, guard_bits: 0 })
        }
        ObjectType::Tcb => Cap::Thread(Tcb::at(at)),
        _ => Cap::Arch(ArchCap::of_new(object, at, device)),
    }
}

/// The address width as the ABI crate has it.
const fn pa_size(bits: u32) -> PaSize {
    match PaSize::from_bits(bits) {
        Some(size) => size,
        None => panic!("physical addresses have 40 or 44 bits"),
    }
}
