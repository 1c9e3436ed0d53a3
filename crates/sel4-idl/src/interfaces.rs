//! Object invocations: `interfaces/object-api*.xml`.
//!
//! A prefix has three such files. Invocation labels count the enabled methods of all three, in
//! the order generic, seL4 architecture, architecture; see [`Interfaces::labels`].

use crate::condition::Condition;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::xml::{Document, Node, element, elements};

/// The files of a prefix, below `libsel4/include`, in the order that labels are counted in.
pub const FILES: [&str; 3] = [
    "interfaces/object-api.xml",
    "interfaces/object-api-sel4-arch.xml",
    "interfaces/object-api-arch.xml",
];

/// Label 0, which no method has.
pub const INVALID_INVOCATION: &str = "InvalidInvocation";

/// All that one or more files describe, conditions not yet evaluated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// Register structures that methods pass by value, word by word.
    pub structs: Vec<Struct>,
    /// The interfaces in the order of the files.
    pub interfaces: Vec<Interface>,
}

/// A structure of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct {
    /// C name, e.g. `seL4_UserContext`.
    pub name: String,
    /// Names of the words in the order of memory.
    pub members: Vec<String>,
}

/// The methods of one capability type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// C name of the capability type, e.g. `seL4_TCB`.
    pub name: String,
    /// The methods in the order of the file.
    pub methods: Vec<Method>,
}

/// An invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Name of the label, e.g. `TCBReadRegisters`.
    pub id: String,
    /// Name of the method, e.g. `ReadRegisters`.
    pub name: String,
    /// When the kernel has it.
    pub condition: Condition,
    /// One sentence on what it does; empty if the file has none.
    pub brief: String,
    /// Parameters in the order that they are laid into the message. The invoked capability
    /// isn't one of them.
    pub params: Vec<Param>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Name.
    pub name: String,
    /// C type, e.g. `seL4_Word`.
    pub ty: String,
    /// Whether it is given or comes back.
    pub direction: Direction,
    /// What it means; empty if the file doesn't say, or says it with markup.
    pub description: String,
}

/// Which way a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the caller to the kernel.
    In,
    /// From the kernel to the caller.
    Out,
}

impl Interfaces {
    /// Reads one file; `file` is its name, for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let document = Document::parse(file, text)?;
        let mut this = Self::default();
        for node in elements(document.root("api", "<api> as the root of an interface file")?) {
            match node.tag_name().name() {
                "struct" => this.structs.push(Struct::parse(&document, node)?),
                "interface" => this.interfaces.push(Interface::parse(&document, node)?),
                _ => {
                    return Err(document.unexpected(
                        node,
                        element(node),
                        "<struct> or <interface>",
                    ));
                }
            }
        }
        Ok(this)
    }

    /// Reads several files, given as name and text, in the order of labels.
    pub fn parse_all<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut all = Self::default();
        for (file, text) in files {
            let one = Self::parse(file, text)?;
            all.structs.extend(one.structs);
            all.interfaces.extend(one.interfaces);
        }
        Ok(all)
    }

    /// The methods that a kernel with this configuration has, with their interfaces. The method
    /// at index `n` has the label `n + 1`.
    pub fn methods<'a>(
        &'a self, config: &'a Config,
    ) -> impl Iterator<Item = (&'a Interface, &'a Method)> {
        self.interfaces.iter().flat_map(move |interface| {
            interface
                .methods
                .iter()
                .filter(move |method| method.condition.holds(config))
                .map(move |method| (interface, method))
        })
    }

    /// The names of all labels of a configured kernel, from label 0 on.
    pub fn labels<'a>(&'a self, config: &'a Config) -> Result<Vec<&'a str>> {
        let mut labels = vec![INVALID_INVOCATION];
        for (_, method) in self.methods(config) {
            if labels.contains(&method.id.as_str()) {
                return Err(Error::DuplicateMethod { id: method.id.clone() });
            }
            labels.push(&method.id);
        }
        Ok(labels)
    }
}

impl Struct {
    fn parse<'i>(document: &Document<'i>, node: Node<'_, 'i>) -> Result<Self> {
        let members = elements(node)
            .map(|member| Ok(document.attribute(member, "name")?.to_owned()))
            .collect::<Result<_>>()?;
        Ok(Self { name: document.attribute(node, "name")?.to_owned(), members })
    }
}

impl Interface {
    fn parse<'i>(document: &Document<'i>, node: Node<'_, 'i>) -> Result<Self> {
        let methods = elements(node)
            .filter(|child| child.has_tag_name("method"))
            .map(|child| Method::parse(document, child))
            .collect::<Result<_>>()?;
        Ok(Self { name: document.attribute(node, "name")?.to_owned(), methods })
    }
}

impl Method {
    fn parse<'i>(document: &Document<'i>, node: Node<'_, 'i>) -> Result<Self> {
        let brief =
            elements(node).find(|child| child.has_tag_name("brief")).and_then(|brief| brief.text());
        let params = elements(node)
            .filter(|child| child.has_tag_name("param"))
            .map(|child| Param::parse(document, child))
            .collect::<Result<_>>()?;
        Ok(Self {
            id: document.attribute(node, "id")?.to_owned(),
            name: document.attribute(node, "name")?.to_owned(),
            condition: Condition::of(document, node)?,
            brief: one_line(brief.unwrap_or_default()),
            params,
        })
    }

    /// The parameters that go one way.
    pub fn params(&self, direction: Direction) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |param| param.direction == direction)
    }
}

impl Param {
    fn parse<'i>(document: &Document<'i>, node: Node<'_, 'i>) -> Result<Self> {
        let direction = match document.attribute(node, "dir")? {
            "in" => Direction::In,
            "out" => Direction::Out,
            other => {
                return Err(document.unexpected(
                    node,
                    format!("the direction \"{other}\""),
                    "\"in\" or \"out\"",
                ));
            }
        };
        Ok(Self {
            name: document.attribute(node, "name")?.to_owned(),
            ty: document.attribute(node, "type")?.to_owned(),
            direction,
            description: one_line(node.attribute("description").unwrap_or_default()),
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "interfaces_test.rs"]
mod test;
