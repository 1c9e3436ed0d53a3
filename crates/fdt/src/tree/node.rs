//! A node and its properties.

use crate::cells;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// The bytes.
    pub value: Cow<'a, [u8]>,
}

/// A node with what is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node<'a> {
    /// The name with its unit address; empty for the root.
    pub name: Cow<'a, str>,
    /// The properties, in their order.
    pub properties: Vec<Property<'a>>,
    /// The nodes below.
    pub children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// An empty node.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The name without the unit address.
    #[must_use]
    pub fn base_name(&self) -> &str {
        self.name.split('@').next().unwrap_or_default()
    }

    /// The value of a property.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.properties
            .iter()
            .find(|property| property.name == name)
            .map(|property| &*property.value)
    }

    /// Whether the property is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A property of exactly one cell.
    #[must_use]
    pub fn u32(&self, name: &str) -> Option<u32> {
        Some(u32::from_be_bytes(self.get(name)?.try_into().ok()?))
    }

    /// A property's cells, if its length is a multiple of four bytes.
    #[must_use]
    pub fn cells(&self, name: &str) -> Option<Vec<u32>> {
        cells::decode(self.get(name)?)
    }

    /// The first string of a property, if it ends with a zero byte and is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// The strings of a property; those that aren't UTF-8 or have no end are left out.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == 0)
            .filter_map(|text| core::str::from_utf8(text.strip_suffix(&[0])?).ok())
    }

    /// Whether one of its `compatible` strings is this one.
    #[must_use]
    pub fn is_compatible(&self, with: &str) -> bool {
        self.texts("compatible").any(|text| text == with)
    }

    /// Whether the device may be used: no `status`, or "okay" (section 2.3.4).
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        !self.has("status") || matches!(self.text("status"), Some("okay" | "ok"))
    }

    /// Its phandle, under the present or the old name.
    #[must_use]
    pub fn phandle(&self) -> Option<u32> {
        self.u32("phandle").or_else(|| self.u32("linux,phandle"))
    }

    /// The first child with this exact name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Node<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The child with this exact name, made if it isn't there.
    pub fn child_or_new(&mut self, name: &'static str) -> &mut Node<'a> {
        let index = match self.children.iter().position(|child| child.name == name) {
            Some(index) => index,
            None => {
                self.children.push(Node::new(name));
                self.children.len() - 1
            }
        };
        &mut self.children[index]
    }

    /// Appends a child.
    pub fn push(&mut self, child: Node<'a>) {
        self.children.push(child);
    }

    /// Sets a property, in its old place if it is there already.
    pub fn set(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, [u8]>>) {
        let (name, value) = (name.into(), value.into());
        match self.properties.iter_mut().find(|old| old.name == name) {
            Some(old) => old.value = value,
            None => self.properties.push(Property { name, value }),
        }
    }

    /// Sets a property without value.
    pub fn set_flag(&mut self, name: impl Into<Cow<'a, str>>) {
        self.set(name, Vec::new());
    }

    /// Sets a property of one cell.
    pub fn set_u32(&mut self, name: impl Into<Cow<'a, str>>, value: u32) {
        self.set_cells(name, &[value]);
    }

    /// Sets a property of some cells.
    pub fn set_cells(&mut self, name: impl Into<Cow<'a, str>>, cells: &[u32]) {
        let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_be_bytes()).collect();
        self.set(name, bytes);
    }

    /// Sets a property of one string. What follows a zero byte would be another string.
    pub fn set_text(&mut self, name: impl Into<Cow<'a, str>>, text: &str) {
        self.set_texts(name, &[text]);
    }

    /// Sets a property of several strings.
    pub fn set_texts(&mut self, name: impl Into<Cow<'a, str>>, texts: &[&str]) {
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        self.set(name, bytes);
    }

    /// Removes a property; whether it was there.
    pub fn unset(&mut self, name: &str) -> bool {
        let before = self.properties.len();
        self.properties.retain(|property| property.name != name);
        self.properties.len() != before
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn properties() {
        let mut node = Node::new("serial@1000");
        assert_eq!(node.base_name(), "serial");
        assert!(node.is_enabled());
        node.set_texts("compatible", &["arm,pl011", "arm,primecell"]);
        assert!(node.is_compatible("arm,primecell") && !node.is_compatible("arm"));
        node.set("status", &b"okay"[..]);
        assert!(!node.is_enabled(), "no zero byte at the end");
        node.set_text("status", "okay");
        assert!(node.is_enabled());
        node.set_u32("linux,phandle", 7);
        assert_eq!(node.phandle(), Some(7));
        node.set_cells("reg", &[1, 2]);
        assert_eq!(node.u32("reg"), None);
        assert_eq!(node.cells("reg"), Some(alloc::vec![1, 2]));
        assert!(node.unset("reg") && !node.unset("reg"));
    }
}
