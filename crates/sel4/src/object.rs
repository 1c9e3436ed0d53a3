//! Types of objects, and their sizes.

use sel4_abi::cnode::SLOT_BITS;
use sel4_abi::object::{ENDPOINT_BITS, NOTIFICATION_BITS};

use crate::arch::object::ASID_POOL_BITS;
use crate::word::usize_to_word;
use crate::{CapType, ObjectBlueprintArch, ObjectTypeArch, Word, cap_type};

/// Which kind of object (`seL4_ObjectType`).
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
#[allow(missing_docs)]
pub enum ObjectType {
    Untyped,
    Endpoint,
    Notification,
    CNode,
    Tcb,
    Arch(ObjectTypeArch),
}

impl ObjectType {
    /// The kernel's number of the type.
    pub const fn into_sys(self) -> Word {
        use sel4_abi::ObjectType as Abi;
        usize_to_word(
            match self {
                Self::Untyped => Abi::Untyped,
                Self::Endpoint => Abi::Endpoint,
                Self::Notification => Abi::Notification,
                Self::CNode => Abi::CapTable,
                Self::Tcb => Abi::Tcb,
                Self::Arch(arch) => arch.into_abi(),
            }
            .as_word(),
        )
    }
}

impl From<ObjectTypeArch> for ObjectType {
    fn from(ty: ObjectTypeArch) -> Self {
        Self::Arch(ty)
    }
}

/// What to make of untyped memory: a type, and a size where it can be chosen.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd)]
pub enum ObjectBlueprint {
    /// Untyped memory again.
    Untyped {
        /// Binary logarithm of the size in bytes.
        size_bits: usize,
    },
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A CNode.
    CNode {
        /// Binary logarithm of the number of slots.
        size_bits: usize,
    },
    /// A thread.
    Tcb,
    /// An object of the architecture.
    Arch(ObjectBlueprintArch),
}

impl ObjectBlueprint {
    /// The type.
    pub const fn ty(self) -> ObjectType {
        match self {
            Self::Untyped { .. } => ObjectType::Untyped,
            Self::Endpoint => ObjectType::Endpoint,
            Self::Notification => ObjectType::Notification,
            Self::CNode { .. } => ObjectType::CNode,
            Self::Tcb => ObjectType::Tcb,
            Self::Arch(arch) => ObjectType::Arch(arch.ty()),
        }
    }

    /// The size as `seL4_Untyped_Retype` takes it. None where the type has one size only.
    pub const fn api_size_bits(self) -> Option<usize> {
        match self {
            Self::Untyped { size_bits } | Self::CNode { size_bits } => Some(size_bits),
            _ => None,
        }
    }

    /// Binary logarithm of the bytes that the object takes, to which it is aligned.
    pub const fn physical_size_bits(self) -> usize {
        match self {
            Self::Untyped { size_bits } => size_bits,
            Self::Endpoint => ENDPOINT_BITS as usize,
            Self::Notification => NOTIFICATION_BITS as usize,
            Self::CNode { size_bits } => SLOT_BITS as usize + size_bits,
            Self::Tcb => crate::arch::object::TCB_BITS,
            Self::Arch(arch) => arch.physical_size_bits(),
        }
    }

    /// The untyped memory that a pool of address space identifiers is made of.
    pub const fn asid_pool() -> Self {
        Self::Untyped { size_bits: ASID_POOL_BITS }
    }
}

impl From<ObjectBlueprintArch> for ObjectBlueprint {
    fn from(blueprint: ObjectBlueprintArch) -> Self {
        Self::Arch(blueprint)
    }
}

/// Types of capabilities to objects.
pub trait CapTypeForObject: CapType {
    /// Type of the object.
    fn object_type() -> ObjectType;
}

/// Types of capabilities to objects that have one size only.
pub trait CapTypeForObjectOfFixedSize: CapTypeForObject {
    /// What to make of untyped memory.
    fn object_blueprint() -> ObjectBlueprint;
}

/// Types of capabilities to objects whose size is chosen.
pub trait CapTypeForObjectOfVariableSize: CapTypeForObject {
    /// What to make of untyped memory. For `size_bits` see [`ObjectBlueprint`].
    fn object_blueprint(size_bits: usize) -> ObjectBlueprint;
}

/// Connects marker types with variants of the same name.
macro_rules! fixed_size {
    ($types:ident, $blueprints:ident: $($name:ident),*) => {
        $(
            impl $crate::CapTypeForObject for $crate::cap_type::$name {
                fn object_type() -> $crate::ObjectType {
                    $types::$name.into()
                }
            }

            impl $crate::CapTypeForObjectOfFixedSize for $crate::cap_type::$name {
                fn object_blueprint() -> $crate::ObjectBlueprint {
                    $blueprints::$name.into()
                }
            }
        )*
    };
}

pub(crate) use fixed_size;

fixed_size!(ObjectType, ObjectBlueprint: Endpoint, Notification, Tcb);

macro_rules! variable_size {
    ($($name:ident),*) => {
        $(
            impl CapTypeForObject for cap_type::$name {
                fn object_type() -> ObjectType {
                    ObjectType::$name
                }
            }

            impl CapTypeForObjectOfVariableSize for cap_type::$name {
                fn object_blueprint(size_bits: usize) -> ObjectBlueprint {
                    ObjectBlueprint::$name { size_bits }
                }
            }
        )*
    };
}

variable_size!(Untyped, CNode);
