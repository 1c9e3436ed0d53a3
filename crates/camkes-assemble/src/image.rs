//! A component's own memory: program, stack, IPC buffer, log, data images, heap, files, DMA pool.

use camkes_lang::Diagnostic;
use system_spec::model::{ContentId, InstanceId, MemoryAttributes, ObjectId, Rights};

use crate::builder::{AddressSpace, Backing, Builder, MemoryId, Part};
use crate::geometry::pages;
use crate::plan::Mapped;
use crate::program::Program;

/// Cached memory without instructions.
pub const CACHED: MemoryAttributes = MemoryAttributes { cached: true, executable: false };
/// Registers of devices, and memory that devices reach without the caches.
pub const UNCACHED: MemoryAttributes = MemoryAttributes { cached: false, executable: false };

/// Data images begin at multiples of this, so that they are copied by words.
const DATA_ALIGNMENT: u64 = 64;

/// A writable segment: where its bytes are at every start, and where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataImage {
    /// Where the bytes are; 0 if there are none.
    pub source: u64,
    /// The segment's address.
    pub target: u64,
    /// Bytes to copy.
    pub file_size: u64,
    /// Bytes of the segment: what is not copied is zeroed.
    pub memory_size: u64,
}

/// Memory for devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DmaPool {
    /// Where it is.
    pub mapped: Mapped,
    /// Its physical address.
    pub paddr: u64,
    /// Whether it is mapped cached.
    pub cached: bool,
}

/// What every component has.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The stack; it grows downwards from its end.
    pub stack: Option<Mapped>,
    /// The IPC buffer, and its frame.
    pub ipc_buffer: Option<(Mapped, ObjectId)>,
    /// Writable segments.
    pub data: Vec<DataImage>,
    /// The ring that output goes through, and its frame.
    pub log: Option<(Mapped, ObjectId)>,
    /// Memory for the allocator.
    pub heap: Option<Mapped>,
    /// The files of a FileServer.
    pub archive: Option<Mapped>,
    /// Memory for devices.
    pub dma: Option<DmaPool>,
    /// First instruction.
    pub entry: u64,
}

/// The read-only parts of a program, which all instances of its type share.
#[derive(Clone, Debug)]
pub struct TypeImage {
    entry: u64,
    segments: Vec<TypeSegment>,
    data: Option<MemoryId>,
    /// Functions, to name addresses with.
    pub symbols: Option<ContentId>,
}

#[derive(Clone, Copy, Debug)]
struct TypeSegment {
    start: u64,
    size: u64,
    /// The frames of a read-only segment.
    memory: Option<MemoryId>,
    executable: bool,
    /// Offset in the data images, bytes there.
    data: (u64, u64),
}

impl TypeImage {
    /// Adds a program's contents to the system. `name` is its component type's.
    pub fn new(
        builder: &mut Builder, name: &str, program: &Program<'_>, symbols: Option<Vec<u8>>,
    ) -> Self {
        let mut images = Vec::new();
        let mut segments = Vec::new();
        for segment in &program.segments {
            let mut part = TypeSegment {
                start: segment.start,
                size: segment.size,
                memory: None,
                executable: segment.executable,
                data: (0, 0),
            };
            if segment.writable {
                let offset = (images.len() as u64).next_multiple_of(DATA_ALIGNMENT);
                images.resize(usize::try_from(offset).unwrap_or(usize::MAX), 0);
                images.extend_from_slice(segment.data);
                part.data = (offset, segment.data.len() as u64);
            } else {
                let kind = if segment.executable { "text" } else { "rodata" };
                let content = builder
                    .content(format!("{name}.{kind}.{:#x}", segment.start), segment.data.to_vec());
                let first = segment.first_page();
                let fill = Part {
                    offset: segment.start - first,
                    content,
                    content_offset: 0,
                    length: segment.data.len() as u64,
                };
                let fills = if segment.data.is_empty() { vec![] } else { vec![fill] };
                part.memory = Some(builder.filled_memory(
                    format!("{name}.{kind}.{first:#x}"),
                    None,
                    segment.end_page() - first,
                    Backing::Anywhere { phase: first },
                    fills,
                ));
            }
            segments.push(part);
        }
        let data = (!images.is_empty()).then(|| {
            let content = builder.content(format!("{name}.data"), images);
            builder.memory_with(format!("{name}.data"), None, content)
        });
        let symbols = symbols.map(|symbols| builder.content(format!("{name}.symbols"), symbols));
        Self { entry: program.entry, segments, data, symbols }
    }

    /// Maps it.
    ///
    /// # Errors
    ///
    /// When the address space is full.
    pub fn map(
        &self, builder: &mut Builder, space: &mut AddressSpace, name: &str, owner: InstanceId,
    ) -> Result<Own, Diagnostic> {
        for segment in &self.segments {
            let first = segment.start / crate::geometry::PAGE * crate::geometry::PAGE;
            let size = pages(segment.start + segment.size) - first;
            let attributes = MemoryAttributes { executable: segment.executable, ..CACHED };
            let (memory, rights) = match segment.memory {
                Some(memory) => {
                    builder.used_by(memory, owner);
                    (memory, Rights::READ)
                }
                None => {
                    let backing = Backing::Anywhere { phase: first };
                    let name = format!("{name}.data.{first:#x}");
                    (builder.memory(name, Some(owner), size, backing), Rights::READ_WRITE)
                }
            };
            space.map_at(first, builder.extent(memory), rights, attributes);
        }
        let source = match self.data {
            Some(memory) => {
                builder.used_by(memory, owner);
                space.map(builder.extent(memory), Rights::READ, CACHED).map_err(crate::full)?
            }
            None => 0,
        };
        let writable = self.segments.iter().filter(|segment| segment.memory.is_none());
        let data = writable
            .map(|segment| {
                let (offset, file_size) = segment.data;
                DataImage {
                    source: if file_size == 0 { 0 } else { source + offset },
                    target: segment.start,
                    file_size,
                    memory_size: segment.size,
                }
            })
            .collect();
        Ok(Own { data, entry: self.entry, ..Own::default() })
    }
}
