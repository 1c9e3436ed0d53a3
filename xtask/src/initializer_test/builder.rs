//! Builds systems by hand, as the assembler does from descriptions.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use boot_image::Input;
use object::LittleEndian;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use system_spec::check::Geometry;
use system_spec::model::*;

pub const PAGE: u64 = 4096;
const LARGE_PAGE: u64 = 2 << 20;

/// A system that grows.
pub struct Builder {
    pub system: System,
    geometry: Geometry,
}

/// An address space that grows: frames by address.
#[derive(Default)]
pub struct Space {
    frames: BTreeMap<u64, Cap>,
}

/// A program's file, as content and as an address space needs it.
pub struct Program<'a> {
    pub file: &'a Input,
    pub content: ContentId,
    pub symbols: ContentId,
}

pub const DATA: MemoryAttributes = MemoryAttributes { cached: true, executable: false };
const CODE: MemoryAttributes = MemoryAttributes { cached: true, executable: true };
pub const DEVICE: MemoryAttributes = MemoryAttributes { cached: false, executable: false };

/// A capability with all rights.
pub fn cap(object: ObjectId) -> Cap {
    Cap { object, rights: Rights::ALL, badge: 0, guard: Guard::default(), memory: DATA }
}

/// A capability with a badge.
pub fn badged(object: ObjectId, badge: u64) -> Cap {
    Cap { badge, ..cap(object) }
}

impl Builder {
    pub fn new(geometry: Geometry) -> Self {
        Self { system: System::default(), geometry }
    }

    pub fn object(
        &mut self, name: String, owner: Option<InstanceId>, kind: ObjectKind,
    ) -> ObjectId {
        let id = u32::try_from(self.system.objects.len()).unwrap_or(u32::MAX);
        self.system.objects.push(Object { name, owner, kind });
        ObjectId(id)
    }

    pub fn content(&mut self, name: &str, bytes: Vec<u8>) -> ContentId {
        let id = u32::try_from(self.system.contents.len()).unwrap_or(u32::MAX);
        self.system.contents.push(Content { name: name.to_owned(), bytes });
        ContentId(id)
    }

    pub fn program<'a>(&mut self, file: &'a Input) -> Result<Program<'a>> {
        let content = self.content(&file.name, file.bytes.clone());
        let symbols = boot_image::function_symbols(file)?;
        let symbols = self.content(&format!("{}, symbols", file.name), symbols);
        Ok(Program { file, content, symbols })
    }

    /// A frame of memory anywhere.
    pub fn frame(&mut self, name: String, owner: Option<InstanceId>, fills: Vec<Fill>) -> ObjectId {
        self.object(name, owner, ObjectKind::Frame { size_bits: 12, paddr: None, fills })
    }

    /// Maps a program's segments; returns its first instruction.
    pub fn load(
        &mut self, space: &mut Space, name: &str, owner: InstanceId, program: &Program<'_>,
    ) -> Result<u64> {
        let bytes = program.file.bytes.as_slice();
        let header = FileHeader64::<LittleEndian>::parse(bytes)?;
        for segment in header.program_headers(LittleEndian, bytes)? {
            if segment.p_type(LittleEndian) != elf::PT_LOAD {
                continue;
            }
            let (flags, start) = (segment.p_flags(LittleEndian), segment.p_vaddr(LittleEndian));
            let file_end = start + segment.p_filesz(LittleEndian);
            let end = start + segment.p_memsz(LittleEndian);
            let memory = if flags.0 & elf::PF_X.0 != 0 { CODE } else { DATA };
            let rights = if flags.0 & elf::PF_W.0 != 0 { Rights::READ_WRITE } else { Rights::READ };
            for page in (start / PAGE * PAGE..end).step_by(4096) {
                let (from, to) = (page.max(start), (page + PAGE).min(file_end));
                let fill = (from < to).then(|| Fill {
                    offset: from - page,
                    content: program.content,
                    content_offset: segment.p_offset(LittleEndian) + from - start,
                    length: to - from,
                });
                let frame_name = format!("{name}.image.{page:#x}");
                let frame = self.frame(frame_name, Some(owner), fill.into_iter().collect());
                space.map(page, Cap { rights, memory, ..cap(frame) });
            }
        }
        Ok(header.e_entry(LittleEndian))
    }

    /// Frames for a file: large ones.
    pub fn map_file(&mut self, space: &mut Space, name: &str, start: u64, content: ContentId) {
        let index = usize::try_from(content.0).unwrap_or(usize::MAX);
        let length =
            self.system.contents.get(index).map_or(0, |content| content.bytes.len() as u64);
        for (number, offset) in (0..length).step_by(2 << 20).enumerate() {
            let fill = Fill {
                offset: 0,
                content,
                content_offset: offset,
                length: LARGE_PAGE.min(length - offset),
            };
            let kind = ObjectKind::Frame { size_bits: 21, paddr: None, fills: vec![fill] };
            let frame = self.object(format!("{name}.{number}"), None, kind);
            space.map(start + offset, Cap { rights: Rights::READ, ..cap(frame) });
        }
    }

    /// Makes the tables of a space; returns the root.
    pub fn tables(&mut self, name: &str, owner: Option<InstanceId>, space: &Space) -> ObjectId {
        self.table(name, owner, &space.frames, 0, 0)
    }

    fn table(
        &mut self, name: &str, owner: Option<InstanceId>, frames: &BTreeMap<u64, Cap>, level: u8,
        start: u64,
    ) -> ObjectId {
        let step = self.geometry.step_bits(level);
        let end = start + (1 << (step + self.geometry.index_bits[usize::from(level)]));
        let mut entries: Vec<(u32, Cap)> = Vec::new();
        let mut at = start;
        while let Some((address, frame)) = frames.range(at..end).next() {
            let index = u32::try_from((address - start) >> step).unwrap_or(u32::MAX);
            let base = start + (u64::from(index) << step);
            let entry = if self.frame_level(frame.object) == Some(level) {
                *frame
            } else {
                cap(self.table(name, owner, frames, level + 1, base))
            };
            entries.push((index, entry));
            at = base + (1 << step);
        }
        let kind = ObjectKind::TranslationTable { level, entries };
        self.object(format!("{name}.table.{level}.{start:#x}"), owner, kind)
    }

    fn frame_level(&self, id: ObjectId) -> Option<u8> {
        let index = usize::try_from(id.0).ok()?;
        match self.system.objects.get(index)?.kind {
            ObjectKind::Frame { size_bits, .. } => self.geometry.frame_level(size_bits),
            _ => None,
        }
    }

    /// The finished system, checked.
    pub fn finish(self) -> Result<System> {
        let problems = system_spec::check::check(&self.system, self.geometry);
        match problems.first() {
            None => Ok(self.system),
            Some(problem) => Err(problem.clone()).context("the test's own system is wrong"),
        }
    }
}

impl Space {
    pub fn map(&mut self, address: u64, frame: Cap) {
        self.frames.insert(address, frame);
    }
}
