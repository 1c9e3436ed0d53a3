//! What can be wrong with a tree.

use alloc::string::String;

/// An error of a device tree. Nodes are named by their paths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The blob is damaged.
    #[error("device tree blob: {what} at byte {at:#x}")]
    Damaged {
        /// What is wrong.
        what: &'static str,
        /// The place, from the blob's begin.
        at: usize,
    },
    /// The tree is too large for the flattened form, whose offsets have 32 bits.
    #[error("device tree: too large for the flattened form, whose offsets have 32 bits")]
    TooLarge,
    /// A node or property has a name that the flattened form can't hold.
    #[error("{node}: the name {name:?} is empty or holds a zero byte or a slash")]
    Name {
        /// The node, or the parent of the node.
        node: String,
        /// The name.
        name: String,
    },
    /// There is no node with this path or alias.
    #[error("device tree: there is no node {path:?}")]
    NoNode {
        /// The path or alias that was looked for.
        path: String,
    },
    /// A path without unit address fits several nodes.
    #[error("device tree: {path:?} fits {count} nodes; add the unit address")]
    Ambiguous {
        /// The path that was looked for.
        path: String,
        /// How many nodes it fits.
        count: usize,
    },
    /// A property that is needed is absent.
    #[error("{node}: the property {property:?} is missing")]
    NoProperty {
        /// The node.
        node: String,
        /// The property.
        property: String,
    },
    /// A property has a value that can't be.
    #[error("{node}: {property:?} {found}; expected {expected}")]
    Value {
        /// The node.
        node: String,
        /// The property.
        property: String,
        /// What it has, as a verb with its object.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A phandle that no node has.
    #[error("{node}: {property:?} refers to phandle {phandle:#x}, which no node has")]
    NoPhandle {
        /// The node that refers to it.
        node: String,
        /// The property that refers to it.
        property: String,
        /// The number.
        phandle: u32,
    },
    /// An address on a bus that has no way to the CPU's addresses.
    #[error("{node}: the address {address:#x} can't be translated, as the bus {bus} {reason}")]
    NotTranslatable {
        /// The node with the address.
        node: String,
        /// The address, on the bus named.
        address: u64,
        /// The bus that stops it.
        bus: String,
        /// Why, as a verb with its object.
        reason: &'static str,
    },
    /// No interrupt parent was found.
    #[error("{node}: has interrupts, but neither it nor a node above it names an interrupt-parent")]
    NoInterruptParent {
        /// The node.
        node: String,
    },
    /// The interrupt can't be decoded.
    #[error("{node}: interrupt {cells:x?} of {controller}: {reason}")]
    Interrupt {
        /// The device.
        node: String,
        /// The controller or nexus.
        controller: String,
        /// The specifier.
        cells: alloc::vec::Vec<u32>,
        /// What is wrong.
        reason: String,
    },
    /// A node refers to one that isn't part of the new tree.
    #[error("{node}: {property:?} refers to {target}, which is not in the guest's tree")]
    Dangling {
        /// The node that stays.
        node: String,
        /// The property that refers to it.
        property: String,
        /// The path of the node that is absent.
        target: String,
    },
    /// A guest description that can't be.
    #[error("guest device tree: {what} {found}; expected {expected}")]
    Description {
        /// The part of the description.
        what: &'static str,
        /// What it is, as a verb with its object.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
}
