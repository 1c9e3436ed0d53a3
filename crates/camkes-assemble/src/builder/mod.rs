//! Kernel objects under construction: what every other module makes systems of.
//!
//! Components, connectors and (later) guests use the same primitives: [`Builder::add`] makes an
//! object, [`Builder::memory`] asks for memory, [`AddressSpace::map`] maps it, [`CSpace::add`] gives
//! a capability. Frames and tables are made at the end, when every wish for physical memory is
//! known, so that all owners of a device's page get the same object.

mod address_space;
mod cspace;
mod frames;
mod memory;

use std::collections::BTreeMap;

use system_spec::model::{
    Content, ContentId, Guard, InstanceId, MemoryAttributes, Object, ObjectId, ObjectKind, Rights,
    System,
};

pub use address_space::AddressSpace;
pub use cspace::CSpace;
pub use memory::{Backing, Extent, MemoryId, Part};

use crate::geometry::Geometry;
use memory::Memory;

/// A capability without guard, badge or memory attributes.
#[must_use]
pub fn cap(object: ObjectId, rights: Rights) -> system_spec::model::Cap {
    system_spec::model::Cap {
        object,
        rights,
        badge: 0,
        guard: Guard::default(),
        memory: MemoryAttributes::default(),
    }
}

/// Objects, contents and wishes for memory.
#[derive(Debug)]
pub struct Builder {
    /// The shape of address spaces.
    pub geometry: Geometry,
    /// Boundaries of physical memory that no frame may cross, such as those of the kernel's
    /// memory map.
    pub boundaries: Vec<u64>,
    system: System,
    names: BTreeMap<String, u32>,
    memories: Vec<Memory>,
    spaces: Vec<AddressSpace>,
    cspaces: Vec<CSpace>,
}

impl Builder {
    /// An empty system.
    #[must_use]
    pub fn new(geometry: Geometry) -> Self {
        Self {
            geometry,
            boundaries: Vec::new(),
            system: System::default(),
            names: BTreeMap::new(),
            memories: Vec::new(),
            spaces: Vec::new(),
            cspaces: Vec::new(),
        }
    }

    /// Adds an object. A name that is taken gets a number behind it.
    pub fn add(
        &mut self, name: impl Into<String>, owner: Option<InstanceId>, kind: ObjectKind,
    ) -> ObjectId {
        let mut name = name.into();
        while let Some(count) = self.names.get_mut(&name) {
            *count += 1;
            name = format!("{name}.{count}");
        }
        self.names.insert(name.clone(), 1);
        let id = ObjectId(index(self.system.objects.len()));
        self.system.objects.push(Object { name, owner, kind });
        id
    }

    /// The kind of an object, to complete it.
    pub fn kind_mut(&mut self, id: ObjectId) -> &mut ObjectKind {
        &mut self.system.objects[id.0 as usize].kind
    }

    /// An object.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.system.objects[id.0 as usize]
    }

    /// Adds bytes to fill memory from.
    pub fn content(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> ContentId {
        let id = ContentId(index(self.system.contents.len()));
        self.system.contents.push(Content { name: name.into(), bytes });
        id
    }

    /// How many bytes a content has.
    #[must_use]
    pub fn content_size(&self, id: ContentId) -> u64 {
        self.system.contents[id.0 as usize].bytes.len() as u64
    }

    /// The instances.
    pub fn instances(&mut self) -> &mut Vec<system_spec::model::Instance> {
        &mut self.system.instances
    }

    /// The monitor's objects.
    pub fn monitor(&mut self) -> &mut Option<system_spec::model::Monitor> {
        &mut self.system.monitor
    }

    /// An identifier for an address space that [`Self::put_space`] completes.
    pub fn space(&mut self, name: impl Into<String>, owner: Option<InstanceId>) -> AddressSpace {
        let name = name.into();
        let kind = ObjectKind::TranslationTable { level: 0, entries: Vec::new() };
        let root = self.add(format!("{name}.vspace"), owner, kind);
        AddressSpace::new(name, owner, root, self.geometry.end())
    }

    /// Takes a complete address space: its frames and tables are made by [`Self::finish`].
    pub fn put_space(&mut self, space: AddressSpace) {
        self.spaces.push(space);
    }

    /// A CNode that [`Self::put_cspace`] completes.
    pub fn cspace(&mut self, name: impl Into<String>, owner: Option<InstanceId>) -> CSpace {
        let kind = ObjectKind::CNode { size_bits: 0, slots: Vec::new() };
        CSpace::new(self.add(format!("{}.cnode", name.into()), owner, kind))
    }

    /// Takes a complete capability space.
    pub fn put_cspace(&mut self, cspace: CSpace) {
        self.cspaces.push(cspace);
    }

    /// Makes frames, tables and CNodes of all that was asked for.
    ///
    /// # Errors
    ///
    /// What can't be made, in a sentence each.
    pub fn finish(mut self) -> Result<System, Vec<String>> {
        let mut errors = Vec::new();
        let frames = self.make_frames();
        for space in std::mem::take(&mut self.spaces) {
            if let Err(error) = space.make_tables(&mut self, &frames) {
                errors.push(error);
            }
        }
        for cspace in std::mem::take(&mut self.cspaces) {
            let (id, size_bits, slots) = cspace.into_parts();
            *self.kind_mut(id) = ObjectKind::CNode { size_bits, slots };
        }
        if errors.is_empty() { Ok(self.system) } else { Err(errors) }
    }
}

/// Indices of a system have 32 bits; what has more doesn't fit any machine.
pub(crate) fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
