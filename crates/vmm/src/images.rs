//! Guest kernels as files: what is in one, and how it gets into guest memory.
//!
//! | form | recognised by | source |
//! |---|---|---|
//! | arm64 `Image` | `ARM\x64` at byte 56 | Linux, Documentation/arch/arm64/booting.rst |
//! | the same, gzip or zstd | their magic numbers | RFC 1952, RFC 8878 |
//! | the same, EFI zboot | `MZ`, `zimg` | Linux, drivers/firmware/efi/libstub/zboot-header.S |
//! | `zImage` | 0x016f2818 at byte 36 | Linux, arch/arm/boot/compressed/head.S |
//! | ELF for AArch64 or Arm | `\x7fELF` | System V ABI |
//! | raw binary | not at all: somebody says so | |
//!
//! Compressed files are unpacked piece by piece into guest memory; on the way, gzip takes 43 KiB
//! and zstd the window that the file asks for.

use core::fmt;

use guest_memory::{GuestAddress, Name};

mod arm64;
mod elf;
mod foreign;
mod load;
mod unpack;
mod zboot;
mod zimage;

pub use arm64::{Arm64Header, PageSize};
pub use elf::{ElfKernel, Segment};
pub use foreign::Foreign;
pub use unpack::{Packing, UnpackError, Unpacker, zstd_memory};
pub use zimage::ZimageHeader;

/// In which state the processor enters a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// AArch64, EL1.
    AArch64,
    /// AArch32, Supervisor mode.
    AArch32,
}

/// Whether a file that nothing recognises is a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrecognised {
    /// No.
    Refuse,
    /// Yes: a raw binary, entered at its first byte.
    Raw(Mode),
}

/// How to look at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What becomes of a file that nothing recognises.
    pub unrecognised: Unrecognised,
    /// The largest window of a zstd file, in bytes: that much memory unpacking may take.
    pub most_window: u64,
}

/// No raw binaries, and any window that `zstd --ultra -22` asks for.
impl Default for Options {
    fn default() -> Self {
        Self { unrecognised: Unrecognised::Refuse, most_window: 128 << 20 }
    }
}

/// What a kernel is like once it is unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// An arm64 Linux kernel, or something with the same header.
    Arm64(Arm64Header),
    /// A 32-bit Linux kernel that unpacks itself.
    Zimage(ZimageHeader),
    /// Segments with addresses of their own.
    Elf(ElfKernel<'a>),
    /// Bytes without a header.
    Raw(Mode),
}

/// A kernel file that can be placed and loaded.
#[derive(Clone, Debug)]
pub struct Kernel<'a> {
    file: Name,
    form: Form<'a>,
    packing: Packing,
    zboot: bool,
    most_window: u64,
    /// What is loaded: the whole file, or the compressed part of it.
    payload: &'a [u8],
}

