//! A kernel into guest memory.

use alloc::vec;
use alloc::vec::Vec;

use guest_memory::{GuestAddress, GuestMemory};

use super::{Form, ImageError, Kernel, Packing, Problem, Unpacker};

/// Bytes that are unpacked at once.
const PIECE: usize = 64 << 10;

impl Kernel<'_> {
    /// Puts the kernel into guest memory at `start`, or an ELF file's segments where they belong.
    /// What follows the file's bytes up to [`size`](Kernel::size) is set to zero.
    ///
    /// # Errors
    /// There isn't enough memory, or the compressed data is damaged; guest memory may have been
    /// written.
    pub fn load(&self, start: GuestAddress, memory: &impl GuestMemory) -> Result<(), ImageError> {
        self.put(start, memory).map_err(|problem| self.error(problem))
    }

    /// The file as it is without compression: what would lie in guest memory, or the ELF file.
    ///
    /// # Errors
    /// The compressed data is damaged, or has more bytes than the kernel's header says.
    pub fn unpack(&self) -> Result<Vec<u8>, ImageError> {
        if self.packing == Packing::None {
            return Ok(self.payload.to_vec());
        }
        let mut bytes = Vec::new();
        self.pieces(|_, piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })
        .map_err(|problem| self.error(problem))?;
        Ok(bytes)
    }

    /// Unpacks the file, if it is compressed, and keeps nothing of it.
    ///
    /// # Errors
    /// As for [`unpack`](Self::unpack).
    pub fn verify(&self) -> Result<(), ImageError> {
        if self.packing == Packing::None {
            return Ok(());
        }
        self.pieces(|_, _| Ok(())).map(drop).map_err(|problem| self.error(problem))
    }

    fn put(&self, start: GuestAddress, memory: &impl GuestMemory) -> Result<(), Problem> {
        if let Form::Elf(kernel) = &self.form {
            for segment in &kernel.segments {
                let at = segment.range.start();
                memory.write(at, segment.bytes)?;
                let len = segment.bytes.len() as u64;
                clear(at, len, segment.range.size(), memory)?;
            }
            return Ok(());
        }
        let room = self.size();
        if self.packing == Packing::None {
            memory.write(start, self.payload)?;
            return clear(start, self.payload.len() as u64, room, memory);
        }
        let done = self.pieces(|done, piece| {
            let at = start.checked_add(done).ok_or(Problem::TooBig { room })?;
            Ok(memory.write(at, piece)?)
        })?;
        clear(start, done, room, memory)
    }

    /// Unpacks a compressed kernel, gives each piece away with its offset, and says how many bytes
    /// there were.
    fn pieces(
        &self, mut take: impl FnMut(u64, &[u8]) -> Result<(), Problem>,
    ) -> Result<u64, Problem> {
        let room = self.size();
        let mut unpacker = Unpacker::new(self.packing, self.payload, self.most_window)?;
        let mut piece = vec![0; PIECE];
        let mut done = 0;
        loop {
            let len = unpacker.read(&mut piece)?;
            if len == 0 {
                return Ok(done);
            }
            let after = done + len as u64;
            if after > room {
                return Err(Problem::TooBig { room });
            }
            take(done, &piece[..len])?;
            done = after;
        }
    }
}

/// Sets what is between `len` and `size` to zero.
fn clear(
    start: GuestAddress, len: u64, size: u64, memory: &impl GuestMemory,
) -> Result<(), Problem> {
    let rest = size.saturating_sub(len);
    match start.checked_add(len) {
        Some(at) if rest > 0 => Ok(memory.clear(at, rest)?),
        _ => Ok(()),
    }
}
