//! Answers that are given later than at the end of the handler.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use component_config::{SlotRange, label, slot};

use crate::caller::{Caller, Long, refusal};
use crate::local::state;
use crate::logging::instance;
use crate::wire::Encode;

/// The answer that a caller waits for, in a handler that may give it later.
///
/// It can be given now with [`send`](Self::send), or later, by way of [`save`](Self::save). If it
/// is dropped instead, the caller gets [`CallError::Refused`](crate::CallError::Refused).
#[derive(Debug)]
#[must_use]
pub struct Reply<'a, T> {
    caller: Caller,
    // It can't be kept beyond the handler, when the kernel has forgotten the caller.
    handler: PhantomData<&'a ()>,
    answer: PhantomData<fn(T)>,
}

impl<'a, T: Encode> Reply<'a, T> {
    #[doc(hidden)]
    pub const fn new(_handler: &'a (), caller: Caller) -> Self {
        Self { caller, handler: PhantomData, answer: PhantomData }
    }

    /// Answers.
    pub fn send(self, answer: T) {
        let reply = ManuallyDrop::new(self);
        let info = reply.caller.put_answer(&answer, &mut Long::new());
        sel4::with_ipc_buffer_mut(|ipc_buffer| sel4::reply(ipc_buffer, info));
    }

    /// Keeps the reply, so that it can be given when other calls and events have been handled.
    ///
    /// # Panics
    /// If more replies are saved than the instance has slots for. There is one for each client, so
    /// this doesn't happen unless the configuration gives it fewer.
    pub fn save(self) -> SavedReply<T> {
        let reply = ManuallyDrop::new(self);
        let slots = &state().replies;
        let slot = slots.take(range()).unwrap_or_else(|| {
            panic!("{} has no slot left for a reply to {}", instance(), reply.caller.name())
        });
        let cnode = sel4::cap::CNode::from_bits(slot::CNODE.into());
        let path = sel4::CPtr::from_bits(slot.into());
        if let Err(error) = cnode.absolute_cptr(path).save_caller() {
            panic!("{} can't save a reply to {}: {error}", instance(), reply.caller.name());
        }
        SavedReply { caller: reply.caller, slot, answer: PhantomData }
    }
}

impl<T> Drop for Reply<'_, T> {
    fn drop(&mut self) {
        let info = refusal(label::REFUSED);
        sel4::with_ipc_buffer_mut(|ipc_buffer| sel4::reply(ipc_buffer, info));
    }
}

/// An answer that a caller waits for. If it is dropped, the caller gets
/// [`CallError::Refused`](crate::CallError::Refused).
#[derive(Debug)]
#[must_use]
pub struct SavedReply<T> {
    caller: Caller,
    slot: u32,
    answer: PhantomData<fn(T)>,
}

impl<T: Encode> SavedReply<T> {
    /// Who waits for it.
    #[must_use]
    pub const fn caller(&self) -> Caller {
        self.caller
    }

    /// Answers.
    pub fn send(self, answer: T) {
        let reply = ManuallyDrop::new(self);
        let info = reply.caller.put_answer(&answer, &mut Long::new());
        send(reply.slot, info);
    }
}

impl<T> Drop for SavedReply<T> {
    fn drop(&mut self) {
        send(self.slot, refusal(label::REFUSED));
    }
}

/// Answers through a slot, which is empty then.
fn send(slot: u32, info: sel4::MessageInfo) {
    sel4::cap::Endpoint::from_bits(slot.into()).nb_send(info);
    state().replies.give_back(range(), slot);
}

fn range() -> SlotRange {
    state().config.get().map(|config| config.replies()).unwrap_or_default()
}

/// Which slots for replies are in use.
#[derive(Debug)]
pub(crate) struct Slots {
    used: [Cell<u64>; Self::WORDS],
}

impl Slots {
    const WORDS: usize = 4;

    pub(crate) const fn new() -> Self {
        Self { used: [const { Cell::new(0) }; Self::WORDS] }
    }

    /// Takes a free one.
    fn take(&self, range: SlotRange) -> Option<u32> {
        for (index, word) in (0..).zip(&self.used) {
            let bit = word.get().trailing_ones();
            if bit < u64::BITS {
                let number = index * u64::BITS + bit;
                if number >= range.count {
                    return None;
                }
                word.set(word.get() | 1 << bit);
                return range.first.checked_add(number);
            }
        }
        None
    }

    fn give_back(&self, range: SlotRange, slot: u32) {
        let Some(number) = slot.checked_sub(range.first).and_then(|it| usize::try_from(it).ok())
        else {
            return;
        };
        if let Some(word) = self.used.get(number / 64) {
            word.set(word.get() & !(1 << (number % 64)));
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn slots_are_taken_once() {
        let slots = Slots::new();
        let range = SlotRange { first: 100, count: 70 };
        let taken: alloc::vec::Vec<u32> = core::iter::from_fn(|| slots.take(range)).collect();
        assert_eq!(taken, (100..170).collect::<alloc::vec::Vec<_>>());
        slots.give_back(range, 165);
        slots.give_back(range, 3);
        slots.give_back(range, u32::MAX);
        assert_eq!(slots.take(range), Some(165));
        assert_eq!(slots.take(range), None);
        assert_eq!(Slots::new().take(SlotRange::default()), None);
    }
}
