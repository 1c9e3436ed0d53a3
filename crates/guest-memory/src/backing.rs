//! What a region's bytes are kept in.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::width::Width;

/// The bytes behind a region.
///
/// The guest may change them at any moment, and the methods take `&self`: there is no exclusive
/// access to guest memory. An implementation over mapped frames uses volatile or atomic accesses
/// inside; this trait's users stay free of unsafe code.
///
/// Callers stay within [`size`](Backing::size): [`Regions`](crate::Regions) checks every access
/// before. An implementation checks again where it is the last one to be able to, and panics on a
/// caller's mistake rather than touch something else.
pub trait Backing {
    /// The number of bytes, which never changes.
    fn size(&self) -> u64;

    /// Copies from `offset` on into `buffer`. Says nothing about the order in which bytes are read.
    fn read(&self, offset: u64, buffer: &mut [u8]);

    /// Copies `bytes` to `offset` and on, in no particular order.
    fn write(&self, offset: u64, bytes: &[u8]);

    /// Reads one little-endian value by a single access, for values that the guest changes
    /// concurrently. `offset` is a multiple of the width.
    fn load(&self, offset: u64, width: Width) -> u64;

    /// Writes the low bytes of `value`, little-endian, by a single access. `offset` is a multiple
    /// of the width.
    fn store(&self, offset: u64, width: Width, value: u64);

    /// Sets `size` bytes from `offset` on to zero.
    fn clear(&self, offset: u64, size: u64) {
        const ZEROES: [u8; 256] = [0; 256];
        let mut done = 0;
        while done < size {
            let step = (size - done).min(256);
            let len = usize::try_from(step).unwrap_or(ZEROES.len());
            self.write(offset + done, &ZEROES[..len]);
            done += step;
        }
    }
}

/// Guest memory in a vector, for tests and for work on the host.
#[derive(Debug)]
pub struct VecBacking {
    bytes: RefCell<Vec<u8>>,
}

impl VecBacking {
    /// `size` bytes of zero.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { bytes: RefCell::new(vec![0; size]) }
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("an offset into a vector fits a usize")
}

impl Backing for VecBacking {
    fn size(&self) -> u64 {
        self.bytes.borrow().len() as u64
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        let start = index(offset);
        buffer.copy_from_slice(&self.bytes.borrow()[start..start + buffer.len()]);
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        let start = index(offset);
        self.bytes.borrow_mut()[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn load(&self, offset: u64, width: Width) -> u64 {
        let mut bytes = [0; 8];
        self.read(offset, &mut bytes[..width.size()]);
        u64::from_le_bytes(bytes)
    }

    fn store(&self, offset: u64, width: Width, value: u64) {
        self.write(offset, &value.to_le_bytes()[..width.size()]);
    }
}
