//! A device tree in memory.

use super::blob::{Blob, Piece};

/// Real trees are about ten levels deep.
const DEPTH_LIMIT: usize = 64;

/// A device tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// The nodes in the order of the blob; the first is the root.
    nodes: Vec<Node>,
    /// The blob's size in bytes.
    pub size: usize,
}

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// From the root, with a slash before each name. The root's is `/`.
    pub path: String,
    /// Index of the parent.
    pub parent: Option<usize>,
    /// Names and values, in the order of the blob.
    pub properties: Vec<(String, Property)>,
}

/// A property's value. The blob doesn't say what it is; it is guessed from
/// the bytes in the way that `dtc` and the C tool do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    Empty,
    Strings(Vec<String>),
    Words(Vec<u32>),
    /// The C tool takes bytes as signed.
    Bytes(Vec<i8>),
}

impl Tree {
    /// Reads a blob. The error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut blob = Blob::new(bytes)?;
        let mut tree = Self { nodes: Vec::new(), size: bytes.len() };
        // The nodes that are open, the root first.
        let mut open: Vec<usize> = Vec::new();
        while let Some(piece) = blob.next()? {
            match (piece, open.last().copied()) {
                (Piece::BeginNode(_), None) if !tree.nodes.is_empty() => {
                    return Err("it has two roots".to_owned());
                }
                (Piece::BeginNode(_), _) if open.len() > DEPTH_LIMIT => {
                    return Err(format!("nodes are nested more than {DEPTH_LIMIT} deep"));
                }
                (Piece::BeginNode(name), parent) => {
                    open.push(tree.nodes.len());
                    tree.nodes.push(Node {
                        path: tree.path_of(parent, name),
                        parent,
                        properties: Vec::new(),
                    });
                }
                (Piece::EndNode, Some(_)) => {
                    open.pop();
                }
                (Piece::Property(name, value), Some(node)) => {
                    tree.nodes[node].properties.push((name.to_owned(), Property::guess(value)))
                }
                (_, None) => return Err("something is outside of its root".to_owned()),
            }
        }
        if open.is_empty() && !tree.nodes.is_empty() {
            Ok(tree)
        } else {
            Err("it ends inside of a node".to_owned())
        }
    }

    fn path_of(&self, parent: Option<usize>, name: &str) -> String {
        match parent.map(|parent| self.nodes[parent].path.as_str()) {
            None => "/".to_owned(),
            Some("/") => format!("/{name}"),
            Some(path) => format!("{path}/{name}"),
        }
    }

    /// The node of that index.
    pub fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// Every node but the root, in the order of the blob.
    pub fn below_root(&self) -> impl Iterator<Item = usize> + use<> {
        1..self.nodes.len()
    }

    /// The node of exactly that path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.path == path)
    }

    /// Every path but the root's.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().skip(1).map(|node| node.path.as_str())
    }
}

impl Node {
    /// The property of that name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, property)| property)
    }

    /// The 32-bit words of a property; nothing if it has none.
    pub fn words(&self, name: &str) -> Option<&[u32]> {
        match self.property(name)? {
            Property::Words(words) => Some(words),
            _ => None,
        }
    }
}

impl Property {
    fn guess(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if let Some(strings) = strings(bytes) {
            return Self::Strings(strings);
        }
        let (words, rest) = bytes.as_chunks::<4>();
        if rest.is_empty() {
            return Self::Words(words.iter().map(|word| u32::from_be_bytes(*word)).collect());
        }
        Self::Bytes(bytes.iter().map(|byte| i8::from_be_bytes([*byte])).collect())
    }
}

/// Bytes are text if they are strings with something in them, each ending in a
/// zero byte.
fn strings(bytes: &[u8]) -> Option<Vec<String>> {
    let text = bytes.strip_suffix(&[0])?;
    text.split(|byte| *byte == 0)
        .map(|part| {
            let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | 0x0b | 0x0c);
            (!part.is_empty() && part.iter().all(printable))
                .then(|| String::from_utf8_lossy(part).into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_guessed_from_their_bytes() {
        for (bytes, expected) in [
            (b"".as_slice(), Property::Empty),
            (b"a\0bc\0", Property::Strings(vec!["a".into(), "bc".into()])),
            (b"a\0\0\0", Property::Words(vec![0x6100_0000])),
            (b"abc\0", Property::Strings(vec!["abc".into()])),
            (b"\0\0\0\x01", Property::Words(vec![1])),
            (b"\xff\x01", Property::Bytes(vec![-1, 1])),
        ] {
            assert_eq!(Property::guess(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert!(Tree::parse(b"").is_err());
        assert!(Tree::parse(&[0; 64]).is_err());
    }
}
