//! The bytes of an image with their physical addresses, and the memory between
//! them that must be zero.

use loader::Range;

use crate::layout::{PAGE, align_up};
use crate::program::Program;

/// Bytes that belong to a physical address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Physical address of the first byte, page-aligned.
    pub start: u64,
    /// The bytes, whole pages.
    pub bytes: Vec<u8>,
}

impl Blob {
    /// The memory that the bytes take.
    pub fn range(&self) -> Range {
        Range::new(self.start, self.start + self.bytes.len() as u64)
    }
}

/// Splits a program whose pages lie at `memory` into bytes to store and pages to
/// zero. Gaps that are small, or too many (`max_fills`), are stored as zeros.
pub fn flatten(program: &Program<'_>, memory: Range, max_fills: usize) -> (Vec<Blob>, Vec<Range>) {
    let mut smallest_gap = 16 * PAGE;
    loop {
        let (blobs, fills) = flatten_with(program, memory, smallest_gap);
        if fills.len() <= max_fills {
            return (blobs, fills);
        }
        smallest_gap = smallest_gap.saturating_mul(2);
    }
}

fn flatten_with(
    program: &Program<'_>, memory: Range, smallest_gap: u64,
) -> (Vec<Blob>, Vec<Range>) {
    let base = program.range().start / PAGE * PAGE;
    let mut blobs: Vec<Blob> = Vec::new();
    let mut fills = Vec::new();
    let mut current = Blob { start: memory.start, bytes: Vec::new() };
    for segment in program.segments.iter().filter(|segment| !segment.data.is_empty()) {
        let start = memory.start + (segment.range.start - base);
        let gap = Range::new(align_up(current.range().end), start / PAGE * PAGE);
        if gap.len() >= smallest_gap {
            fills.push(gap);
            let next = Blob { start: gap.end, bytes: Vec::new() };
            blobs.push(std::mem::replace(&mut current, next));
        }
        let offset = usize::try_from(start - current.start).unwrap_or(usize::MAX);
        current.bytes.resize(offset, 0);
        current.bytes.extend_from_slice(segment.data);
    }
    let rest = Range::new(align_up(current.range().end), memory.end);
    if !rest.is_empty() {
        fills.push(rest);
    }
    blobs.push(current);
    blobs.retain(|blob| !blob.bytes.is_empty());
    for blob in &mut blobs {
        let size = blob.bytes.len().next_multiple_of(4096);
        blob.bytes.resize(size, 0);
    }
    (blobs, fills)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Segment;

    fn program<'a>(segments: &[(u64, u64, &'a [u8])]) -> Program<'a> {
        let segments = segments
            .iter()
            .map(|&(start, size, data)| Segment {
                range: Range::new(start, start + size),
                physical: start,
                data,
                executable: true,
                writable: false,
            })
            .collect();
        Program { name: "test", entry: 0, segments }
    }

    /// Reads physical memory as the loader leaves it.
    fn byte(blobs: &[Blob], fills: &[Range], address: u64) -> u8 {
        let one = Range::new(address, address + 1);
        if fills.iter().any(|fill| fill.contains(&one)) {
            return 0;
        }
        let blob = blobs.iter().find(|blob| blob.range().contains(&one)).expect("covered");
        blob.bytes[usize::try_from(address - blob.start).unwrap()]
    }

    #[test]
    fn every_byte_is_stored_or_zeroed() {
        let program = program(&[
            (0x1800, 0x10, b"code"),
            (0x3004, 0x2000, b"data"),
            (0x100_0000, 0x4000, b"far"),
        ]);
        let memory = Range::new(0x8000_0000, 0x8000_0000 + 0x100_3000);
        for max_fills in [8, 1] {
            let (blobs, fills) = flatten(&program, memory, max_fills);
            assert!(fills.len() <= max_fills);
            let total: u64 = fills.iter().map(Range::len).sum::<u64>()
                + blobs.iter().map(|blob| blob.range().len()).sum::<u64>();
            assert_eq!(total, memory.len(), "{fills:x?}");
            for (offset, expected) in
                [(0x800, b'c'), (0x804, 0), (0x2004, b'd'), (0x2008, 0), (0xff_f002, b'r')]
            {
                assert_eq!(byte(&blobs, &fills, memory.start + offset), expected);
            }
        }
    }

    #[test]
    fn a_program_of_zeros_stores_nothing() {
        let program = program(&[(0x1000, 0x10_0000, b"")]);
        let memory = Range::new(0, 0x10_0000);
        assert_eq!(flatten(&program, memory, 4), (vec![], vec![memory]));
    }
}
