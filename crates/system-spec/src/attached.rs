//! How the initializer finds the description of the system: the image's packer puts it, and zeroed
//! memory to work with, behind the initializer's program, and writes a [`Place`] into it.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The name of the initializer's symbol for its [`Place`].
pub const SYMBOL: &str = "caravan_attached_spec";

/// Tells a [`Place`] of this version from anything else.
pub const MAGIC: u64 = u64::from_le_bytes(*b"caravan\x01");

/// Where both are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Place {
    /// [`MAGIC`].
    pub magic: u64,
    /// Address of the description, 0 if there is none.
    pub spec: u64,
    /// Its bytes.
    pub spec_size: u64,
    /// Address of the work memory.
    pub work: u64,
    /// Its bytes.
    pub work_size: u64,
}

impl Place {
    /// The place before anything is attached.
    pub const EMPTY: Self = Self { magic: MAGIC, spec: 0, spec_size: 0, work: 0, work_size: 0 };
}

/// Work memory for each object.
const PER_OBJECT: usize = 12;
/// Work memory for each instance.
const PER_INSTANCE: usize = 16;
/// Work memory for the pieces of memory that objects are made of.
const FIXED: usize = 36 << 10;

/// Bytes of work memory that the initializer needs for a system.
#[must_use]
pub const fn work_size(objects: usize, instances: usize) -> usize {
    objects
        .saturating_mul(PER_OBJECT)
        .saturating_add(instances.saturating_mul(PER_INSTANCE))
        .saturating_add(FIXED)
}
