//! Conditions on configuration values.

use crate::config::Config;
use crate::error::Result;
use crate::xml::{Document, Node, element, elements};

/// Levels of conditions within each other. The kernel's files have two or three.
const MAX_DEPTH: u32 = 32;

/// A condition, as in `<condition><not><config var="CONFIG_KERNEL_MCS"/></not></condition>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing to fulfil.
    Always,
    /// The switch is on. The name comes without `CONFIG_`.
    Enabled(String),
    /// The inner condition is false.
    Not(Box<Condition>),
    /// All are true.
    All(Vec<Condition>),
    /// At least one is true.
    Any(Vec<Condition>),
}

impl Condition {
    /// Whether the condition holds. Switches that the configuration lacks are off.
    pub fn holds(&self, config: &Config) -> bool {
        match self {
            Self::Always => true,
            Self::Enabled(name) => config.is_enabled(name),
            Self::Not(inner) => !inner.holds(config),
            Self::All(inner) => inner.iter().all(|condition| condition.holds(config)),
            Self::Any(inner) => inner.iter().any(|condition| condition.holds(config)),
        }
    }

    /// Reads the `<condition>` child of `parent`, if there is one.
    pub(crate) fn of<'i>(document: &Document<'i>, parent: Node<'_, 'i>) -> Result<Self> {
        match elements(parent).find(|node| node.has_tag_name("condition")) {
            Some(node) => Self::only_child(document, node, 1),
            None => Ok(Self::Always),
        }
    }

    fn only_child<'i>(document: &Document<'i>, node: Node<'_, 'i>, depth: u32) -> Result<Self> {
        let mut inner = Self::children(document, node, depth)?;
        match (inner.pop(), inner.is_empty()) {
            (Some(condition), true) => Ok(condition),
            (last, _) => Err(document.unexpected(
                node,
                format!(
                    "{} conditions in {}",
                    inner.len() + usize::from(last.is_some()),
                    element(node)
                ),
                "exactly one",
            )),
        }
    }

    fn children<'i>(document: &Document<'i>, node: Node<'_, 'i>, depth: u32) -> Result<Vec<Self>> {
        elements(node).map(|child| Self::parse(document, child, depth)).collect()
    }

    fn parse<'i>(document: &Document<'i>, node: Node<'_, 'i>, depth: u32) -> Result<Self> {
        if depth > MAX_DEPTH {
            let found = format!("a condition that is nested more than {MAX_DEPTH} deep");
            return Err(document.unexpected(node, found, "fewer levels"));
        }
        match node.tag_name().name() {
            "config" => {
                let name = document.attribute(node, "var")?;
                match name.strip_prefix("CONFIG_") {
                    Some(name) => Ok(Self::Enabled(name.to_owned())),
                    None => Err(document.unexpected(
                        node,
                        format!("the option \"{name}\""),
                        "a name that starts with CONFIG_",
                    )),
                }
            }
            "not" => Ok(Self::Not(Box::new(Self::only_child(document, node, depth + 1)?))),
            "and" => Ok(Self::All(Self::children(document, node, depth + 1)?)),
            "or" => Ok(Self::Any(Self::children(document, node, depth + 1)?)),
            _ => Err(document.unexpected(node, element(node), "<config>, <not>, <and> or <or>")),
        }
    }
}
