//! Components' output. Lines of several components don't mix, as long as they fit into the ring.

use system_spec::log_ring::{CAPACITY, LogRing};

use super::Monitor;

impl Monitor<'_> {
    /// The ring of an instance.
    fn ring(&self, index: usize) -> Option<&'static LogRing> {
        let page = usize::try_from(self.watched.get(index)?.log).ok()?.checked_sub(1)?;
        let address = self.windows.ring(page);
        // SAFETY: the frame of this instance's ring was mapped there for good, before the monitor
        // began. Its other user, the component, may write anything at any time: all of the ring is
        // atomic.
        Some(unsafe { &*core::ptr::with_exposed_provenance::<LogRing>(address) })
    }

    /// Prints complete lines of all instances.
    pub fn print_all(&mut self) {
        for index in 0..self.watched.len() {
            let Some(ring) = self.ring(index) else {
                continue;
            };
            if ring.is_empty() {
                continue;
            }
            // No more than the ring can hold: who writes without pause doesn't keep the monitor.
            let mut left = CAPACITY;
            while let Some(length) = ring.find(b'\n') {
                // With the end of another one's line. The server asks again when it has room.
                if self.output.room() < length + 2 {
                    break;
                }
                self.print(index, ring, length + 1);
                left = left.saturating_sub(length + 1);
                if left == 0 {
                    break;
                }
            }
            if ring.is_full() {
                self.print(index, ring, self.output.room().saturating_sub(1).min(CAPACITY));
            }
        }
        self.output.flush();
    }

    /// Prints all that an instance has written.
    pub fn print_rest(&mut self, index: usize) {
        if let Some(ring) = self.ring(index)
            && !ring.is_empty()
        {
            self.print(index, ring, CAPACITY);
        }
    }

    fn print(&mut self, index: usize, ring: &LogRing, length: usize) {
        if self.unfinished.is_some_and(|other| other != index) {
            self.finish_line();
        }
        let mut left = length;
        let mut ended = false;
        let mut buffer = [0; 256];
        while left > 0 {
            let room = buffer.len().min(left);
            let Some(part) = buffer.get_mut(..room) else {
                break;
            };
            let count = ring.read(part);
            let Some(part) = part.get(..count).filter(|part| !part.is_empty()) else {
                break;
            };
            self.output.write(part);
            ended = part.last() == Some(&b'\n');
            left -= count;
        }
        self.unfinished = if ended { None } else { Some(index) };
    }

    /// Ends a line that isn't complete.
    pub fn finish_line(&mut self) {
        if self.unfinished.take().is_some() {
            self.output.write(b"\n");
        }
    }
}
