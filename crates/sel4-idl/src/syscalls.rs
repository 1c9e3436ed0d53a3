//! System call numbers: `api/syscall.xml`.

use crate::condition::Condition;
use crate::config::Config;
use crate::error::Result;
use crate::xml::{Document, Node, element, elements};

/// The file of a prefix, below `libsel4/include`.
pub const FILE: &str = "api/syscall.xml";

/// The two lists of API calls and the list of calls that a kernel may leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Syscalls {
    /// API of kernels without MCS.
    pub master: Vec<Syscall>,
    /// API of MCS kernels.
    pub mcs: Vec<Syscall>,
    /// Debugging, benchmarks and others, numbered after the API.
    pub debug: Vec<Syscall>,
}

/// A system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syscall {
    /// Name, e.g. `ReplyRecv`.
    pub name: String,
    /// When the kernel has it. Without it, its number stays unused.
    pub condition: Condition,
}

impl Syscalls {
    /// Reads the file; `file` is its name, for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let document = Document::parse(file, text)?;
        let mut this = Self::default();
        for node in elements(document.root("syscalls", "<syscalls> as the root")?) {
            let list = match node.tag_name().name() {
                "api-master" => &mut this.master,
                "api-mcs" => &mut this.mcs,
                "debug" => &mut this.debug,
                _ => {
                    return Err(document.unexpected(
                        node,
                        element(node),
                        "<api-master>, <api-mcs> or <debug>",
                    ));
                }
            };
            for group in elements(node) {
                parse_group(&document, group, list)?;
            }
        }
        Ok(this)
    }

    /// Every numbered system call of MCS kernels or of others, present or not: -1, -2, ...
    pub fn numbered(&self, mcs: bool) -> impl Iterator<Item = (i32, &Syscall)> {
        let api = if mcs { &self.mcs } else { &self.master };
        (1..).map(|n: i32| -n).zip(api.iter().chain(&self.debug))
    }

    /// The system calls that a configured kernel has.
    pub fn present<'a>(&'a self, config: &'a Config) -> impl Iterator<Item = (i32, &'a str)> {
        self.numbered(config.is_enabled("KERNEL_MCS"))
            .filter(|(_, call)| call.condition.holds(config))
            .map(|(number, call)| (number, call.name.as_str()))
    }
}

fn parse_group<'i>(
    document: &Document<'i>, group: Node<'_, 'i>, list: &mut Vec<Syscall>,
) -> Result<()> {
    if !group.has_tag_name("config") {
        return Err(document.unexpected(group, element(group), "<config>"));
    }
    let condition = Condition::of(document, group)?;
    for node in elements(group) {
        match node.tag_name().name() {
            "condition" => {}
            "syscall" => list.push(Syscall {
                name: document.attribute(node, "name")?.to_owned(),
                condition: condition.clone(),
            }),
            _ => return Err(document.unexpected(node, element(node), "<condition> or <syscall>")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod test {
    use super::*;

    const TEXT: &str = r#"<syscalls>
        <api-master><config><syscall name="Call"/><syscall name="Reply"/></config></api-master>
        <api-mcs><config><syscall name="Call"/></config></api-mcs>
        <debug>
            <config>
                <condition><config var="CONFIG_PRINTING"/></condition>
                <syscall name="DebugPutChar"/>
            </config>
            <config><syscall name="Last"/></config>
        </debug>
    </syscalls>"#;

    #[test]
    fn absent_calls_keep_their_numbers() {
        let calls = Syscalls::parse("syscall.xml", TEXT).unwrap();
        let present = |names: &[&str]| {
            let config = Config::with_enabled(names.iter().copied());
            calls
                .present(&config)
                .map(|(number, name)| format!("{name}={number}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(present(&[]), "Call=-1 Reply=-2 Last=-4");
        assert_eq!(present(&["KERNEL_MCS", "PRINTING"]), "Call=-1 DebugPutChar=-2 Last=-3");
    }

    #[test]
    fn errors_name_place_and_expectation() {
        let error = |text: &str| Syscalls::parse("syscall.xml", text).unwrap_err().to_string();
        assert_eq!(
            error("<syscalls>\n<api/></syscalls>"),
            "syscall.xml:2: found <api>, expected <api-master>, <api-mcs> or <debug>"
        );
        assert_eq!(
            error(&TEXT.replace("<syscall name=\"Last\"/>", "<call/>")),
            "syscall.xml:9: found <call>, expected <condition> or <syscall>"
        );
    }
}
