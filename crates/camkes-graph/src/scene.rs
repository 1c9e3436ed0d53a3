//! What is drawn: boxes with rows, and links between rows.
//!
//! A scene knows nothing of the CAmkES language, so that the layout and the writers can be tested
//! with a handful of boxes.

/// How a box is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// A passive component: a server that only handles calls and events.
    Server,
    /// A component with a thread of control of its own.
    Active,
    /// A virtual machine monitor and its guest.
    VirtualMachine,
    /// A stand-in for a hardware device; it has no code.
    Hardware,
}

/// How a link is drawn: what travels over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// A procedure call.
    Call,
    /// A procedure call whose bulk data lies in shared memory.
    CallWithMemory,
    /// A notification.
    Event,
    /// Shared memory.
    Memory,
    /// Virtqueues: shared memory and notifications in both directions.
    VirtQueue,
    /// A device's registers, ports or interrupt.
    Device,
}

impl LinkKind {
    /// Every kind, in the order of the legend.
    pub const ALL: [Self; 6] = [
        Self::Call,
        Self::CallWithMemory,
        Self::Event,
        Self::Memory,
        Self::VirtQueue,
        Self::Device,
    ];

    /// The words of the legend.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Call => "procedure call",
            Self::CallWithMemory => "call with shared memory",
            Self::Event => "event",
            Self::Memory => "shared memory",
            Self::VirtQueue => "virtqueues",
            Self::Device => "device",
        }
    }
}

/// A line of a box that links can end at: an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The interface's name.
    pub name: String,
    /// Its type.
    pub detail: String,
    /// A short fact set to the right: the size of its shared memory, or a link to the same box.
    pub note: String,
    /// The text shown while the pointer rests on the row.
    pub hover: String,
    /// Nothing is connected here.
    pub unconnected: bool,
}

/// A line of a box that no link ends at: guest memory, a device passed through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// What kind of fact: `RAM`, `device`, `IRQ`.
    pub label: String,
    /// The fact.
    pub value: String,
    /// The text shown while the pointer rests on the line.
    pub hover: String,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The heading: the instance's name, unique in the scene.
    pub name: String,
    /// Below the heading: the component type.
    pub subtitle: String,
    /// How it is drawn.
    pub kind: NodeKind,
    /// Interfaces.
    pub rows: Vec<Row>,
    /// Facts, below the interfaces.
    pub facts: Vec<Fact>,
    /// The text shown while the pointer rests on the heading: attributes and their values.
    pub hover: String,
}

/// One end of a link: a row of a box, both as indices into their vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Index into [`Scene::nodes`].
    pub node: usize,
    /// Index into [`Node::rows`].
    pub row: usize,
}

/// A link between two rows, with an arrowhead at `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it starts.
    pub from: Port,
    /// Where it ends.
    pub to: Port,
    /// How it is drawn.
    pub kind: LinkKind,
    /// The connection's name.
    pub name: String,
    /// The text shown while the pointer rests on the line.
    pub hover: String,
}

/// A picture that has not been laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// The picture's title.
    pub title: String,
    /// The boxes. Their order decides between layouts that are equally good.
    pub nodes: Vec<Node>,
    /// The links. A link from a box to itself is not drawn: put it into the rows' notes.
    pub links: Vec<Link>,
}
