//! Device trees: what a VMM has to read in them, and the trees that its guests get.
//!
//! | module | subject |
//! |---|---|
//! | [`tree`] | a tree in memory: nodes, properties, paths, phandles, aliases |
//! | [`blob`] | the flattened form, read and written (Devicetree Specification 0.4, section 5) |
//! | [`address`] | `reg` and `ranges`: where a device is for the CPU |
//! | [`interrupt`] | which interrupts a device has, as numbers of the GIC |
//! | [`reference`](mod@reference) | properties that name other nodes by phandle |
//! | [`select`] | parts of a tree, for passthrough or without disabled devices |
//! | [`patch`] | changes to a tree: memory, CPUs, interrupt controller, `chosen` |
//! | [`guest`] | a whole tree for a guest from a description |
//!
//! ```
//! use fdt::tree::{Node, Tree};
//!
//! let mut tree = Tree::default();
//! tree.root.set_u32("#address-cells", 1);
//! tree.root.set_u32("#size-cells", 1);
//! let mut uart = Node::new("serial@9000000");
//! uart.set_cells("reg", &[0x900_0000, 0x1000]);
//! tree.root.push(uart);
//!
//! let blob = fdt::blob::write(&tree).unwrap();
//! let tree = fdt::blob::read(&blob).unwrap();
//! let uart = tree.find("/serial@9000000").unwrap();
//! assert_eq!(uart.regions().unwrap()[0].base, 0x900_0000);
//! ```
//!
//! Nothing here panics on what a blob holds, and every error names the node.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod blob;
pub mod cells;
mod error;
pub mod guest;
pub mod interrupt;
pub mod patch;
pub mod reference;
pub mod select;
pub mod tree;

pub use error::Error;

#[cfg(test)]
mod testing;
