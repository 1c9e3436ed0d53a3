//! What the attributes say.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use guest_memory::{GuestAddress, GuestRange};

use crate::read::PAGE;

/// A guest as its attributes describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestConfig {
    /// How many processors it has, 1 to 8 (`num_vcpus`).
    pub vcpus: u8,
    /// The priority that its own are derived from (`base_prio`).
    pub base_priority: u8,
    /// Its memory.
    pub ram: Ram,
    /// Its kernel.
    pub kernel: Kernel,
    /// Its initial RAM disk.
    pub initrd: Option<File>,
    /// Its device tree.
    pub device_tree: DeviceTree,
    /// Whether images are cleaned to the point of coherency even where nobody asks for it.
    pub clean_cache: bool,
    /// Frames of other components that it has as memory (`num_extra_frame_caps`,
    /// `extra_frame_map_address`).
    pub extra_frames: Option<GuestRange>,
    /// Ports of its virtual console that lead to other guests (`serial_layout`).
    pub serial_layout: Vec<SerialLink>,
    /// What somebody should know.
    pub notes: Vec<Note>,
}

impl GuestConfig {
    /// Which of the extra frames is at an address, counted from 0.
    #[must_use]
    pub fn extra_frame_at(&self, address: GuestAddress) -> Option<u64> {
        let frames = self.extra_frames.filter(|frames| frames.contains(address))?;
        Some(address.offset_from(frames.start())? / PAGE)
    }
}

/// Memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ram {
    /// Where the guest sees it.
    pub range: GuestRange,
    /// Where it is, if it is mapped to certain addresses and not just anywhere.
    pub physical: Option<u64>,
}

/// A file of the file server, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its place; `None` if any will do.
    pub at: Option<GuestAddress>,
}

/// A kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The file. Without a place it goes where its format has it.
    pub file: File,
    /// Its command line; empty if it gets none.
    pub command_line: String,
    /// The path of its console in the device tree.
    pub console: Option<String>,
}

/// Where a device tree comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceTree {
    /// The guest gets none.
    None,
    /// A file.
    File(File),
    /// It is made at the start.
    Generated {
        /// The file that devices are taken from; `None` for the board's own tree.
        base: Option<String>,
        /// Its place.
        at: Option<GuestAddress>,
    },
}

/// Two virtual queues that make a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialLink {
    /// The queue to send to.
    pub send: u32,
    /// The queue to receive from.
    pub receive: u32,
}

/// Something that somebody should know, but that stops nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Both ways to say it are used, and one counts.
    Both {
        /// The one that counts.
        counts: &'static str,
        /// The other one.
        ignored: &'static str,
    },
    /// An attribute has an old name.
    Deprecated {
        /// The old name.
        old: &'static str,
        /// The new one.
        new: &'static str,
    },
    /// An attribute has no effect.
    Obsolete {
        /// Which one.
        attribute: &'static str,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both { counts, ignored } => {
                write!(f, "{counts} counts, and not {ignored}, which is set too")
            }
            Self::Deprecated { old, new } => write!(f, "{old} is an old name of {new}"),
            Self::Obsolete { attribute } => write!(f, "{attribute} has no effect any more"),
        }
    }
}
