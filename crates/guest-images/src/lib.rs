//! Kernels and root file systems for guests, made from Debian's packages and the user's files.
//!
//! | module | subject |
//! |---|---|
//! | [`guest`] | architectures and suites |
//! | [`packages`] | Debian's packages, downloaded once and checked by apt |
//! | [`deb`] | what is in a package file |
//! | [`kernel`] | a kernel in the form that boots |
//! | [`modules`] | kernel modules and the order to load them in |
//! | [`rootfs`] | root file systems |
//! | [`tree`], [`newc`], [`compress`] | files on the way into an archive |

pub mod compress;
pub mod deb;
mod digest;
pub mod guest;
pub mod kernel;
pub mod modules;
pub mod newc;
pub mod packages;
pub mod rootfs;
pub mod tree;
