//! What a run of the language needs to know from outside.

use std::path::PathBuf;

/// Where `dtb()` queries look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceTreeSource {
    /// A flattened device tree (`.dtb`) in a file.
    File(PathBuf),
    /// A flattened device tree in memory, with the name that messages give it.
    Bytes {
        /// For messages.
        name: String,
        /// The blob.
        bytes: Vec<u8>,
    },
}

/// Which program expands macros and `#include`s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Preprocessor {
    /// The first of `cpp`, `gcc -E`, `clang -E` and `cc -E` that is installed.
    #[default]
    Automatic,
    /// This program, with these arguments before all others: `["gcc", "-E"]`.
    Command(Vec<String>),
    /// None: lines that begin with `#` are skipped, macros stay as they are.
    Disabled,
}

/// The input of [`crate::load`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The file that holds the assembly.
    pub main: PathBuf,
    /// The directory of the standard library, searched first for `import <...>`.
    pub builtin_dir: Option<PathBuf>,
    /// Further directories for `import <...>`, searched in this order.
    pub import_paths: Vec<PathBuf>,
    /// Directories for `#include`, passed as `-I`.
    pub include_paths: Vec<PathBuf>,
    /// Macros, `NAME` or `NAME=VALUE`, passed as `-D`. `CAMKES_TOOL_PROCESSING`
    /// is always defined.
    pub defines: Vec<String>,
    /// Further arguments for the preprocessor, as they are.
    pub preprocessor_arguments: Vec<String>,
    /// Which preprocessor.
    pub preprocessor: Preprocessor,
    /// The device tree, if the platform has one.
    pub device_tree: Option<DeviceTreeSource>,
    /// The list of GPIO pins, YAML, for `gpio()`.
    pub gpio_list: Option<PathBuf>,
    /// A `dtb()` path that the tree lacks is an error instead of a warning.
    pub strict: bool,
}
