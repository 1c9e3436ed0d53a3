//! The interface files of a prefix, as text.
//!
//! They have the form that seL4's own tools and rust-sel4 read. [`crate::label`] and
//! [`crate::syscall`] are generated from them, and a prefix exported for the embedded kernel
//! carries them.

/// `interfaces/object-api.xml`: invocations of every architecture.
pub const OBJECT_API: &str = include_str!("../interfaces/object-api.xml");

/// `interfaces/object-api-sel4-arch.xml`: invocations of AArch64.
pub const OBJECT_API_SEL4_ARCH: &str = include_str!("../interfaces/object-api-sel4-arch.xml");

/// `interfaces/object-api-arch.xml`: invocations of all Arm architectures.
pub const OBJECT_API_ARCH: &str = include_str!("../interfaces/object-api-arch.xml");

/// `api/syscall.xml`: system calls.
pub const SYSCALL: &str = include_str!("../interfaces/syscall.xml");

/// `sel4/shared_types.pbf`: packed words.
pub const SHARED_TYPES: &str = include_str!("../interfaces/shared_types.pbf");

/// `sel4/sel4_arch/types.pbf`: faults.
pub const SEL4_ARCH_TYPES: &str = include_str!("../interfaces/types.pbf");

/// All files: the path below `libsel4/include` of a prefix, and the text. The object APIs come in
/// the order that labels are counted in.
pub const FILES: [(&str, &str); 6] = [
    ("interfaces/object-api.xml", OBJECT_API),
    ("interfaces/object-api-sel4-arch.xml", OBJECT_API_SEL4_ARCH),
    ("interfaces/object-api-arch.xml", OBJECT_API_ARCH),
    ("api/syscall.xml", SYSCALL),
    ("sel4/shared_types.pbf", SHARED_TYPES),
    ("sel4/sel4_arch/types.pbf", SEL4_ARCH_TYPES),
];
