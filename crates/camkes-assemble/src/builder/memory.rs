//! Wishes for memory.

use system_spec::model::{ContentId, InstanceId, ObjectId, ObjectKind};

use super::{Builder, index};
use crate::geometry::{PAGE, PAGE_BITS};

/// Memory that was asked for. It becomes one or more frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryId(pub u32);

/// Where memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Anywhere. The frames suit addresses that differ from `phase` by a multiple of the frames'
    /// size.
    Anywhere {
        /// The lower bits of the virtual address.
        phase: u64,
    },
    /// At this physical address, a multiple of the page size.
    At(u64),
    /// A page that has its frame already.
    Page(ObjectId),
}

/// A part of memory that holds something at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Bytes from the start of the memory.
    pub offset: u64,
    /// What it holds.
    pub content: ContentId,
    /// Bytes from the start of that.
    pub content_offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// What an address space has to know to map memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The memory.
    pub memory: MemoryId,
    /// Its bytes.
    pub size: u64,
    /// An address that suits its frames.
    pub phase: u64,
    /// How many lower bits of addresses matter to its frames.
    pub alignment_bits: u8,
}

/// A wish.
#[derive(Debug)]
pub(super) struct Memory {
    pub name: String,
    pub owner: Option<InstanceId>,
    /// Whether an instance has said that it uses it.
    pub used: bool,
    pub size: u64,
    pub backing: Backing,
    pub parts: Vec<Part>,
}

impl Builder {
    /// Asks for memory of `size` bytes, a multiple of the page size, that is zero at start.
    pub fn memory(
        &mut self, name: impl Into<String>, owner: Option<InstanceId>, size: u64, backing: Backing,
    ) -> MemoryId {
        self.filled_memory(name, owner, size, backing, Vec::new())
    }

    /// Asks for memory that holds `parts` at start, and zeroes elsewhere.
    pub fn filled_memory(
        &mut self, name: impl Into<String>, owner: Option<InstanceId>, size: u64, backing: Backing,
        parts: Vec<Part>,
    ) -> MemoryId {
        let id = MemoryId(index(self.memories.len()));
        self.memories.push(Memory { name: name.into(), owner, used: false, size, backing, parts });
        id
    }

    /// Asks for memory that holds all of `content`.
    pub fn memory_with(
        &mut self, name: impl Into<String>, owner: Option<InstanceId>, content: ContentId,
    ) -> MemoryId {
        let length = self.content_size(content);
        let part = Part { offset: 0, content, content_offset: 0, length };
        let size = crate::geometry::pages(length.max(1));
        self.filled_memory(name, owner, size, Backing::Anywhere { phase: 0 }, vec![part])
    }

    /// How to map memory.
    #[must_use]
    pub fn extent(&self, memory: MemoryId) -> Extent {
        let wish = &self.memories[memory.0 as usize];
        let (huge, large) = (self.geometry.huge_bits(), self.geometry.large_bits());
        let alignment_bits = match wish.backing {
            Backing::At(_) if wish.size >= 1 << huge => huge,
            _ if wish.size >= 1 << large => large,
            _ => PAGE_BITS,
        };
        let phase = match wish.backing {
            Backing::Anywhere { phase } | Backing::At(phase) => phase,
            Backing::Page(_) => 0,
        };
        Extent { memory, size: wish.size, phase, alignment_bits }
    }

    /// Where memory is.
    #[must_use]
    pub fn backing(&self, id: MemoryId) -> Backing {
        self.memories[id.0 as usize].backing
    }

    /// Asks for a page whose frame has to be known at once, as threads' own are.
    pub fn page(
        &mut self, name: impl Into<String>, owner: Option<InstanceId>,
    ) -> (MemoryId, ObjectId) {
        let name = name.into();
        let kind = ObjectKind::Frame { size_bits: PAGE_BITS, paddr: None, fills: Vec::new() };
        let frame = self.add(name.clone(), owner, kind);
        (self.memory(name, owner, PAGE, Backing::Page(frame)), frame)
    }

    /// Says that an instance uses the memory. Memory of a single instance is that one's own.
    pub fn used_by(&mut self, id: MemoryId, instance: InstanceId) {
        let memory = &mut self.memories[id.0 as usize];
        match memory.owner {
            None if !memory.used => memory.owner = Some(instance),
            Some(owner) if owner == instance => {}
            _ => memory.owner = None,
        }
        memory.used = true;
    }

    /// Every range of physical memory that was asked for, as first and last address.
    #[must_use]
    pub fn physical(&self) -> Vec<(u64, u64)> {
        self.memories
            .iter()
            .filter_map(|memory| match memory.backing {
                Backing::At(start) => Some((start, start.saturating_add(memory.size - 1))),
                Backing::Anywhere { .. } | Backing::Page(_) => None,
            })
            .collect()
    }
}
