//! Object sizes, as powers of two of bytes.

pub use sel4_abi::aarch64::object::{ASID_POOL_BITS, PAGE_TABLE_BITS, TCB_BITS, VCPU_BITS};
pub use sel4_abi::cnode::SLOT_BITS;
pub use sel4_abi::object::{ENDPOINT_BITS, NOTIFICATION_BITS};
