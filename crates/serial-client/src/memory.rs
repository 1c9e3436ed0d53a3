//! A ring in memory that is shared with the server.

use core::sync::atomic::Ordering;

use component::SharedMemory;
use serial_mux::ring::{RingMemory, Side};

/// Bytes of the two indices before the ring.
const INDICES: usize = 8;

/// A connection's memory as a ring. One that isn't there has no bytes, which is no ring.
#[derive(Clone, Copy, Debug)]
pub struct SharedRing {
    memory: Option<SharedMemory>,
}

impl SharedRing {
    /// The memory of a connection or a client. What lacks the room for an index has no ring.
    #[must_use]
    pub fn of(memory: Option<SharedMemory>) -> Self {
        let usable = |memory: &SharedMemory| {
            [Side::Head, Side::Tail].into_iter().all(|side| memory.atomic_u32(offset(side)).is_ok())
        };
        Self { memory: memory.filter(usable) }
    }
}

const fn offset(side: Side) -> usize {
    match side {
        Side::Head => 0,
        Side::Tail => 4,
    }
}

impl RingMemory for SharedRing {
    fn size(&self) -> usize {
        self.memory.map_or(0, |memory| memory.len() - INDICES)
    }

    fn load(&self, side: Side) -> u32 {
        let index = self.memory.as_ref().and_then(|memory| memory.atomic_u32(offset(side)).ok());
        index.map_or(u32::MAX, |index| index.load(Ordering::Acquire))
    }

    fn store(&self, side: Side, index: u32) {
        let place = self.memory.as_ref().and_then(|memory| memory.atomic_u32(offset(side)).ok());
        if let Some(place) = place {
            place.store(index, Ordering::Release);
        }
    }

    fn read(&self, at: usize, buffer: &mut [u8]) {
        // The ring keeps to its size, so it's inside.
        let _ = self.memory.map(|memory| memory.read(INDICES + at, buffer));
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let _ = self.memory.map(|memory| memory.write(INDICES + at, bytes));
    }
}
