//! What is known about the commands, options and source patterns of camkes-vm applications.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What becomes of a part of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Taken as it is.
    Works,
    /// A small change in the named line.
    Change,
    /// Code has to be written.
    Port,
    /// There is no counterpart.
    Unsupported,
}

impl Verdict {
    /// The heading of the report's section.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Works => "Works as it is",
            Self::Change => "Needs a small change",
            Self::Port => "Needs porting",
            Self::Unsupported => "Has no counterpart",
        }
    }
}

/// A CMake command or option.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub verdict: Verdict,
    pub how: String,
}

/// A pattern in C sources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePattern {
    pub contains: String,
    pub what: String,
    pub how: String,
}

/// The whole table, `data/port.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    #[serde(rename = "command")]
    commands: Vec<Entry>,
    #[serde(rename = "option")]
    options: Vec<Entry>,
    #[serde(rename = "source")]
    pub sources: Vec<SourcePattern>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The file is part of this program and a unit test reads it.
    toml::from_str(include_str!("../../data/port.toml")).expect("data/port.toml is valid")
});

/// The built-in table.
pub fn table() -> &'static Table {
    &TABLE
}

impl Table {
    /// A command of that name; CMake doesn't care about case.
    pub fn command(&self, name: &str) -> Option<&Entry> {
        self.commands.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The known command whose name is nearest to a wrong one.
    pub fn nearest_command(&self, name: &str) -> Option<&str> {
        let names = self.commands.iter().map(|entry| entry.name.as_str());
        camkes_lang::diagnostics::nearest(name, names)
    }

    /// An option of that name.
    pub fn option(&self, name: &str) -> Option<&Entry> {
        self.options.iter().find(|entry| entry.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn the_table_is_valid_and_has_no_doubles() {
        let table = table();
        let mut names: Vec<String> =
            table.commands.iter().map(|entry| entry.name.to_lowercase()).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(table.command("addtofileserver").is_some());
        assert_eq!(table.nearest_command("AddToFileserve"), Some("AddToFileServer"));
    }
}
