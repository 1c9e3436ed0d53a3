//! A ring in memory that is shared with the server.

use core::sync::atomic::{Ordering, fence};

use component::SharedMemory;
use serial_mux::report::{REPORT_BYTES, REPORT_OFFSET, REPORT_PAGE, Report};
use serial_mux::ring::{RingMemory, Side};

/// Bytes of the two indices before the ring.
const INDICES: usize = 8;

/// A connection's memory as a ring. One that isn't there has no bytes, which is no ring.
#[derive(Clone, Copy, Debug)]
pub struct SharedRing {
    memory: Option<SharedMemory>,
    /// Where the two indices are.
    head: usize,
    tail: usize,
}

impl SharedRing {
    /// The memory of a connection or a client. What lacks the room for an index has no ring.
    #[must_use]
    pub fn of(memory: Option<SharedMemory>) -> Self {
        let ring = memory.map(|memory| memory.len() - state_bytes(&memory));
        Self::with(memory.zip(ring).and_then(|(memory, ring)| memory.part(0, ring).ok()), 0, 4)
    }

    /// The memory in which the monitor writes, whose index is the first one.
    #[must_use]
    pub fn of_monitor(memory: Option<SharedMemory>) -> Self {
        Self::with(memory, 4, 0)
    }

    fn with(memory: Option<SharedMemory>, head: usize, tail: usize) -> Self {
        let usable = |memory: &SharedMemory| {
            [head, tail].into_iter().all(|offset| memory.atomic_u32(offset).is_ok())
        };
        Self { memory: memory.filter(usable), head, tail }
    }

    const fn offset(&self, side: Side) -> usize {
        match side {
            Side::Head => self.head,
            Side::Tail => self.tail,
        }
    }
}

/// Bytes at the end of a connection's memory that aren't the ring's: what has more than a page has
/// the last one for the client's state.
fn state_bytes(memory: &SharedMemory) -> usize {
    if memory.len() > REPORT_PAGE { REPORT_PAGE } else { 0 }
}

/// Where a client says what it is doing.
#[derive(Clone, Copy, Debug)]
pub struct StateMemory(SharedMemory);

impl StateMemory {
    /// The part for it of a connection's memory, if there is one.
    #[must_use]
    pub fn of(memory: Option<SharedMemory>) -> Option<Self> {
        let memory = memory?;
        let size = state_bytes(&memory);
        let part = memory.part(memory.len() - size, size).ok().filter(|_| size > 0)?;
        part.atomic_u32(0).is_ok().then_some(Self(part))
    }

    /// The client's side: writes a report.
    pub fn write(&self, report: &Report) {
        if let Ok(version) = self.0.atomic_u32(0) {
            let odd = version.load(Ordering::Relaxed) | 1;
            version.store(odd, Ordering::Relaxed);
            fence(Ordering::Release);
            // It is inside of the page.
            let _ = self.0.write(REPORT_OFFSET, &report.encode());
            version.store(odd.wrapping_add(1), Ordering::Release);
        }
    }

    /// The client's side: it has something to do.
    pub fn is_running(&self) {
        let _ = self.0.store(REPORT_OFFSET, Report::RUNNING);
    }

    /// The server's side: the report, if there is one that isn't being written.
    #[must_use]
    pub fn read(&self) -> Option<Report> {
        let version = self.0.atomic_u32(0).ok()?;
        let before = version.load(Ordering::Acquire);
        let mut bytes = [0; REPORT_BYTES];
        self.0.read(REPORT_OFFSET, &mut bytes).ok()?;
        fence(Ordering::Acquire);
        let whole = before % 2 == 0 && version.load(Ordering::Relaxed) == before;
        Report::decode(&bytes).filter(|_| whole)
    }
}

impl RingMemory for SharedRing {
    fn size(&self) -> usize {
        self.memory.map_or(0, |memory| memory.len() - INDICES)
    }

    fn load(&self, side: Side) -> u32 {
        let index =
            self.memory.as_ref().and_then(|memory| memory.atomic_u32(self.offset(side)).ok());
        index.map_or(u32::MAX, |index| index.load(Ordering::Acquire))
    }

    fn store(&self, side: Side, index: u32) {
        let place =
            self.memory.as_ref().and_then(|memory| memory.atomic_u32(self.offset(side)).ok());
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
