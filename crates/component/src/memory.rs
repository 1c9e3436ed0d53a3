//! Memory that others see as well: dataports, buffers of calls, DMA memory, registers of devices.
//!
//! Its content may change at any time, so there are no references to it: bytes are copied in and
//! out, and numbers are read and written in one access. Every access is checked.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use component_config::Region;
use component_config::read::Memory as Description;
use zerocopy::{FromBytes, Immutable, IntoBytes};

mod copy;
mod scalar;

pub use scalar::Scalar;

/// Why memory can't be accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessError {
    /// Not inside the memory.
    OutOfBounds {
        /// The first byte that was to be accessed.
        offset: usize,
        /// How many bytes.
        length: usize,
        /// Bytes of the memory.
        size: usize,
    },
    /// It may not be read.
    NotReadable,
    /// It may not be written.
    NotWritable,
    /// The offset is no multiple of the number's size.
    Misaligned {
        /// The offset.
        offset: usize,
    },
}

impl core::fmt::Display for AccessError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfBounds { offset, length, size } => {
                write!(f, "{length} bytes at {offset:#x} are not inside {size:#x} bytes of memory")
            }
            Self::NotReadable => f.write_str("the memory may not be read"),
            Self::NotWritable => f.write_str("the memory may not be written"),
            Self::Misaligned { offset } => write!(f, "a number can't be at offset {offset:#x}"),
        }
    }
}

impl core::error::Error for AccessError {}

/// A range of memory that others see as well.
#[derive(Clone, Copy, Debug)]
pub struct SharedMemory {
    start: NonNull<u8>,
    size: usize,
    readable: bool,
    writable: bool,
}

impl SharedMemory {
    /// # Safety
    ///
    /// The range has to be mapped, with these rights, as long as the program runs, and nothing in
    /// it may belong to the program in any other way.
    pub(crate) const unsafe fn new(
        start: NonNull<u8>, size: usize, readable: bool, writable: bool,
    ) -> Self {
        Self { start, size, readable, writable }
    }

    /// Memory that the configuration describes; none if it is not an address range.
    pub(crate) fn of_region(region: Region, readable: bool, writable: bool) -> Option<Self> {
        let size = usize::try_from(region.size).ok()?;
        let address = usize::try_from(region.address).ok()?;
        address.checked_add(size)?;
        let start = NonNull::new(core::ptr::with_exposed_provenance_mut(address))?;
        // SAFETY: the assembler has mapped what the configuration lists, apart from the program's
        // image, stack and heap, and nothing is ever unmapped.
        Some(unsafe { Self::new(start, size, readable, writable) })
    }

    pub(crate) fn described(description: &Description<'_>) -> Option<Self> {
        Self::of_region(description.region, description.readable, description.writable)
    }

