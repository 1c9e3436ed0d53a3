//! Queues of threads, linked through the threads themselves.
//!
//! A thread can be in a ready queue and in the queue of an endpoint or
//! notification at once, so there are two kinds of links.

use core::marker::PhantomData;

use crate::memory::Memory;
use crate::object::Tcb;

/// Which of a thread's links a queue uses.
pub trait Links {
    /// The thread behind.
    fn next(tcb: Tcb, memory: &impl Memory) -> Option<Tcb>;
    /// Sets the thread behind.
    fn set_next(tcb: Tcb, memory: &mut impl Memory, next: Option<Tcb>);
    /// The thread ahead.
    fn previous(tcb: Tcb, memory: &impl Memory) -> Option<Tcb>;
    /// Sets the thread ahead.
    fn set_previous(tcb: Tcb, memory: &mut impl Memory, previous: Option<Tcb>);
}

macro_rules! links {
    ($(#[$doc:meta])* $name:ident: $next:ident, $set_next:ident, $previous:ident, $set_previous:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Links for $name {
            fn next(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
                tcb.$next(memory)
            }
            fn set_next(tcb: Tcb, memory: &mut impl Memory, next: Option<Tcb>) {
                tcb.$set_next(memory, next);
            }
            fn previous(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
                tcb.$previous(memory)
            }
            fn set_previous(tcb: Tcb, memory: &mut impl Memory, previous: Option<Tcb>) {
                tcb.$set_previous(memory, previous);
            }
        }
    };
}

links! {
    /// The links of the ready queues.
    Ready: ready_next, set_ready_next, ready_previous, set_ready_previous
}

links! {
    /// The links of the queues of endpoints and notifications.
    Waiting: wait_next, set_wait_next, wait_previous, set_wait_previous
}

/// The ends of a queue.
#[derive(Clone, Copy, Debug)]
pub struct Queue<L> {
    /// The first thread.
    pub head: Option<Tcb>,
    /// The last thread.
    pub tail: Option<Tcb>,
    links: PhantomData<L>,
}

impl<L: Links> Queue<L> {
    /// A queue without threads.
    pub const EMPTY: Self = Self::new(None, None);

    /// The queue between these ends, both `None` or neither.
    pub const fn new(head: Option<Tcb>, tail: Option<Tcb>) -> Self {
        Self { head, tail, links: PhantomData }
    }

    /// Whether there is no thread in the queue.
    pub fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    /// Adds a thread behind all others.
    pub fn push_back(&mut self, memory: &mut impl Memory, tcb: Tcb) {
        L::set_previous(tcb, memory, self.tail);
        L::set_next(tcb, memory, None);
        match self.tail {
            Some(tail) => L::set_next(tail, memory, Some(tcb)),
            None => self.head = Some(tcb),
        }
        self.tail = Some(tcb);
    }

    /// Adds a thread ahead of all others.
    pub fn push_front(&mut self, memory: &mut impl Memory, tcb: Tcb) {
        L::set_next(tcb, memory, self.head);
        L::set_previous(tcb, memory, None);
        match self.head {
            Some(head) => L::set_previous(head, memory, Some(tcb)),
            None => self.tail = Some(tcb),
        }
        self.head = Some(tcb);
    }

    /// Takes the first thread out, which is `head`.
    #[inline(always)]
    pub fn pop_front(&mut self, memory: &mut impl Memory, head: Tcb) {
        self.head = L::next(head, memory);
        match self.head {
            Some(next) => L::set_previous(next, memory, None),
            None => self.tail = None,
        }
    }

    /// Takes a thread out, which must be in this queue.
    pub fn remove(&mut self, memory: &mut impl Memory, tcb: Tcb) {
        let (previous, next) = (L::previous(tcb, memory), L::next(tcb, memory));
        match previous {
            Some(previous) => L::set_next(previous, memory, next),
            None => self.head = next,
        }
        match next {
            Some(next) => L::set_previous(next, memory, previous),
            None => self.tail = previous,
        }
    }
}
