//! What the program has once: components have one thread.

use core::cell::{Cell, OnceCell};

use component_config::Config;

use crate::console::Output;
use crate::events::Events;
use crate::reply::Slots;
use crate::server::Table;

/// The state of the runtime.
pub(crate) struct State {
    pub config: OnceCell<Config<'static>>,
    pub output: Cell<Output>,
    pub events: Events,
    /// A handler runs, so that nothing else may be handled.
    pub handling: Cell<bool>,
    pub table: OnceCell<Table>,
    pub replies: Slots,
    /// Bytes of the heap's size that an allocation lacked.
    pub lacking: Cell<usize>,
    /// DMA memory that is not given away.
    pub dma: crate::dma::Pool,
}

impl State {
    const fn new() -> Self {
        Self {
            config: OnceCell::new(),
            output: Cell::new(Output::None),
            events: Events::new(),
            handling: Cell::new(false),
            table: OnceCell::new(),
            replies: Slots::new(),
            lacking: Cell::new(0),
            dma: crate::dma::Pool::new(),
        }
    }
}

#[cfg(target_os = "none")]
mod place {
    use super::State;

    struct OneThread(State);

    // SAFETY: an instance has one thread, which starts at this crate's entry point, and there is
    // no way to make another one: it has no TCB to give to one.
    unsafe impl Sync for OneThread {}

    static STATE: OneThread = OneThread(State::new());

    #[inline]
    pub(crate) fn state() -> &'static State {
        &STATE.0
    }
}

#[cfg(not(target_os = "none"))]
mod place {
    extern crate std;

    use alloc::boxed::Box;
    use core::cell::Cell;

    use super::State;

    std::thread_local! {
        static STATE: Cell<&'static State> = Cell::new(Box::leak(Box::new(State::new())));
    }

    /// Each thread of the host has its own.
    pub(crate) fn state() -> &'static State {
        STATE.get()
    }

    /// Begins anew.
    pub(crate) fn renew() {
        STATE.set(Box::leak(Box::new(State::new())));
    }
}

#[cfg(not(target_os = "none"))]
pub(crate) use place::renew;
pub(crate) use place::state;
