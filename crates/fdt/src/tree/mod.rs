//! A tree in memory.

mod node;
mod place;

pub use node::{Node, Property};
pub use place::Place;

use crate::Error;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A device tree. Values borrow from the blob that it was read from, until they are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree<'a> {
    /// The root, whose name is empty.
    pub root: Node<'a>,
    /// Memory reservations of the blob: base and size in bytes.
    pub reservations: Vec<(u64, u64)>,
    /// The physical number of the CPU that boots.
    pub boot_cpu: u32,
}

impl<'a> Tree<'a> {
    /// The root as a place.
    #[must_use]
    pub fn top(&self) -> Place<'_, 'a> {
        Place::root(self)
    }

    /// Every node with its place, parents first.
    #[must_use]
    pub fn places(&self) -> Vec<Place<'_, 'a>> {
        let mut places = Vec::new();
        let mut waiting = Vec::from([self.top()]);
        while let Some(place) = waiting.pop() {
            let children: Vec<_> = place.children().collect();
            waiting.extend(children.into_iter().rev());
            places.push(place);
        }
        places
    }

    /// The node of a path (`/soc/serial@1000`) or of an alias, followed by a path or not
    /// (`serial0`, `bus0/device@1`). A unit address may be left away where one node only fits.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn find(&self, path: &str) -> Result<Place<'_, 'a>, Error> {
        let absent = || Error::NoNode { path: path.to_string() };
        let (start, rest) = match path.strip_prefix('/') {
            Some(rest) => (self.top(), rest),
            None => {
                let (alias, rest) = path.split_once('/').unwrap_or((path, ""));
                let target = self.alias(alias).ok_or_else(absent)?;
                // The alias of an alias isn't one, so this ends.
                if !target.starts_with('/') {
                    return Err(absent());
                }
                (self.find(target)?, rest)
            }
        };
        let mut place = start;
        for name in rest.split('/').filter(|name| !name.is_empty()) {
            place = child(&place, name, path)?.ok_or_else(absent)?;
        }
        Ok(place)
    }

    /// The path that an alias stands for.
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<&str> {
        self.root.child("aliases")?.text(name)
    }

    /// The `chosen` node.
    #[must_use]
    pub fn chosen(&self) -> Option<&Node<'a>> {
        self.root.child("chosen")
    }

    /// The console's node: `stdout-path` of `chosen`, without the options after a colon.
    ///
    /// # Errors
    /// `chosen` doesn't name one, or it isn't there.
    pub fn stdout(&self) -> Result<Place<'_, 'a>, Error> {
        let path =
            self.chosen().and_then(|chosen| chosen.text("stdout-path")).ok_or_else(|| {
                Error::NoProperty { node: "/chosen".into(), property: "stdout-path".into() }
            })?;
        self.find(path.split(':').next().unwrap_or(path))
    }

    /// The node with a phandle.
    #[must_use]
    pub fn by_phandle(&self, phandle: u32) -> Option<Place<'_, 'a>> {
        self.top().search(&|node: &Node<'a>| node.phandle() == Some(phandle))
    }

    /// A phandle that no node has.
    #[must_use]
    pub fn free_phandle(&self) -> u32 {
        let used: alloc::collections::BTreeSet<u32> =
            self.places().iter().filter_map(|place| place.node().phandle()).collect();
        // There are fewer nodes than numbers.
        (1..u32::MAX).find(|number| !used.contains(number)).unwrap_or(u32::MAX)
    }

    /// A node by its exact path, to change it.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Node<'a>> {
        path.strip_prefix('/')?
            .split('/')
            .filter(|name| !name.is_empty())
            .try_fold(&mut self.root, |node, name| {
                node.children.iter_mut().find(|child| child.name == name)
            })
    }

    /// Takes a node out, found by its exact path.
    pub fn remove(&mut self, path: &str) -> Option<Node<'a>> {
        let (parent, name) = path.rsplit_once('/')?;
        let parent = if parent.is_empty() { "/" } else { parent };
        let parent = self.get_mut(parent)?;
        let index = parent.children.iter().position(|child| child.name == name)?;
        Some(parent.children.remove(index))
    }
}

fn child<'t, 'a>(
    place: &Place<'t, 'a>, name: &str, path: &str,
) -> Result<Option<Place<'t, 'a>>, Error> {
    if let Some(child) = place.children().find(|child| child.node().name == name) {
        return Ok(Some(child));
    }
    let mut fitting: Vec<_> =
        place.children().filter(|child| child.node().base_name() == name).collect();
    if fitting.len() > 1 {
        return Err(Error::Ambiguous { path: String::from(path), count: fitting.len() });
    }
    Ok(fitting.pop())
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::board;

    #[test]
    fn finds_by_path_alias_and_phandle() {
        let tree = board();
        assert_eq!(tree.find("/soc/serial@1000").unwrap().path(), "/soc/serial@1000");
        assert_eq!(tree.find("/soc/serial").unwrap().path(), "/soc/serial@1000");
        assert_eq!(tree.find("serial0").unwrap().path(), "/soc/serial@1000");
        assert_eq!(tree.find("/").unwrap().path(), "/");
        assert_eq!(tree.stdout().unwrap().path(), "/soc/serial@1000");
        assert_eq!(tree.by_phandle(1).unwrap().path(), "/interrupt-controller@8000000");
        let used = tree.free_phandle();
        assert!(tree.by_phandle(used).is_none());
    }

    #[test]
    fn names_what_it_does_not_find() {
        let tree = board();
        let text = |path: &str| tree.find(path).unwrap_err().to_string();
        assert_eq!(text("/soc/nothing"), "device tree: there is no node \"/soc/nothing\"");
        assert_eq!(text("serial7"), "device tree: there is no node \"serial7\"");
        assert_eq!(
            text("/soc/gpio"),
            "device tree: \"/soc/gpio\" fits 2 nodes; add the unit address"
        );
    }

    #[test]
    fn removes_and_changes() {
        let mut tree = board();
        assert!(tree.remove("/soc/serial@1000").is_some());
        assert!(tree.remove("/soc/serial@1000").is_none());
        tree.get_mut("/soc").unwrap().set_text("status", "disabled");
        assert!(!tree.find("/soc").unwrap().node().is_enabled());
    }
}
