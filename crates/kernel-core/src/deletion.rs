//! Deletion and revocation.
//!
//! The last capability to a TCB or CNode takes the capabilities in its slots
//! with it. They can be many, so the dying object becomes a *zombie*: a
//! capability that remembers how many slots may still be occupied. Its
//! deletion can be interrupted after every slot and goes on later.
//!
//! A deletion is *exposed* when it starts at a slot that user level named.
//! Such a one empties the zombie's slots one by one. Deleting those slots is
//! not exposed: if it meets another such object's last capability, it swaps that
//! into the object's own first slot and deletes what was there instead, so the
//! recursion is never deeper than two. Nobody can reach that object any more; the
//! revocation of its memory, whose deletions are all exposed, takes it apart.

use crate::cap::{Cap, ZombieCap, ZombieKind};
use crate::derivation::{self, is_final};
use crate::error::Exception;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{IrqState, Slot, Tcb, TcbSlot, ThreadState};
use crate::word::Word;

/// What the deletion of a capability counts in units of work.
const DELETION: Word = 4;

/// What is left of a capability after its object was told.
struct Finalised {
    /// [`Cap::Null`], or the zombie that needs more work.
    remainder: Cap,
    /// The interrupt to make available once the slot is empty.
    freed_irq: Option<crate::machine::Irq>,
}

const GONE: Finalised = Finalised { remainder: Cap::Null, freed_irq: None };

/// How far the work on a slot got.
enum Progress {
    /// The slot can be emptied.
    Removable(Option<crate::machine::Irq>),
    /// The slot holds a zombie of itself, which only an exposed deletion may
    /// take apart.
    CyclicZombie,
}

impl<M: Machine> Kernel<M> {
    /// Deletes all capabilities derived from the one in `slot`.
    ///
    /// # Errors
    /// When an interrupt waits.
    pub(crate) fn revoke(&mut self, slot: Slot) -> Result<(), Exception> {
        while let Some(next) = slot.next(&self.machine) {
            if !derivation::is_parent(&self.machine, slot, next) {
                break;
            }
            self.delete(next)?;
            self.preemption_point(DELETION)?;
        }
        Ok(())
    }

    /// Deletes the capability in `slot`, and its object if it was the last.
    ///
    /// # Errors
    /// When an interrupt waits.
    pub(crate) fn delete(&mut self, slot: Slot) -> Result<(), Exception> {
        self.delete_slot(slot, true)
    }

    fn delete_slot(&mut self, slot: Slot, exposed: bool) -> Result<(), Exception> {
        match self.finalise_slot(slot, exposed)? {
            Progress::Removable(freed_irq) => self.empty_slot(slot, freed_irq),
            Progress::CyclicZombie => {}
        }
        Ok(())
    }

    /// Deletes a capability that is known to be quick to delete: a reply, or
    /// the notification of an interrupt.
    pub(crate) fn delete_simple(&mut self, slot: Slot) {
        let cap = slot.cap(&self.machine);
        // Nobody needs to be told of a reply capability, and every call has one.
        if !matches!(cap, Cap::Null | Cap::Reply(_)) {
            let last = is_final(&self.machine, slot);
            let finalised = self.finalise(cap, last);
            assert!(finalised.remainder.is_null(), "{cap:?} can't be deleted in one step");
        }
        self.empty_slot(slot, None);
    }

    fn empty_slot(&mut self, slot: Slot, freed_irq: Option<crate::machine::Irq>) {
        if slot.is_empty(&self.machine) {
            return;
        }
        derivation::unlink(&mut self.machine, slot);
        if let Some(irq) = freed_irq {
            self.set_irq_state(irq, IrqState::Inactive);
        }
    }

    /// Works on a slot until it can be emptied.
    fn finalise_slot(&mut self, slot: Slot, exposed: bool) -> Result<Progress, Exception> {
        loop {
            let finalised = match slot.cap(&self.machine) {
                Cap::Null => return Ok(Progress::Removable(None)),
                zombie @ Cap::Zombie(_) => Finalised { remainder: zombie, freed_irq: None },
                cap => {
                    let last = is_final(&self.machine, slot);
                    self.finalise(cap, last)
                }
            };
            let Cap::Zombie(zombie) = finalised.remainder else {
                return Ok(Progress::Removable(finalised.freed_irq));
            };
            let only_itself = zombie.remaining == 1 && zombie.base == slot.address();
            if zombie.remaining == 0 || only_itself {
                return Ok(Progress::Removable(finalised.freed_irq));
            }
            slot.set_cap(&mut self.machine, finalised.remainder);
            if !exposed && finalised.remainder.is_cyclic_zombie(slot) {
                return Ok(Progress::CyclicZombie);
            }
            self.reduce_zombie(slot, zombie, exposed)?;
            self.preemption_point(DELETION)?;
        }
    }

