//! Address spaces: regions, guard pages, and the tables that they need.

use std::collections::BTreeMap;

use system_spec::model::{Cap, InstanceId, MemoryAttributes, ObjectId, ObjectKind, Rights};

use super::frames::Frames;
use super::{Builder, Extent, MemoryId};
use crate::geometry::{PAGE, pages};

/// Memory at an address.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    start: u64,
    memory: MemoryId,
    rights: Rights,
    attributes: MemoryAttributes,
}

/// An address space under construction.
#[derive(Debug)]
pub struct AddressSpace {
    name: String,
    owner: Option<InstanceId>,
    root: ObjectId,
    end: u64,
    /// Where the next region may begin, a guard page left out.
    next: u64,
    mappings: Vec<Mapping>,
}

impl AddressSpace {
    pub(super) fn new(name: String, owner: Option<InstanceId>, root: ObjectId, end: u64) -> Self {
        Self { name, owner, root, end, next: 0, mappings: Vec::new() }
    }

    /// The root table.
    #[must_use]
    pub fn root(&self) -> ObjectId {
        self.root
    }

    /// Addresses for `size` bytes, behind everything else, with a page before them that stays
    /// without a mapping. Large regions begin where large frames fit.
    ///
    /// # Errors
    ///
    /// When the address space has no room.
    pub fn reserve(&mut self, size: u64, alignment_bits: u8) -> Result<u64, String> {
        let full = || {
            format!(
                "the address space of `{}` is full: {:#x} bytes don't fit below {:#x}",
                self.name, size, self.end
            )
        };
        let alignment = 1_u64 << alignment_bits;
        let start = self
            .next
            .checked_add(PAGE)
            .and_then(|start| start.checked_next_multiple_of(alignment))
            .ok_or_else(full)?;
        let end = start.checked_add(pages(size)).filter(|end| *end < self.end).ok_or_else(full)?;
        self.next = end;
        Ok(start)
    }

    /// Maps memory at an address that [`Self::reserve`] gave or that is known otherwise.
    pub fn map_at(
        &mut self, start: u64, extent: Extent, rights: Rights, attributes: MemoryAttributes,
    ) {
        self.next = self.next.max(start.saturating_add(pages(extent.size)));
        self.mappings.push(Mapping { start, memory: extent.memory, rights, attributes });
    }

    /// Maps memory behind everything else, and gives its address.
    ///
    /// # Errors
    ///
    /// When the address space has no room.
    pub fn map(
        &mut self, extent: Extent, rights: Rights, attributes: MemoryAttributes,
    ) -> Result<u64, String> {
        // Frames of all sizes fit wherever the lower bits agree.
        let phase = extent.phase & ((1 << extent.alignment_bits) - 1);
        let size = extent.size.saturating_add(phase);
        let start = self.reserve(size, extent.alignment_bits)? + phase;
        self.map_at(start, extent, rights, attributes);
        Ok(start)
    }

    /// Makes the tables and puts the frames in.
    pub(super) fn make_tables(self, builder: &mut Builder, frames: &Frames) -> Result<(), String> {
        let mut tables = Tables {
            tables: BTreeMap::new(),
            entries: BTreeMap::from([(self.root, BTreeMap::new())]),
        };
        for mapping in &self.mappings {
            let mut address = mapping.start;
            for (frame, bits) in frames.of(mapping.memory) {
                if !address.is_multiple_of(1 << bits) {
                    return Err(format!(
                        "`{}` of 2^{bits} bytes can't be mapped into `{}` at {address:#x}, which \
                         is no multiple of its size",
                        builder.object(*frame).name,
                        self.name
                    ));
                }
                let cap = Cap { memory: mapping.attributes, ..super::cap(*frame, mapping.rights) };
                self.put(builder, &mut tables, address, *bits, cap)?;
                address += 1 << bits;
            }
        }
        for (id, entries) in tables.entries {
            if let ObjectKind::TranslationTable { entries: place, .. } = builder.kind_mut(id) {
                *place = entries.into_iter().collect();
            }
        }
        Ok(())
    }

    fn put(
        &self, builder: &mut Builder, tables: &mut Tables, address: u64, bits: u8, cap: Cap,
    ) -> Result<(), String> {
        let Some(last) = builder.geometry.level_of_frame(bits) else {
            return Err(format!("no level of `{}` has frames of 2^{bits} bytes", self.name));
        };
        let taken = |builder: &Builder, by: &Cap| {
            format!(
                "two things are mapped at {address:#x} of `{}`: `{}` and `{}`",
                self.name,
                builder.object(by.object).name,
                builder.object(cap.object).name
            )
        };
        let mut table = self.root;
        for level in 0..last {
            let base = address >> builder.geometry.entry_bits(level);
            let slot = builder.geometry.index(level, address);
            table = match tables.tables.get(&(level, base)) {
                Some(next) => *next,
                None => {
                    let start = base << builder.geometry.entry_bits(level);
                    let next_level = u8::try_from(level + 1).unwrap_or(u8::MAX);
                    let name = format!("{}.table.{next_level}.{start:#x}", self.name);
                    let kind =
                        ObjectKind::TranslationTable { level: next_level, entries: Vec::new() };
                    let next = builder.add(name, self.owner, kind);
                    tables.entries.insert(next, BTreeMap::new());
                    tables.tables.insert((level, base), next);
                    if let Some(by) = tables.set(table, slot, super::cap(next, Rights::ALL)) {
                        return Err(taken(builder, &by));
                    }
                    next
                }
            };
        }
        let slot = builder.geometry.index(last, address);
        match tables.set(table, slot, cap) {
            Some(by) => Err(taken(builder, &by)),
            None => Ok(()),
        }
    }
}

/// The tables of one address space.
struct Tables {
    /// By level of the entry and address in units of what the entry stands for.
    tables: BTreeMap<(usize, u64), ObjectId>,
    entries: BTreeMap<ObjectId, BTreeMap<u32, Cap>>,
}

impl Tables {
    /// Fills an entry, and gives what was there.
    fn set(&mut self, table: ObjectId, slot: u32, cap: Cap) -> Option<Cap> {
        self.entries.entry(table).or_default().insert(slot, cap)
    }
}
