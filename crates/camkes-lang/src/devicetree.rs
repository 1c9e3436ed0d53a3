//! Flattened device trees, and the nodes that `dtb()` selects from them.

mod blob;
mod node_value;
mod select;
mod tree;

pub(crate) use node_value::node_value;
pub(crate) use select::{nearest_path, select};
pub(crate) use tree::Tree;

#[cfg(test)]
mod test;
