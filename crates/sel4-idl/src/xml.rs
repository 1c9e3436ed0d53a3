//! XML with errors that carry file and line.

pub(crate) use roxmltree::Node;

use crate::error::{Error, Result};

/// A parsed text and its name, for messages.
pub(crate) struct Document<'i> {
    file: &'i str,
    tree: roxmltree::Document<'i>,
}

impl<'i> Document<'i> {
    pub(crate) fn parse(file: &'i str, text: &'i str) -> Result<Self> {
        let tree = roxmltree::Document::parse(text)
            .map_err(|error| Error::Xml { file: file.to_owned(), reason: error.to_string() })?;
        Ok(Self { file, tree })
    }

    /// The root element, which must have the name that `expected` shows.
    pub(crate) fn root(&self, name: &str, expected: &'static str) -> Result<Node<'_, 'i>> {
        let root = self.tree.root_element();
        if root.has_tag_name(name) {
            Ok(root)
        } else {
            Err(self.unexpected(root, element(root), expected))
        }
    }

    pub(crate) fn attribute<'n>(
        &self, node: Node<'n, 'i>, attribute: &'static str,
    ) -> Result<&'n str> {
        node.attribute(attribute).ok_or_else(|| Error::MissingAttribute {
            file: self.file.to_owned(),
            line: self.line(node),
            element: node.tag_name().name().to_owned(),
            attribute,
        })
    }

    pub(crate) fn unexpected(
        &self, node: Node<'_, 'i>, found: String, expected: &'static str,
    ) -> Error {
        Error::Unexpected { file: self.file.to_owned(), line: self.line(node), found, expected }
    }

    fn line(&self, node: Node<'_, 'i>) -> u32 {
        self.tree.text_pos_at(node.range().start).row
    }
}

/// The element's name in angle brackets.
pub(crate) fn element(node: Node<'_, '_>) -> String {
    format!("<{}>", node.tag_name().name())
}

/// The child elements of `node`, without text and comments.
pub(crate) fn elements<'n, 'i>(node: Node<'n, 'i>) -> impl Iterator<Item = Node<'n, 'i>> {
    node.children().filter(Node::is_element)
}
