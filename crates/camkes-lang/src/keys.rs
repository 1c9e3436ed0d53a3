//! Configuration keys that components and connectors read without declaring them as attributes.
//!
//! In a `.camkes` file an assembly may set `vm0.fs_shmem_size = 0x1000` although the component has no
//! attribute of that name: the connector of the interface `fs` reads it. This module is the list of all
//! such keys, with their types and documentation, so that a typo is an error and not a silent default.
//! The list itself is data: `data/keys/*.toml`.

mod nearest;
mod pattern;
mod shape;
#[cfg(test)]
mod test;

use std::sync::LazyLock;

use serde::Deserialize;

pub use nearest::nearest;
pub use pattern::{Match, Pattern};
pub use shape::{Field, Shape, ShapeError};

/// What a key is set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// On a component instance: `vm0.heap_size = 0x10000`.
    Instance,
    /// On an interface, inside the configuration of the component that has it: `timer.dtb = dtb(..)`.
    Interface,
    /// On a connection: `ring.size = 8192`.
    Connection,
}

impl Scope {
    /// The word for messages: "instance", "interface", "connection".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Interface => "interface",
            Self::Connection => "connection",
        }
    }
}

/// Whether setting a key does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is read.
    #[default]
    Live,
    /// The C implementation reads it; here it's accepted and has no effect, for the reason in [`Key::note`].
    Ignored,
    /// Nothing ever read it, although published applications set it.
    Dead,
}

/// The architecture that a key is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arch {
    /// AArch64 and AArch32.
    Arm,
    /// x86, 32 and 64 bits.
    X86,
}

/// One declared configuration key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The name, possibly with a placeholder: `heap_size`, `<interface>_shmem_size`, `simple_untyped<bits>_pool`.
    pub pattern: Pattern,
    /// What it's set on.
    pub scope: Scope,
    /// The type of its value.
    pub shape: Shape,
    /// The value when it isn't set, as a person would write it; `None` if there is none.
    pub default: Option<String>,
    /// Smallest allowed integer.
    pub min: Option<i64>,
    /// Largest allowed integer.
    pub max: Option<i64>,
    /// Who reads it: connector names, component types, or "every component".
    pub read_by: Vec<String>,
    /// For keys with an `<interface>`: the connectors that read it. Empty: any connector.
    pub connectors: Vec<String>,
    /// The architecture that it's limited to.
    pub arch: Option<Arch>,
    /// Whether it does anything.
    pub status: Status,
    /// Why it has no effect, or what to use instead.
    pub note: Option<String>,
    /// What it does, in one paragraph.
    pub doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    key: Vec<RawKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    name: String,
    scope: Scope,
    shape: String,
    default: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    read_by: Vec<String>,
    #[serde(default)]
    connectors: Vec<String>,
    arch: Option<Arch>,
    #[serde(default)]
    status: Status,
    note: Option<String>,
    doc: String,
}

impl RawKey {
    fn check(self, file: &str) -> Result<Key, String> {
        let at = |message: String| format!("{file}: key `{}`: {message}", self.name);
        let pattern = Pattern::parse(&self.name).map_err(&at)?;
        let shape = Shape::parse(&self.shape).map_err(|error| at(error.to_string()))?;
        if self.read_by.is_empty() && self.status == Status::Live {
            return Err(at("a live key needs `read_by`".into()));
        }
        if self.status != Status::Live && self.note.is_none() {
            return Err(at("a key without effect needs a `note` that says why".into()));
        }
        Ok(Key {
            pattern,
            scope: self.scope,
            shape,
            default: self.default,
            min: self.min,
            max: self.max,
            read_by: self.read_by,
            connectors: self.connectors,
            arch: self.arch,
            status: self.status,
            note: self.note,
            doc: unwrap_lines(&self.doc),
        })
    }
}

/// Joins the source lines of a paragraph, keeping blank lines between paragraphs.
fn unwrap_lines(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n");
    paragraphs
        .map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Reads one file of keys. `name` is used in errors only.
///
/// # Errors
/// A message that names the file, the key and what is wrong with it.
pub fn parse(name: &str, text: &str) -> Result<Vec<Key>, String> {
    let raw: RawFile = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    raw.key.into_iter().map(|key| key.check(name)).collect()
}

macro_rules! embedded {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../data/keys/", $file)))),*]
    };
}

const FILES: &[(&str, &str)] =
    embedded!["component.toml", "system.toml", "connectors.toml", "hardware.toml", "vm.toml"];

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let all = FILES.iter().map(|(name, text)| parse(name, text));
    match all.collect::<Result<Vec<_>, _>>() {
        Ok(files) => files.into_iter().flatten().collect(),
        // The files are part of this crate and a unit test reads them all.
        Err(message) => panic!("built-in key list: {message}"),
    }
});

/// Every declared key, in the order of the data files.
pub fn all() -> &'static [Key] {
    &KEYS
}

/// The names that a placeholder may stand for in one instance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The instance's interfaces, of every kind.
    pub interfaces: &'a [&'a str],
    /// Its semaphores and binary semaphores.
    pub semaphores: &'a [&'a str],
}

/// Finds the declared key that `name` is, when set on a `scope` whose interfaces and semaphores are `names`.
///
/// An exact name wins over a placeholder, and of two placeholders the one with more literal text wins, so
/// that `irq_irq_type` is the `irq_type` of the interface `irq`.
///
/// ```
/// use camkes_lang::keys::{Names, Scope, lookup};
///
/// let names = Names { interfaces: &["fs"], ..Names::default() };
/// assert!(lookup(Scope::Instance, "heap_size", names).is_some());
/// assert!(lookup(Scope::Instance, "heap_sise", names).is_none());
/// ```
pub fn lookup(scope: Scope, name: &str, names: Names<'_>) -> Option<(&'static Key, Match)> {
    let candidates = all().iter().filter(|key| key.scope == scope);
    let found = candidates.filter_map(|key| Some((key, key.pattern.matches(name, names)?)));
    found.max_by_key(|(key, _)| key.pattern.literal_len())
}

/// Finds the keys that a person may mean by `name` in `camkes explain`: the pattern as it's written in the
/// list, or any concrete name that fits one, whatever it is set on.
pub fn explain(name: &str) -> Vec<&'static Key> {
    let exact: Vec<_> = all().iter().filter(|key| key.pattern.to_string() == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    let fits: Vec<_> = all().iter().filter(|key| key.pattern.could_match(name)).collect();
    let best = fits.iter().map(|key| key.pattern.literal_len()).max();
    fits.into_iter().filter(|key| Some(key.pattern.literal_len()) == best).collect()
}