    /// Bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.size
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Whether it may be read.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether it may be written.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        self.writable
    }

    /// The address of its first byte, for capabilities and devices that take one.
    #[must_use]
    pub fn address(&self) -> usize {
        self.start.as_ptr().expose_provenance()
    }

    /// A part of it.
    ///
    /// # Errors
    /// It has no such part.
    pub fn part(&self, offset: usize, size: usize) -> Result<Self, AccessError> {
        let start = self.place(offset, size)?;
        Ok(Self { start, size, ..*self })
    }

    /// The same memory for reading only.
    #[must_use]
    pub const fn read_only(self) -> Self {
        Self { writable: false, ..self }
    }

    #[inline]
    fn place(&self, offset: usize, length: usize) -> Result<NonNull<u8>, AccessError> {
        match offset.checked_add(length) {
            // SAFETY: the offset was checked to be inside the range.
            Some(end) if end <= self.size => Ok(unsafe { self.start.add(offset) }),
            _ => Err(AccessError::OutOfBounds { offset, length, size: self.size }),
        }
    }

    #[inline]
    fn place_to_read(&self, offset: usize, length: usize) -> Result<NonNull<u8>, AccessError> {
        if self.readable { self.place(offset, length) } else { Err(AccessError::NotReadable) }
    }

    #[inline]
    fn place_to_write(&self, offset: usize, length: usize) -> Result<NonNull<u8>, AccessError> {
        if self.writable { self.place(offset, length) } else { Err(AccessError::NotWritable) }
    }

    /// Copies bytes out of the memory, from `offset` on.
    ///
    /// # Errors
    /// They are not all inside, or may not be read; then nothing is copied.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) -> Result<(), AccessError> {
        let source = self.place_to_read(offset, bytes.len())?;
        // SAFETY: the source was checked, and the target is the program's own.
        unsafe { copy::copy(source.as_ptr(), bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    /// Copies bytes into the memory, from `offset` on.
    ///
    /// # Errors
    /// They are not all inside, or may not be written; then nothing is copied.
    pub fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), AccessError> {
        let target = self.place_to_write(offset, bytes.len())?;
        // SAFETY: the target was checked, and the source is the program's own.
        unsafe { copy::copy(bytes.as_ptr(), target.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Copies `length` bytes from another memory's `from` to `offset`.
    ///
    /// # Errors
    /// They are not all inside, or may not be read or written; then nothing is copied.
    pub fn copy_from(
        &self, offset: usize, other: &Self, from: usize, length: usize,
    ) -> Result<(), AccessError> {
        let source = other.place_to_read(from, length)?;
        let target = self.place_to_write(offset, length)?;
        // SAFETY: both were checked. Where they overlap the bytes are undefined as they are when
        // somebody else writes.
        unsafe { copy::copy(source.as_ptr(), target.as_ptr(), length) };
        Ok(())
    }

    /// Sets bytes to zero.
    ///
    /// # Errors
    /// They are not all inside, or may not be written; then nothing is set.
    pub fn clear(&self, offset: usize, length: usize) -> Result<(), AccessError> {
        let target = self.place_to_write(offset, length)?;
        for index in 0..length {
            // SAFETY: the range was checked.
            unsafe { target.add(index).write_volatile(0) };
        }
        Ok(())
    }

    /// Copies a value of a plain type out of the memory: a record, whose parts may be of different
    /// times if somebody writes them meanwhile.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn read_value<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T, AccessError> {
        let mut value = T::new_zeroed();
        self.read(offset, value.as_mut_bytes())?;
        Ok(value)
    }

    /// Copies a value of a plain type into the memory.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_value<T: IntoBytes + Immutable>(
        &self, offset: usize, value: &T,
    ) -> Result<(), AccessError> {
        self.write(offset, value.as_bytes())
    }

    fn aligned<T>(place: NonNull<u8>, offset: usize) -> Result<NonNull<T>, AccessError> {
        let place = place.cast::<T>();
        if place.is_aligned() { Ok(place) } else { Err(AccessError::Misaligned { offset }) }
    }

    /// Reads a number in one access; a register of a device, for example.
    ///
    /// # Errors
    /// It is not inside, may not be read, or is not aligned.
    #[inline]
    pub fn load<T: Scalar>(&self, offset: usize) -> Result<T, AccessError> {
        let place = Self::aligned::<T>(self.place_to_read(offset, size_of::<T>())?, offset)?;
        // SAFETY: inside, aligned, and every bit pattern is a value.
        Ok(unsafe { place.read_volatile() })
    }

    /// Writes a number in one access.
    ///
    /// # Errors
    /// It is not inside, may not be written, or is not aligned.
    #[inline]
    pub fn store<T: Scalar>(&self, offset: usize, value: T) -> Result<(), AccessError> {
        let place = Self::aligned::<T>(self.place_to_write(offset, size_of::<T>())?, offset)?;
        // SAFETY: inside, and aligned.
        unsafe { place.write_volatile(value) };
        Ok(())
    }

    /// Writes numbers to one place, one after the other: to a device's register that is a queue.
    ///
    /// # Errors
    /// It is not inside, may not be written, or is not aligned. Then nothing is written.
    #[inline]
    pub fn store_each<T: Scalar>(
        &self, offset: usize, values: impl IntoIterator<Item = T>,
    ) -> Result<(), AccessError> {
        let place = Self::aligned::<T>(self.place_to_write(offset, size_of::<T>())?, offset)?;
        for value in values {
            // SAFETY: inside, and aligned.
            unsafe { place.write_volatile(value) };
        }
        Ok(())
    }

    /// An atomic number in cached memory that may be read and written, for indices and counts.
    ///
    /// # Errors
    /// It is not inside, may not be read and written, or is not aligned.
    #[inline]
    pub fn atomic_u32(&self, offset: usize) -> Result<&AtomicU32, AccessError> {
        self.place_to_read(offset, size_of::<AtomicU32>())?;
        let place = self.place_to_write(offset, size_of::<AtomicU32>())?;
        // SAFETY: inside and aligned; an atomic is what may change under a reference.
        Ok(unsafe { Self::aligned::<AtomicU32>(place, offset)?.as_ref() })
    }

    /// As [`atomic_u32`](Self::atomic_u32).
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn atomic_u64(&self, offset: usize) -> Result<&AtomicU64, AccessError> {
        self.place_to_read(offset, size_of::<AtomicU64>())?;
        let place = self.place_to_write(offset, size_of::<AtomicU64>())?;
        // SAFETY: inside and aligned; an atomic is what may change under a reference.
        Ok(unsafe { Self::aligned::<AtomicU64>(place, offset)?.as_ref() })
    }

    /// Reads a number; what is read afterwards was written before the other side wrote the number
    /// with [`store_release`](Self::store_release).
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    #[inline]
    pub fn load_acquire<T: Scalar>(&self, offset: usize) -> Result<T, AccessError> {
        let value = self.load(offset)?;
        core::sync::atomic::fence(Ordering::Acquire);
        Ok(value)
    }

    /// Writes a number, after everything that was written before.
    ///
    /// # Errors
    /// As for [`store`](Self::store).
    #[inline]
    pub fn store_release<T: Scalar>(&self, offset: usize, value: T) -> Result<(), AccessError> {
        core::sync::atomic::fence(Ordering::Release);
        self.store(offset, value)
    }
}

#[cfg(test)]
mod test;
