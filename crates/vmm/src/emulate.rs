//! A guest's access to a device, done in its place.
//!
//! For a load or store of one register the syndrome says everything, and nothing is touched but
//! that register and the program counter. Otherwise the instruction is fetched and decoded
//! ([`crate::instruction`]).
//!
//! Data is little-endian; guests with big-endian data (SCTLR_EL1.EE) aren't supported.

use guest_memory::{GuestAddress, Width};

use crate::bus::{Bus, NoDevice};
use crate::instruction::{
    self, Address, Direction, Index, IndexPart, LoadStore, Refusal, Transfer,
};
use crate::report::MistakeLog;
use crate::syndrome::DataAbort;
use crate::vcpu::{Gpr, Register, Vcpu};

/// Why an access was not done. The guest's registers and the devices are as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEmulated {
    /// Nothing is there.
    #[error(transparent)]
    NoDevice(#[from] NoDevice),
    /// The instruction is one that nobody emulates.
    #[error("the instruction {word:#010x} at {pc:#x}, which accesses {address}, is {refusal}")]
    Refused {
        /// Where the access went.
        address: GuestAddress,
        /// The instruction's virtual address.
        pc: u64,
        /// The instruction.
        word: u32,
        /// What it is.
        refusal: Refusal,
    },
    /// The instruction could not be fetched.
    #[error("the instruction at {pc:#x}, which accesses {address}, could not be read")]
    NoInstruction {
        /// Where the access went.
        address: GuestAddress,
        /// The instruction's virtual address.
        pc: u64,
    },
    /// Another instruction than the one that made the exit is at its address: another processor
    /// changed it meanwhile, or the translation is stale.
    #[error("the instruction {word:#010x} at {pc:#x} does not access {address}")]
    OtherInstruction {
        /// Where the access went.
        address: GuestAddress,
        /// The instruction's virtual address.
        pc: u64,
        /// What was found there.
        word: u32,
    },
    /// The guest's own translation tables lie where it has no memory.
    #[error("the guest's translation tables are at {address}, where it has no memory")]
    TableWalk {
        /// Where the walk went.
        address: GuestAddress,
    },
}

impl NotEmulated {
    /// The guest-physical address that was to be accessed.
    #[must_use]
    pub const fn address(&self) -> GuestAddress {
        match self {
            Self::NoDevice(NoDevice(address))
            | Self::Refused { address, .. }
            | Self::NoInstruction { address, .. }
            | Self::OtherInstruction { address, .. }
            | Self::TableWalk { address } => *address,
        }
    }
}

/// Does the access of an exit in one step if it is of the usual kind: a load or store of one register,
/// which the syndrome describes and a device answers. Otherwise says no, and nothing was changed.
#[inline]
pub fn usual(
    syndrome: u64, address: GuestAddress, vcpu: &mut impl Vcpu, bus: &mut Bus,
    log: &mut dyn MistakeLog,
) -> bool {
    if syndrome & USUAL_MASK != USUAL {
        return false;
    }
    let Some(width) = Width::from_log2((syndrome >> 22 & 3) as u32) else {
        return false;
    };
    let register = Gpr::from_bits((syndrome >> 16 & 31) as u32);
    if syndrome & STORE == 0 {
        let Ok(value) = bus.read(address, width, vcpu.id(), log) else {
            return false;
        };
        vcpu.write_unless_zero(register, value);
    } else {
        // Reading a register costs a system call, which changes nothing.
        let value = width.truncate(vcpu.read_or_zero(register));
        if bus.write(address, width, value, vcpu.id(), log).is_err() {
            return false;
        }
    }
    vcpu.skip_instruction(false);
    true
}

/// Fields of ESR_EL2 (Arm ARM D24.2): the class of data aborts, a long instruction, a valid
/// description; no sign extension, cache maintenance or table walk.
const USUAL: u64 = 0x24 << 26 | 1 << 25 | 1 << 24;
const USUAL_MASK: u64 = 0x3f << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 8 | 1 << 7;
const STORE: u64 = 1 << 6;

