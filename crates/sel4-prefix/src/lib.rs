//! Reads, checks and writes installed seL4 prefixes.
//!
//! A prefix is the directory that `ninja install` of the C kernel makes, and that `SEL4_PREFIX`
//! names:
//!
//! | path | content |
//! |---|---|
//! | `bin/kernel.elf` | the kernel |
//! | `libsel4/include/{kernel,sel4}/gen_config.json` | its configuration |
//! | `libsel4/include/interfaces/*.xml`, `api/syscall.xml` | invocations and system calls |
//! | `libsel4/include/**/*.pbf` | packed structures |
//! | `libsel4/include/**/*.h` | C headers |
//! | `support/platform_gen.{json,yaml}`, `support/kernel.dtb` | memory map and device tree |
//!
//! [`Prefix`] reads one, and [`Prefix::check`] says whether this project can use it. [`export()`]
//! writes one for the embedded kernel, in the same layout but **without C headers**: user code of
//! this project is Rust, and its stubs are generated from the XML files.
//!
//! Constants that exist only in C headers are in `sel4-abi`; [`drift`] compares the two, so that
//! drift is found.

pub mod check;
pub mod constants;
pub mod device_tree;
pub mod drift;
mod error;
pub mod export;
pub mod kernel_config;
#[cfg(test)]
mod mutation_test;
pub mod platform;
pub mod prefix;
pub mod regions;

pub use sel4_idl::{bitfields, condition, config, interfaces, syscalls};

pub use constants::kernel_constants;
pub use error::{Error, Result};
pub use export::export;
pub use kernel_config::{Cpu, Gic, KernelConfig};
pub use platform::Platform;
pub use prefix::Prefix;
pub use regions::{Region, Regions};
