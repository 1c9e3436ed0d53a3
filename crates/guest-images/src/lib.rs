//! Kernels and root file systems for guests, made from Debian's packages and the user's files.
//!
//! | module | subject |
//! |---|---|
//! | [`files`] | the two files that a guest boots from: the defaults, or the user's own |
//! | [`guest`] | architectures and suites |
//! | [`packages`], [`deb`] | Debian's packages, downloaded once and checked by apt; what is in one |
//! | [`kernel`], [`modules`] | a kernel in the form that boots; modules in the order to load them |
//! | [`rootfs`], [`recipe`] | the default root file system, and those that are the user's own |
//! | [`overlay`] | files added to a root file system that exists |
//! | [`device_tree`] | where the root file system lies, for the guest |
//! | [`tree`], [`directory`] | files in memory, and out of folders |
//! | [`archive`], [`newc`], [`compress`] | archives, read and written |

pub mod archive;
pub mod bzimage;
pub mod compress;
pub mod deb;
pub mod device_tree;
mod digest;
pub mod directory;
pub mod files;
pub mod firmware;
pub mod guest;
pub mod kernel;
pub mod modules;
pub mod newc;
pub mod overlay;
pub mod packages;
pub mod recipe;
pub mod rootfs;
pub mod tree;