    /// Does one step on the zombie in `slot`.
    fn reduce_zombie(
        &mut self, slot: Slot, zombie: ZombieCap, exposed: bool,
    ) -> Result<(), Exception> {
        if !exposed {
            let first = zombie.slot(0);
            let (zombie_cap, first_cap) = (slot.cap(&self.machine), first.cap(&self.machine));
            derivation::swap(&mut self.machine, first_cap, first, zombie_cap, slot);
            return Ok(());
        }
        let occupied = self.without_empty_slots(zombie);
        if occupied != zombie {
            slot.set_cap(&mut self.machine, Cap::Zombie(occupied));
            return Ok(());
        }
        let last_slot = zombie.slot(zombie.remaining - 1);
        self.delete_slot(last_slot, false)?;
        // The deletion may have swapped the zombie into its own first slot.
        // Then it is the next step's turn.
        if slot.cap(&self.machine) == Cap::Zombie(zombie) {
            let rest = ZombieCap { remaining: zombie.remaining - 1, ..zombie };
            slot.set_cap(&mut self.machine, Cap::Zombie(rest));
        }
        Ok(())
    }

    /// The zombie without the empty slots at its end, up to so many of them as
    /// one step may look at.
    fn without_empty_slots(&self, zombie: ZombieCap) -> ZombieCap {
        const LOOKED_AT: Word = 64;
        let stop = zombie.remaining.saturating_sub(LOOKED_AT);
        let mut remaining = zombie.remaining;
        while remaining > stop && zombie.slot(remaining - 1).is_empty(&self.machine) {
            remaining -= 1;
        }
        ZombieCap { remaining, ..zombie }
    }

    /// Tells the object that a capability, the last one or not, goes away.
    fn finalise(&mut self, cap: Cap, last: bool) -> Finalised {
        match cap {
            _ if !last && !matches!(cap, Cap::Arch(_)) => GONE,
            Cap::Endpoint(cap) => {
                self.cancel_all_ipc(cap.endpoint);
                GONE
            }
            Cap::Notification(cap) => {
                self.unbind_notification(cap.notification);
                self.cancel_all_signals(cap.notification);
                GONE
            }
            Cap::CNode(cnode) => Finalised {
                remainder: Cap::Zombie(ZombieCap {
                    base: cnode.base,
                    remaining: cnode.slot_count(),
                    kind: ZombieKind::CNode(cnode.radix),
                }),
                freed_irq: None,
            },
            Cap::Thread(tcb) => {
                self.finalise_thread(tcb);
                Finalised {
                    remainder: Cap::Zombie(ZombieCap {
                        base: tcb.slot(TcbSlot::CSpace).address(),
                        remaining: crate::object::TCB_SLOTS,
                        kind: ZombieKind::Tcb,
                    }),
                    freed_irq: None,
                }
            }
            Cap::IrqHandler(irq) => {
                self.delete_simple(self.irqs.slot(irq));
                Finalised { remainder: Cap::Null, freed_irq: Some(irq) }
            }
            Cap::Arch(cap) => {
                self.finalise_arch(cap, last);
                GONE
            }
            Cap::Null
            | Cap::Untyped(_)
            | Cap::Reply(_)
            | Cap::IrqControl
            | Cap::Domain
            | Cap::Zombie(_) => GONE,
        }
    }

    fn finalise_thread(&mut self, tcb: Tcb) {
        self.unbind_thread(tcb);
        self.suspend(tcb);
        self.forget_thread(tcb);
        self.release_arch_thread(tcb);
        debug_assert_eq!(tcb.state(&self.machine), ThreadState::Inactive);
    }

    /// Whether deleting the capability in `slot` would be a long operation.
    pub(crate) fn is_long_deletion(&self, slot: Slot) -> bool {
        matches!(slot.cap(&self.machine), Cap::Thread(_) | Cap::Zombie(_) | Cap::CNode(_))
            && is_final(&self.machine, slot)
    }
}
