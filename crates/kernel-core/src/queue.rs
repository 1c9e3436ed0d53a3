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

/// The links of the ready queues.
#[derive(Debug)]
pub enum Ready {}

impl Links for Ready {
    fn next(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
        tcb.ready_next(memory)
    }
    fn set_next(tcb: Tcb, memory: &mut impl Memory, next: Option<Tcb>) {
        tcb.set_ready_next(memory, next);
    }
    fn previous(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
        tcb.ready_previous(memory)
    }
    fn set_previous(tcb: Tcb, memory: &mut impl Memory, previous: Option<Tcb>) {
        tcb.set_ready_previous(memory, previous);
    }
}

/// The links of the queues of endpoints and notifications.
#[derive(Debug)]
pub enum Waiting {}

impl Links for Waiting {
    fn next(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
        tcb.wait_next(memory)
    }
    fn set_next(tcb: Tcb, memory: &mut impl Memory, next: Option<Tcb>) {
        tcb.set_wait_next(memory, next);
    }
    fn previous(tcb: Tcb, memory: &impl Memory) -> Option<Tcb> {
        tcb.wait_previous(memory)
    }
    fn set_previous(tcb: Tcb, memory: &mut impl Memory, previous: Option<Tcb>) {
        tcb.set_wait_previous(memory, previous);
    }
}

/// The ends of a queue.
#[derive(Debug)]
pub struct Queue<L> {
    /// The first thread.
    pub head: Option<Tcb>,
    /// The last thread.
    pub tail: Option<Tcb>,
    links: PhantomData<L>,
}

impl<L> Clone for Queue<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Queue<L> {}

impl<L: Links> Queue<L> {
    /// A queue without threads.
    pub const EMPTY: Self = Self::new(None, None);

    /// The queue between these ends, both `None` or neither.
    pub const fn new(head: Option<Tcb>, tail: Option<Tcb>) -> Self {
        Self {
            head,
            tail,
            links: PhantomData,
        }
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
