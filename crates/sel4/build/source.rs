//! The prefix that the bindings are made for: its files and its configuration.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use sel4_idl::config::{Config, Value};
use sel4_idl::interfaces::{self, Interfaces};
use sel4_idl::syscalls::{self, Syscalls};

pub type Result<T> = std::result::Result<T, String>;

pub struct Source {
    /// Include directories of libsel4, or the folder of the project's own interface description.
    dirs: Vec<PathBuf>,
    /// The kernel's configuration.
    pub config: Config,
}

impl Source {
    /// `SEL4_INCLUDE_DIRS`, or `SEL4_PREFIX`, or on the host the project's own description.
    pub fn from_env() -> Result<Self> {
        println!("cargo::rerun-if-env-changed=SEL4_INCLUDE_DIRS");
        println!("cargo::rerun-if-env-changed=SEL4_PREFIX");
        if let Some(list) = env::var_os("SEL4_INCLUDE_DIRS") {
            return Self::installed(env::split_paths(&list).collect());
        }
        if let Some(prefix) = env::var_os("SEL4_PREFIX") {
            return Self::installed(vec![Path::new(&prefix).join("libsel4/include")]);
        }
        let crates = Path::new("..");
        Self::new(
            vec![crates.join("sel4-abi/interfaces")],
            &crates.join("sel4-config-macros/default/gen_config.json"),
        )
    }

    fn installed(dirs: Vec<PathBuf>) -> Result<Self> {
        let config = find(&dirs, &["kernel/gen_config.json"])?;
        Self::new(dirs, &config)
    }

    fn new(dirs: Vec<PathBuf>, config: &Path) -> Result<Self> {
        let text = load(config)?;
        let json: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|err| format!("{}: {err}", config.display()))?;
        let values = json.into_iter().filter_map(|(key, value)| match value {
            serde_json::Value::Bool(value) => Some((key, Value::Bool(value))),
            serde_json::Value::String(value) => Some((key, Value::Text(value))),
            _ => None,
        });
        Ok(Self {
            dirs,
            config: values.collect(),
        })
    }

    /// Where the files come from, for messages.
    pub fn describe(&self) -> String {
        self.dirs
            .iter()
            .map(|dir| dir.display().to_string())
            .collect::<Vec<_>>()
            .join(":")
    }

    /// Path and text of the file that an installed prefix has at `path`; in the project's own
    /// description all files lie in one folder.
    fn read(&self, path: &str) -> Result<(String, String)> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let found = find(&self.dirs, &[path, name])?;
        let text = load(&found)?;
        Ok((found.display().to_string(), text))
    }

    /// The object interfaces, in the order that numbers their methods.
    pub fn interfaces(&self) -> Result<Interfaces> {
        let mut files = Vec::new();
        for file in interfaces::FILES {
            files.push(self.read(file)?);
        }
        let files = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        Interfaces::parse_all(files).map_err(|err| err.to_string())
    }

    /// The system calls.
    pub fn system_calls(&self) -> Result<Syscalls> {
        let (path, text) = self.read(syscalls::FILE)?;
        Syscalls::parse(&path, &text).map_err(|err| err.to_string())
    }

    /// The value of a key that isn't a switch.
    pub fn text(&self, key: &str) -> Result<&str> {
        self.config.text(key).ok_or_else(|| {
            format!(
                "gen_config.json in {}: expected a string {key}",
                self.describe()
            )
        })
    }

    /// Bits in a machine word, 32 or 64.
    pub fn word_size(&self) -> Result<usize> {
        match self.text("WORD_SIZE")? {
            "32" => Ok(32),
            "64" => Ok(64),
            other => Err(format!("WORD_SIZE is {other:?}, expected \"32\" or \"64\"")),
        }
    }
}

fn find(dirs: &[PathBuf], paths: &[&str]) -> Result<PathBuf> {
    dirs.iter()
        .flat_map(|dir| paths.iter().map(move |path| dir.join(path)))
        .find(|candidate| candidate.exists())
        .ok_or_else(|| format!("no {} in {dirs:?} (from SEL4_PREFIX)", paths[0]))
}

fn load(path: &Path) -> Result<String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).map_err(|err| format!("{}: {err}", path.display()))
}
