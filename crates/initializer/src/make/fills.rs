//! What memory holds at start.

use system_spec::flat::{Fills, Kind};
use system_spec::model::ObjectId;

use super::{EXECUTED, Maker, UNCACHED, each};
use crate::arch;
use crate::failure::{Cause, Failure};

const BAD_FILL: Cause<'static> =
    Cause::Unsupported("a part of its contents lies outside of the frame or of the contents");

impl<'a> Maker<'_, 'a> {
    /// Copies contents into frames, each byte once; returns how many bytes that were.
    pub fn fill_frames(&mut self) -> Result<u64, Failure<'a>> {
        let mut bytes = 0;
        for (id, object) in each(self.spec) {
            if let Kind::Frame { size_bits, fills, .. } = object.kind()
                && fills.len() != 0
            {
                bytes += self.fill(id, usize::from(size_bits), fills)?;
            }
        }
        Ok(bytes)
    }

    fn fill(
        &mut self, id: ObjectId, size_bits: usize, fills: Fills<'_>,
    ) -> Result<u64, Failure<'a>> {
        let frame = self.cap(id);
        let address = self
            .windows
            .map_frame(&mut self.memory, frame, size_bits)
            .map_err(|failure| failure.with(self.spec, id))?;
        let size = 1_usize << size_bits;
        // SAFETY: a frame of that size was just mapped there, for reading and writing, and nothing
        // else refers to this address before it is unmapped below.
        let memory = unsafe {
            let start = core::ptr::with_exposed_provenance_mut::<u8>(address);
            core::slice::from_raw_parts_mut(start, size)
        };
        let mut bytes = 0;
        for fill in fills {
            let part = |start: u64| {
                let start = usize::try_from(start).ok()?;
                Some(start..start.checked_add(usize::try_from(fill.length).ok()?)?)
            };
            let content = self.spec.content(fill.content).map(|content| content.bytes());
            let from = part(fill.content_offset).and_then(|part| content?.get(part));
            let to = part(fill.offset).and_then(|part| memory.get_mut(part));
            let (Some(from), Some(to)) = (from, to) else {
                return Err(self.failure(id, BAD_FILL));
            };
            arch::copy(to, from);
            bytes += fill.length;
        }
        let flags = usize::try_from(id.0).ok().and_then(|index| self.flags.get(index));
        let flags = flags.copied().unwrap_or(0);
        if flags & EXECUTED != 0 {
            arch::publish_instructions(frame, size).map_err(self.refused(id, "cleaning caches"))?;
        }
        if flags & UNCACHED != 0 {
            arch::clean_to_memory(frame, size).map_err(self.refused(id, "cleaning caches"))?;
        }
        frame.frame_unmap().map_err(self.refused(id, "unmapping it from the window"))?;
        Ok(bytes)
    }
}