/// Does the access of a data abort at `address` on the bus, and goes on behind the instruction.
///
/// `fetch` reads the guest's instruction at the program counter; it is asked only when the
/// syndrome doesn't describe the access. Cache maintenance on a device does nothing.
///
/// # Errors
/// There is no device, or the instruction can't be emulated. Nothing was changed.
pub fn data_abort<V: Vcpu>(
    abort: &DataAbort, address: GuestAddress, vcpu: &mut V, bus: &mut Bus,
    log: &mut dyn MistakeLog, fetch: impl FnOnce(&mut V) -> Option<u32>,
) -> Result<(), NotEmulated> {
    if abort.fault.on_table_walk {
        return Err(NotEmulated::TableWalk { address });
    }
    if abort.cache_maintenance {
        bus.name_at(address).ok_or(NoDevice(address))?;
    } else if let Some(transfer) = abort.transfer {
        perform(transfer, address, vcpu, bus, log)?;
    } else {
        let pc = vcpu.read(Register::Pc);
        // Before the fetch, which may be long: most aborts without a device are no mistakes of
        // the instruction's.
        bus.name_at(address).ok_or(NoDevice(address))?;
        let word = fetch(vcpu).ok_or(NotEmulated::NoInstruction { address, pc })?;
        let access = instruction::decode(word).map_err(|refusal| NotEmulated::Refused {
            address,
            pc,
            word,
            refusal,
        })?;
        let target = virtual_address(access, pc, vcpu);
        // Only the low bits of a virtual address survive translation.
        let same_place = (target.access ^ address.0) & 0xfff == 0;
        if access.transfer.direction != abort.direction || !same_place {
            return Err(NotEmulated::OtherInstruction { address, pc, word });
        }
        perform(access.transfer, address, vcpu, bus, log)?;
        if let Some((base, value)) = target.writeback {
            write_base(base, value, vcpu);
        }
    }
    vcpu.skip_instruction(abort.short_instruction);
    Ok(())
}

/// Moves data between registers and a device. Neither writes back nor goes on.
///
/// # Errors
/// There is no device at the address, or none at the second register's. Nothing was changed.
pub fn perform(
    transfer: Transfer, address: GuestAddress, vcpu: &mut impl Vcpu, bus: &mut Bus,
    log: &mut dyn MistakeLog,
) -> Result<(), NoDevice> {
    let Transfer { direction, width, extend, first, second } = transfer;
    let second = match second {
        None => None,
        Some(register) => {
            let next = address.checked_add(width.bytes()).ok_or(NoDevice(address))?;
            bus.name_at(address).ok_or(NoDevice(address))?;
            bus.name_at(next).ok_or(NoDevice(next))?;
            Some((register, next))
        }
    };
    match direction {
        Direction::Load => {
            let value = bus.read(address, width, vcpu.id(), log)?;
            if let Some((register, next)) = second {
                let value = bus.read(next, width, vcpu.id(), log)?;
                vcpu.write_unless_zero(register, extend.apply(width, value));
            }
            vcpu.write_unless_zero(first, extend.apply(width, value));
        }
        Direction::Store => {
            let mut store = |register: Gpr, address: GuestAddress| {
                let value = width.truncate(vcpu.read_or_zero(register));
                bus.write(address, width, value, vcpu.id(), log)
            };
            store(first, address)?;
            if let Some((register, next)) = second {
                store(register, next)?;
            }
        }
    }
    Ok(())
}

/// Where an instruction goes.
struct Target {
    /// The virtual address that it accesses.
    access: u64,
    /// The base register, and what it gets.
    writeback: Option<(Gpr, u64)>,
}

fn virtual_address(access: LoadStore, pc: u64, vcpu: &mut impl Vcpu) -> Target {
    let (base, index) = match access.address {
        Address::Literal(offset) => {
            return Target { access: pc.wrapping_add_signed(offset), writeback: None };
        }
        Address::Base { base, index } => (base, index),
    };
    let start = match base.register() {
        Some(register) => vcpu.read(register),
        None => {
            let register = stack_pointer(vcpu);
            vcpu.read(register)
        }
    };
    match index {
        Index::Offset(offset) => {
            Target { access: start.wrapping_add_signed(offset), writeback: None }
        }
        Index::PreIndex(offset) => {
            let access = start.wrapping_add_signed(offset);
            Target { access, writeback: Some((base, access)) }
        }
        Index::PostIndex(offset) => {
            let after = start.wrapping_add_signed(offset);
            Target { access: start, writeback: Some((base, after)) }
        }
        Index::Register { register, part, shift } => {
            let value = vcpu.read_or_zero(register);
            let value = match part {
                IndexPart::Unsigned32 => Width::Four.truncate(value),
                IndexPart::Signed32 => Width::Four.sign_extend(value),
                IndexPart::All => value,
            };
            Target { access: start.wrapping_add(value << shift), writeback: None }
        }
    }
}

fn write_base(base: Gpr, value: u64, vcpu: &mut impl Vcpu) {
    let register = match base.register() {
        Some(register) => register,
        None => stack_pointer(vcpu),
    };
    vcpu.write(register, value);
}

/// The stack pointer in use: PSTATE.M holds the exception level in bits 3:2 and in bit 0 whether
/// that level uses its own stack pointer (Arm ARM C5.2, SPSR_EL2).
fn stack_pointer(vcpu: &mut impl Vcpu) -> Register {
    let mode = vcpu.read(Register::Pstate) & 0xf;
    if mode == 0b0101 { Register::SpEl1 } else { Register::SpEl0 }
}

#[cfg(test)]
mod test;
