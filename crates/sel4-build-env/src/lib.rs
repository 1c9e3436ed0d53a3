//! Finds the prefix that the `sel4` crates are built for. For use in build scripts only: the
//! functions tell Cargo which variables and files they have read.
//!
//! The variables are those of rust-sel4: `SEL4_INCLUDE_DIRS` is a list of include directories of
//! libsel4, `SEL4_DTB` a device tree; whichever is not set is found in `SEL4_PREFIX`. Where no
//! variable leads to a libsel4, the default configuration of the embedded kernel takes its place,
//! so that code can be checked and documented on the host.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

use sel4_prefix::KernelConfig;
use sel4_prefix::config::{Config, Value};
use sel4_prefix::interfaces::{self, Interfaces};
use sel4_prefix::prefix::{DEVICE_TREE, INCLUDE, read_config};
use sel4_prefix::syscalls::{self, Syscalls};

/// A result whose error is the sentence to show.
pub type Result<T> = std::result::Result<T, String>;

/// The two halves of the configuration, below an include directory.
const CONFIGS: [&str; 2] = ["kernel/gen_config.json", "sel4/gen_config.json"];

/// The value, or an end of the build script with Cargo's form of an error.
pub fn or_exit<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|message| {
        println!("cargo::error={message}");
        exit(1)
    })
}

/// Writes a generated file to the build script's output directory.
///
/// # Errors
///
/// If the directory isn't known or can't be written to.
pub fn write_output(name: &str, text: &str) -> Result<()> {
    let dir =
        env::var_os("OUT_DIR").ok_or("OUT_DIR isn't set: expected a build script of Cargo")?;
    let path = Path::new(&dir).join(name);
    fs::write(&path, text).map_err(at(&path))
}

/// The headers and interface descriptions of a libsel4.
#[derive(Debug)]
pub struct Libsel4 {
    /// Where they are. None: the embedded kernel's.
    dirs: Option<Vec<PathBuf>>,
}

impl Libsel4 {
    /// The libsel4 that the environment names.
    pub fn from_env() -> Self {
        let listed = variable("SEL4_INCLUDE_DIRS").map(|list| env::split_paths(&list).collect());
        let dirs = listed.or_else(|| Some(vec![prefix()?.join(INCLUDE)]));
        Self { dirs }
    }

    /// Whether the environment names one.
    pub fn is_given(&self) -> bool {
        self.dirs.is_some()
    }

    /// The configuration of the kernel and of libsel4.
    ///
    /// # Errors
    ///
    /// If a file is missing or is no configuration.
    pub fn config(&self) -> Result<Config> {
        let Some(dirs) = &self.dirs else {
            return Ok(KernelConfig::default().kernel_options());
        };
        let mut config = Config::new();
        for name in CONFIGS {
            let part = read_config(&find(dirs, name)?).map_err(|err| err.to_string())?;
            for (key, value) in part.iter() {
                config.insert(key, value.clone());
            }
        }
        Ok(config)
    }

    /// The object interfaces, in the order that numbers their methods.
    ///
    /// # Errors
    ///
    /// If a file is missing or isn't an interface description.
    pub fn interfaces(&self) -> Result<Interfaces> {
        let files: Vec<_> =
            interfaces::FILES.iter().map(|name| self.read(name)).collect::<Result<_>>()?;
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        Interfaces::parse_all(files).map_err(|err| err.to_string())
    }

    /// The system calls.
    ///
    /// # Errors
    ///
    /// If the file is missing or is no list of system calls.
    pub fn system_calls(&self) -> Result<Syscalls> {
        let (path, text) = self.read(syscalls::FILE)?;
        Syscalls::parse(&path, &text).map_err(|err| err.to_string())
    }

    /// Path, for messages, and text of a file.
    fn read(&self, name: &str) -> Result<(String, String)> {
        if let Some(dirs) = &self.dirs {
            let path = find(dirs, name)?;
            let text = fs::read_to_string(&path).map_err(at(&path))?;
            return Ok((path.display().to_string(), text));
        }
        let own = sel4_abi::interfaces::FILES.iter().find(|(own, _)| *own == name);
        let (_, text) = own.ok_or_else(|| format!("sel4-abi has no {name}"))?;
        Ok((name.to_owned(), (*text).to_owned()))
    }
}

/// The text of a configuration key that isn't a switch.
///
/// # Errors
///
/// If the configuration lacks it.
pub fn text<'a>(config: &'a Config, key: &str) -> Result<&'a str> {
    match config.get(key) {
        Some(Value::Text(text)) => Ok(text),
        Some(Value::Bool(value)) => Err(format!("{key} is {value}, expected a string")),
        None => Err(format!("the kernel configuration has no {key}")),
    }
}

/// Path and bytes of the platform's device tree. None where there is none, as for x86.
///
/// # Errors
///
/// If the file can't be read.
pub fn device_tree() -> Result<Option<(PathBuf, Vec<u8>)>> {
    let given = variable("SEL4_DTB").map(PathBuf::from);
    let installed = || Some(prefix()?.join(DEVICE_TREE)).filter(|path| path.exists());
    let Some(path) = given.or_else(installed) else {
        return Ok(None);
    };
    println!("cargo::rerun-if-changed={}", path.display());
    let bytes = fs::read(&path).map_err(at(&path))?;
    Ok(Some((path, bytes)))
}

fn variable(name: &str) -> Option<OsString> {
    println!("cargo::rerun-if-env-changed={name}");
    // An empty value is as good as none.
    env::var_os(name).filter(|value| !value.is_empty())
}

fn prefix() -> Option<PathBuf> {
    variable("SEL4_PREFIX").map(PathBuf::from)
}

fn at<E: Display>(path: &Path) -> impl Fn(E) -> String {
    move |err| format!("{}: {err}", path.display())
}

fn find(dirs: &[PathBuf], name: &str) -> Result<PathBuf> {
    let found = dirs.iter().map(|dir| dir.join(name)).find(|path| path.exists());
    let path = found.ok_or_else(|| {
        let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
        format!(
            "no {name} in {}: expected SEL4_PREFIX to be the directory that a kernel was \
             installed to",
            dirs.join(", ")
        )
    })?;
    println!("cargo::rerun-if-changed={}", path.display());
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_prefix_everything_is_the_embedded_kernels() {
        let libsel4 = Libsel4 { dirs: None };
        let config = libsel4.config().unwrap();
        assert_eq!(text(&config, "SEL4_ARCH"), Ok("aarch64"));
        assert!(libsel4.interfaces().unwrap().labels(&config).unwrap().len() > 50);
        let calls = libsel4.system_calls().unwrap();
        assert_eq!(calls.present(&config).next(), Some((-1, "Call")));
    }

    #[test]
    fn a_wrong_prefix_is_named() {
        let libsel4 = Libsel4 { dirs: Some(vec![PathBuf::from("/nowhere/libsel4/include")]) };
        assert_eq!(
            libsel4.config().unwrap_err(),
            "no kernel/gen_config.json in /nowhere/libsel4/include: expected SEL4_PREFIX to be \
             the directory that a kernel was installed to"
        );
    }

    #[test]
    fn a_switch_is_no_text() {
        let config = Config::with_enabled(["KERNEL_MCS"]);
        let error = text(&config, "KERNEL_MCS").unwrap_err();
        assert_eq!(error, "KERNEL_MCS is true, expected a string");
        assert!(text(&config, "PLAT").unwrap_err().contains("has no PLAT"));
    }
}
