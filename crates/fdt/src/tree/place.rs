//! A node together with the nodes above it.

use super::{Node, Tree};
use crate::{Error, cells};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// A node and where it is in its tree, which decides what its addresses and interrupts mean.
#[derive(Clone)]
pub struct Place<'t, 'a> {
    tree: &'t Tree<'a>,
    /// From the root to the parent; empty for the root.
    above: Vec<&'t Node<'a>>,
    node: &'t Node<'a>,
}

impl<'t, 'a> Place<'t, 'a> {
    pub(super) fn root(tree: &'t Tree<'a>) -> Self {
        Self { tree, above: Vec::new(), node: &tree.root }
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &'t Node<'a> {
        self.node
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &'t Tree<'a> {
        self.tree
    }

    /// The node's path.
    #[must_use]
    pub fn path(&self) -> String {
        if self.above.is_empty() {
            return "/".into();
        }
        self.above[1..].iter().chain([&self.node]).flat_map(|node| ["/", &node.name]).collect()
    }

    /// The node above; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (node, above) = self.above.split_last()?;
        Some(Self { tree: self.tree, above: above.to_vec(), node })
    }

    /// The nodes below.
    pub fn children(&self) -> impl Iterator<Item = Self> {
        let mut above = self.above.clone();
        above.push(self.node);
        let tree = self.tree;
        self.node.children.iter().map(move |node| Self { tree, above: above.clone(), node })
    }

    /// The first node in this part of the tree that a test picks.
    pub(super) fn search(&self, picks: &impl Fn(&Node<'a>) -> bool) -> Option<Self> {
        if picks(self.node) {
            return Some(self.clone());
        }
        let mut above = self.above.clone();
        above.push(self.node);
        let node = below(self.node, &mut above, picks)?;
        Some(Self { tree: self.tree, above, node })
    }

    /// A property of one cell that counts cells, at most `most`.
    ///
    /// # Errors
    /// It isn't one cell, or too large.
    pub fn cell_count(&self, name: &str, default: usize, most: usize) -> Result<usize, Error> {
        if !self.node.has(name) {
            return Ok(default);
        }
        let count = self.node.u32(name).and_then(|n| usize::try_from(n).ok());
        count.filter(|count| *count <= most).ok_or_else(|| {
            self.wrong(
                name,
                format!("has the bytes {:02x?}", self.node.get(name).unwrap_or_default()),
                &format!("one cell with 0 to {most}"),
            )
        })
    }

    /// The cells of a property; none if it is absent.
    ///
    /// # Errors
    /// Its length is no multiple of four bytes.
    pub fn cells(&self, name: &str) -> Result<Option<Vec<u32>>, Error> {
        let Some(value) = self.node.get(name) else {
            return Ok(None);
        };
        cells::decode(value).map(Some).ok_or_else(|| {
            self.wrong(name, format!("has {} bytes", value.len()), "whole cells of 4 bytes")
        })
    }

    /// The node that a phandle in one of this node's properties means.
    ///
    /// # Errors
    /// No node has it.
    pub fn follow(&self, property: &str, phandle: u32) -> Result<Self, Error> {
        self.tree.by_phandle(phandle).ok_or_else(|| Error::NoPhandle {
            node: self.path(),
            property: property.to_string(),
            phandle,
        })
    }

    /// The error for a property whose value can't be.
    pub(crate) fn wrong(&self, property: &str, found: String, expected: &str) -> Error {
        Error::Value {
            node: self.path(),
            property: property.to_string(),
            found,
            expected: expected.to_string(),
        }
    }
}

impl fmt::Debug for Place<'_, '_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Place({})", self.path())
    }
}

/// Searches below a node; `above` ends with the found node's parent.
fn below<'t, 'a>(
    node: &'t Node<'a>, above: &mut Vec<&'t Node<'a>>, picks: &impl Fn(&Node<'a>) -> bool,
) -> Option<&'t Node<'a>> {
    for child in &node.children {
        if picks(child) {
            return Some(child);
        }
        above.push(child);
        if let Some(found) = below(child, above, picks) {
            return Some(found);
        }
        above.pop();
    }
    None
}
