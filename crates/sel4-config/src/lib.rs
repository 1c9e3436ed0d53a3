//! The configuration of the kernel that the code is built for.
//!
//! It is read at build time from `gen_config.json` below `$SEL4_PREFIX/libsel4/include` (or
//! below a directory of `SEL4_INCLUDE_DIRS`). Without either variable, code for the host is
//! checked and documented with the configuration of the project's default kernel; code for the
//! target machine is refused.
//!
//! ```
//! use sel4_config::{sel4_cfg, sel4_cfg_bool, sel4_cfg_usize};
//!
//! #[sel4_cfg(not(KERNEL_MCS))]
//! fn slots() -> usize {
//!     1 << sel4_cfg_usize!(ROOT_CNODE_SIZE_BITS)
//! }
//! assert!(slots() > 1 || sel4_cfg_bool!(KERNEL_MCS));
//! ```

#![no_std]

pub use sel4_config_macros::{
    sel4_cfg, sel4_cfg_attr, sel4_cfg_bool, sel4_cfg_enum, sel4_cfg_if, sel4_cfg_match,
    sel4_cfg_str, sel4_cfg_struct, sel4_cfg_usize, sel4_cfg_word, sel4_cfg_wrap_match,
};

/// Every key of the configuration as a constant.
pub mod consts {
    sel4_config_macros::declare_constants!();
}
