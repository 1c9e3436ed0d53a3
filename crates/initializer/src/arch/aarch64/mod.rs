//! AArch64.

#[cfg(feature = "measure")]
mod counter;
mod fault;
mod memory;
mod thread;

#[cfg(feature = "measure")]
pub use counter::nanoseconds;
pub use fault::explain;
pub use memory::{
    DEVICE_MEMORY, NORMAL_MEMORY, attributes, clean_to_memory, copy, publish_instructions,
};
pub use thread::{bind_vcpu, interrupt_handler, registers, vcpu_blueprint};