/// What is wrong with a kernel file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ImageError {
    /// The file's name.
    pub file: Name,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a kernel file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is something else.
    #[error("no kernel for a virtual machine here, but {0}")]
    Foreign(Foreign),
    /// Nobody knows what it is.
    #[error(
        "no kernel: it starts with {}, which is none of Image (plain, gzip, zstd, EFI zboot), \
         zImage and ELF; a raw binary has to be declared as one",
        Hex(*.0)
    )]
    Unknown([u8; 8]),
    /// A header says something that can't be.
    #[error("the {header} header is damaged: {what} is {value:#x}, but {expected}")]
    Damaged {
        /// Which header.
        header: &'static str,
        /// Which field.
        what: &'static str,
        /// What it says.
        value: u64,
        /// What would be right.
        expected: &'static str,
    },
    /// The file ends before its contents do.
    #[error("cut off: {what} ends at byte {end}, but the file has {len}")]
    CutOff {
        /// What is missing.
        what: &'static str,
        /// Where it would end.
        end: u64,
        /// The file's length.
        len: u64,
    },
    /// It was compressed in a way that isn't known here.
    #[error("compressed as {0}, but only gzip and zstd can be unpacked")]
    Compression(zboot::CompressionName),
    /// The compressed data is broken.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// There is something else than an Image in a compressed file.
    #[error("its compressed content is no Image: unpack the file first")]
    PackedOther,
    /// A compressed Image of a kernel before 3.17, whose header has no size.
    #[error("its header gives no size of the unpacked kernel: unpack the file first")]
    NoSize,
    /// A kernel with big-endian data.
    #[error("a big-endian kernel; only little-endian ones are supported")]
    BigEndian,
    /// An ELF file that can't be loaded.
    #[error("the ELF file {0}")]
    Elf(&'static str),
    /// It doesn't fit where it was to be put.
    #[error("it has more than the {room} bytes that there is room for")]
    TooBig {
        /// The bytes that there are.
        room: u64,
    },
    /// Guest memory isn't where it was to be put.
    #[error(transparent)]
    Memory(#[from] guest_memory::MemoryError),
}

struct Hex([u8; 8]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}

impl<'a> Kernel<'a> {
    /// Looks into a file. `file` is its name, for messages.
    ///
    /// # Errors
    /// It is no kernel, or a damaged one, or one for other machines.
    pub fn inspect(
        file: impl Into<Name>, bytes: &'a [u8], options: Options,
    ) -> Result<Self, ImageError> {
        let file = file.into();
        match Self::look(bytes, options) {
            Ok((form, packing, zboot, payload)) => {
                let most_window = options.most_window;
                Ok(Self { file, form, packing, zboot, most_window, payload })
            }
            Err(problem) => Err(ImageError { file, problem }),
        }
    }

    fn look(
        bytes: &'a [u8], options: Options,
    ) -> Result<(Form<'a>, Packing, bool, &'a [u8]), Problem> {
        if bytes.is_empty() {
            return Err(Problem::Empty);
        }
        let plain = |form| Ok((form, Packing::None, false, bytes));
        if let Some((packing, payload)) = zboot::look(bytes)? {
            return Ok((packed(packing, payload, options.most_window)?, packing, true, payload));
        }
        if let Some(header) = Arm64Header::look(bytes)? {
            arm64::is_whole(bytes)?;
            return plain(Form::Arm64(header));
        }
        if let Some(header) = ZimageHeader::look(bytes)? {
            return plain(Form::Zimage(header));
        }
        if let Some(kernel) = ElfKernel::look(bytes)? {
            return plain(Form::Elf(kernel));
        }
        if let Some(packing) = Packing::look(bytes) {
            return Ok((packed(packing, bytes, options.most_window)?, packing, false, bytes));
        }
        match (Foreign::look(bytes), options.unrecognised) {
            (Some(foreign), _) => Err(Problem::Foreign(foreign)),
            (None, Unrecognised::Raw(mode)) => plain(Form::Raw(mode)),
            (None, Unrecognised::Refuse) => {
                let mut start = [0; 8];
                let len = bytes.len().min(8);
                start[..len].copy_from_slice(&bytes[..len]);
                Err(Problem::Unknown(start))
            }
        }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it is like unpacked.
    #[must_use]
    pub fn form(&self) -> &Form<'a> {
        &self.form
    }

    /// In which state it is entered.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match &self.form {
            Form::Arm64(_) => Mode::AArch64,
            Form::Zimage(_) => Mode::AArch32,
            Form::Elf(kernel) => kernel.mode,
            Form::Raw(mode) => *mode,
        }
    }

    /// The bytes of memory that it needs from its first byte on, uninitialised data included. Of
    /// an ELF file, from its lowest segment to its highest.
    #[must_use]
    pub fn size(&self) -> u64 {
        let len = self.payload.len() as u64;
        match &self.form {
            Form::Arm64(header) if self.packing == Packing::None => header.size.max(len),
            Form::Arm64(header) => header.size,
            Form::Zimage(header) => header.size.max(len),
            Form::Elf(kernel) => kernel.range().size(),
            Form::Raw(_) => len,
        }
    }

    /// The address of the first instruction if the kernel is put at `start`, which means nothing
    /// for an ELF file.
    #[must_use]
    pub fn entry(&self, start: GuestAddress) -> GuestAddress {
        match &self.form {
            Form::Elf(kernel) => kernel.entry,
            _ => start,
        }
    }

    fn error(&self, problem: impl Into<Problem>) -> ImageError {
        ImageError { file: self.file.clone(), problem: problem.into() }
    }
}

/// For people: `arm64 Image, EFI zboot, gzip`.
impl fmt::Display for Kernel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.form {
            Form::Arm64(_) => "arm64 Image",
            Form::Zimage(_) => "zImage",
            Form::Elf(_) => "ELF",
            Form::Raw(_) => "raw binary",
        })?;
        if self.zboot {
            f.write_str(", EFI zboot")?;
        }
        match self.packing {
            Packing::None => Ok(()),
            Packing::Gzip => f.write_str(", gzip"),
            Packing::Zstd => f.write_str(", zstd"),
        }
    }
}

/// What is in a compressed file: its first bytes are unpacked to see.
fn packed<'a>(packing: Packing, payload: &[u8], most_window: u64) -> Result<Form<'a>, Problem> {
    let mut head = [0; arm64::HEADER_SIZE];
    let mut unpacker = Unpacker::new(packing, payload, most_window)?;
    let len = unpacker.fill(&mut head)?;
    let header = Arm64Header::look(&head[..len])?.ok_or(Problem::PackedOther)?;
    if header.size == 0 { Err(Problem::NoSize) } else { Ok(Form::Arm64(header)) }
}

/// Bytes of a little-endian number at a place, or `None` past the end.
fn le<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    le(bytes, at).map(u32::from_le_bytes)
}

fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    le(bytes, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod test;
