//! From wishes for memory to frames.

use std::collections::BTreeMap;

use system_spec::model::{Fill, ObjectId, ObjectKind};

use super::memory::{Backing, Memory};
use super::{Builder, MemoryId};
use crate::geometry::PAGE_BITS;

/// A frame and its size as a power of two.
pub(super) type Frame = (ObjectId, u8);

/// The frames of each memory, in the order of addresses.
#[derive(Debug, Default)]
pub(super) struct Frames(Vec<Vec<Frame>>);

impl Frames {
    pub fn of(&self, id: MemoryId) -> &[Frame] {
        &self.0[id.0 as usize]
    }
}

impl Builder {
    /// Makes the frames of all memories. Physical memory that several ask for gets one frame, so
    /// frames never cross a boundary of somebody else's range.
    pub(super) fn make_frames(&mut self) -> Frames {
        let mut boundaries = self.boundaries.clone();
        for (first, last) in self.physical() {
            boundaries.extend([first, last.saturating_add(1)]);
        }
        boundaries.sort_unstable();
        boundaries.dedup();
        let mut fixed = BTreeMap::new();
        let memories = std::mem::take(&mut self.memories);
        let frames = memories.iter().map(|memory| match memory.backing {
            Backing::Anywhere { phase } => self.anywhere(memory, phase),
            Backing::Page(frame) => vec![(frame, PAGE_BITS)],
            Backing::At(start) => self.at(memory, start, &boundaries, &mut fixed),
        });
        Frames(frames.collect())
    }

    fn anywhere(&mut self, memory: &Memory, phase: u64) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut offset = 0;
        let mut parts = memory.parts.as_slice();
        while offset < memory.size {
            let limit = self.geometry.large_bits();
            let bits = self.geometry.frame_at(phase + offset, memory.size - offset, limit);
            let end = offset + (1 << bits);
            // Parts are in order, so those that end before this frame are of no more interest.
            while let [first, rest @ ..] = parts
                && first.offset + first.length <= offset
            {
                parts = rest;
            }
            let fills = parts
                .iter()
                .take_while(|part| part.offset < end)
                .map(|part| {
                    let from = part.offset.max(offset);
                    let to = (part.offset + part.length).min(end);
                    Fill {
                        offset: from - offset,
                        content: part.content,
                        content_offset: part.content_offset + (from - part.offset),
                        length: to - from,
                    }
                })
                .collect();
            let name = match (offset, end < memory.size) {
                (0, false) => memory.name.clone(),
                _ => format!("{}.{}", memory.name, frames.len()),
            };
            let kind = ObjectKind::Frame { size_bits: bits, paddr: None, fills };
            frames.push((self.add(name, memory.owner, kind), bits));
            offset = end;
        }
        frames
    }

    fn at(
        &mut self, memory: &Memory, start: u64, boundaries: &[u64],
        fixed: &mut BTreeMap<u64, Frame>,
    ) -> Vec<Frame> {
        let mut frames = Vec::new();
        let end = start + memory.size;
        let mut address = start;
        while address < end {
            let next = boundaries.partition_point(|boundary| *boundary <= address);
            let rest = boundaries.get(next).map_or(end, |boundary| end.min(*boundary)) - address;
            let bits = self.geometry.frame_at(address, rest, self.geometry.huge_bits());
            let frame = match fixed.get(&address) {
                Some(frame) => {
                    let object = &mut self.system.objects[frame.0.0 as usize];
                    if object.owner != memory.owner {
                        object.owner = None;
                    }
                    *frame
                }
                None => {
                    let name = format!("memory.{address:#x}");
                    let kind = ObjectKind::Frame {
                        size_bits: bits,
                        paddr: Some(address),
                        fills: Vec::new(),
                    };
                    let frame = (self.add(name, memory.owner, kind), bits);
                    fixed.insert(address, frame);
                    frame
                }
            };
            frames.push(frame);
            address += 1 << bits;
        }
        frames
    }
}
