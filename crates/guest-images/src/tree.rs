//! A file system in memory, on the way into an archive.

use std::collections::BTreeMap;

/// How often links to directories are followed in one path, as in Linux.
const MOST_LINKS: usize = 40;

/// Files by their paths, without a leading slash. A directory comes before what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
}

/// One file, of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Permissions, the lower 12 bits of a mode.
    pub permissions: u32,
    /// The owner's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
    /// Seconds since 1970: always 0 for what is made here, so that equal inputs give equal bytes.
    pub modified: u32,
    /// What it is.
    pub content: Content,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A directory.
    Directory,
    /// A regular file.
    File(Vec<u8>),
    /// A symbolic link, to this path.
    Link(String),
    /// A device, pipe or socket: its type, the upper bits of a mode, and its numbers.
    Special {
        /// Such as 0o020000, a character device.
        kind: u32,
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
}

/// Why something can't be put into a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The path itself.
    #[error("`{0}` is no path inside of a root file system: expected names between slashes")]
    Path(String),
    /// A part of it is a file.
    #[error("`{0}` is no directory")]
    NotADirectory(String),
    /// It is a directory.
    #[error("`{0}` is a directory, and can't be replaced by a file")]
    IsADirectory(String),
    /// Links that lead nowhere.
    #[error("`{0}` has too many symbolic links")]
    Loop(String),
}

impl Tree {
    /// The file at exactly this path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// All files, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// How many files there are, directories and links included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Puts a file of root's in, in the place of an old one.
    ///
    /// # Errors
    /// See [`Tree::insert_node`].
    pub fn insert(
        &mut self, path: &str, permissions: u32, content: Content,
    ) -> Result<(), TreeError> {
        let node = Node { permissions, user: 0, group: 0, modified: 0, content };
        self.insert_node(path, node)
    }

    /// Puts a file in, in the place of an old one. Directories on the way are made, and links to
    /// directories are followed: `lib/x` lands in `usr/lib` where `lib` links to it.
    ///
    /// # Errors
    /// The path isn't one, or a file would take a directory's place, or the other way round.
    pub fn insert_node(&mut self, path: &str, node: Node) -> Result<(), TreeError> {
        let (mut place, name) = match path.trim_matches('/').rsplit_once('/') {
            Some((parents, name)) => (self.directory(path, parents)?, name),
            None => (String::new(), path.trim_matches('/')),
        };
        if name.is_empty() || name == "." || name == ".." || path.contains('\0') {
            return Err(TreeError::Path(path.to_owned()));
        }
        push(&mut place, name);
        let is_directory = node.content == Content::Directory;
        match self.nodes.get(&place).map(|old| &old.content) {
            Some(Content::Directory) if !is_directory => Err(TreeError::IsADirectory(place)),
            Some(Content::Link(_)) if is_directory => {
                // What comes with the directory goes to where the link leads.
                self.directory(path, &place).map(drop)
            }
            Some(Content::File(_) | Content::Special { .. }) if is_directory => {
                Err(TreeError::NotADirectory(place))
            }
            _ => {
                self.nodes.insert(place, node);
                Ok(())
            }
        }
    }

    /// Adds everything of another tree, which wins where both have a file.
    ///
    /// # Errors
    /// A file would take a directory's place, or the other way round.
    pub fn merge(&mut self, other: &Self, below: &str) -> Result<(), TreeError> {
        for (path, node) in &other.nodes {
            let path = if below.is_empty() { path.clone() } else { format!("{below}/{path}") };
            self.insert_node(&path, node.clone())?;
        }
        Ok(())
    }

    /// The real path of a directory; what is missing of it is made.
    fn directory(&mut self, whole: &str, path: &str) -> Result<String, TreeError> {
        let mut links = 0;
        let mut left: Vec<String> = parts(path);
        left.reverse();
        let mut place = String::new();
        while let Some(part) = left.pop() {
            if part == ".." {
                // Only a link's target may have it: `usr/lib64` -> `../lib64`.
                if links == 0 {
                    return Err(TreeError::Path(whole.to_owned()));
                }
                place.truncate(place.rfind('/').unwrap_or(0));
                continue;
            }
            let mut next = place.clone();
            push(&mut next, &part);
            match self.nodes.get(&next).map(|node| &node.content) {
                None => {
                    let node = Node {
                        permissions: 0o755,
                        user: 0,
                        group: 0,
                        modified: 0,
                        content: Content::Directory,
                    };
                    self.nodes.insert(next.clone(), node);
                    place = next;
                }
                Some(Content::Directory) => place = next,
                Some(Content::Link(target)) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(TreeError::Loop(whole.to_owned()));
                    }
                    if target.starts_with('/') {
                        place.clear();
                    }
                    left.extend(parts(target).into_iter().rev());
                }
                Some(_) => return Err(TreeError::NotADirectory(next)),
            }
        }
        Ok(place)
    }
}

fn push(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(name);
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}

#[cfg(test)]
mod test;
