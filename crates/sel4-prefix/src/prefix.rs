//! An installed kernel.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sel4_idl::bitfields::{self, Bitfields};
use sel4_idl::config::{Config, Value};
use sel4_idl::interfaces::{self, Interfaces};
use sel4_idl::syscalls::{self, Syscalls};

use crate::error::{Error, Result};
use crate::regions::Regions;

/// Path of the kernel image in a prefix.
pub const KERNEL: &str = "bin/kernel.elf";
/// Path of the directory of headers and descriptions.
pub const INCLUDE: &str = "libsel4/include";
/// Path of the kernel's configuration.
pub const KERNEL_CONFIG: &str = "libsel4/include/kernel/gen_config.json";
/// Path of libsel4's configuration.
pub const LIBSEL4_CONFIG: &str = "libsel4/include/sel4/gen_config.json";
/// Path of the memory map.
pub const PLATFORM_JSON: &str = "support/platform_gen.json";
/// Path of the memory map as YAML.
pub const PLATFORM_YAML: &str = "support/platform_gen.yaml";
/// Path of the device tree.
pub const DEVICE_TREE: &str = "support/kernel.dtb";

/// A prefix whose configuration and descriptions have been read.
#[derive(Debug, Clone)]
pub struct Prefix {
    path: PathBuf,
    config: Config,
    interfaces: Interfaces,
    syscalls: Syscalls,
    bitfields: Vec<Bitfields>,
}

impl Prefix {
    /// Reads the prefix at `path`.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let read = |file: &'static str| {
            let full = path.join(file);
            match fs::read_to_string(&full) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Err(Error::NoPrefix { prefix: path.clone(), file })
                }
                other => other.map_err(Error::io(&full)),
            }
        };
        let mut config = parse_config(&path.join(KERNEL_CONFIG), &read(KERNEL_CONFIG)?)?;
        let libsel4 = parse_config(&path.join(LIBSEL4_CONFIG), &read(LIBSEL4_CONFIG)?)?;
        for (name, value) in libsel4.iter() {
            config.insert(name, value.clone());
        }
        let include = path.join(INCLUDE);
        let mut interfaces = Interfaces::default();
        for file in interfaces::FILES {
            let one = read_with(&include.join(file), Interfaces::parse)?;
            interfaces.structs.extend(one.structs);
            interfaces.interfaces.extend(one.interfaces);
        }
        let syscalls = read_with(&include.join(syscalls::FILE), Syscalls::parse)?;
        let bitfields = bitfields::FILES
            .iter()
            .map(|file| read_with(&include.join(file), Bitfields::parse))
            .collect::<Result<_>>()?;
        Ok(Self { path, config, interfaces, syscalls, bitfields })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The kernel image.
    pub fn kernel(&self) -> PathBuf {
        self.path.join(KERNEL)
    }

    /// The directory of headers and descriptions.
    pub fn include(&self) -> PathBuf {
        self.path.join(INCLUDE)
    }

    /// Whether C headers are installed. The embedded kernel's prefix has none.
    pub fn has_c_headers(&self) -> bool {
        self.include().join("sel4/sel4.h").is_file()
    }

    /// Configuration of kernel and libsel4.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Object invocations of all three files.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// System calls.
    pub fn syscalls(&self) -> &Syscalls {
        &self.syscalls
    }

    /// The packed structure with this name.
    pub fn block(&self, name: &str) -> Option<&bitfields::Block> {
        self.bitfields.iter().find_map(|file| file.block(name))
    }

    /// The descriptions of packed structures, file by file.
    pub fn bitfields(&self) -> &[Bitfields] {
        &self.bitfields
    }

    /// RAM and device memory of the platform. x86 prefixes have none.
    pub fn regions(&self) -> Result<Regions> {
        let path = self.path.join(PLATFORM_JSON);
        let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
        Regions::from_json(&path.display().to_string(), &text)
    }

    /// The device tree blob that the kernel was built with. x86 prefixes have none.
    pub fn device_tree(&self) -> Result<Vec<u8>> {
        let path = self.path.join(DEVICE_TREE);
        fs::read(&path).map_err(Error::io(&path))
    }
}

/// Reads a `gen_config.json`.
pub fn read_config(path: &Path) -> Result<Config> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    parse_config(path, &text)
}

pub(crate) fn parse_config(path: &Path, text: &str) -> Result<Config> {
    let wrong = |reason: String| Error::format(path.display(), reason);
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(text)
        .map_err(|error| wrong(format!("no JSON object with configuration values: {error}")))?;
    values
        .into_iter()
        .map(|(name, value)| match value {
            serde_json::Value::Bool(value) => Ok((name, Value::Bool(value))),
            serde_json::Value::String(value) => Ok((name, Value::Text(value))),
            other => Err(wrong(format!("{name} is {other}, expected true, false or a string"))),
        })
        .collect()
}

fn read_with<T>(path: &Path, parse: impl FnOnce(&str, &str) -> sel4_idl::Result<T>) -> Result<T> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    Ok(parse(&path.display().to_string(), &text)?)
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::export::test::exported;

    #[test]
    fn an_exported_prefix_reads_back() {
        let dir = exported();
        let prefix = Prefix::open(dir.path()).unwrap();
        assert_eq!(prefix.config().text("PLAT"), Some("qemu-arm-virt"));
        assert!(prefix.config().is_enabled("LIB_SEL4_USE_THREAD_LOCALS"));
        assert_eq!(prefix.regions().unwrap().memory[0].start, 0x6000_0000);
        assert!(prefix.block("VMFault").is_some());
        assert_eq!(prefix.interfaces().structs[0].name, "seL4_UserContext");
        assert!(!prefix.has_c_headers());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let dir = exported();
        let error = || Prefix::open(dir.path()).unwrap_err().to_string();
        let at = dir.path().display();
        let config = dir.path().join(KERNEL_CONFIG);
        fs::write(&config, "{\"PLAT\": 3}").unwrap();
        assert_eq!(
            error(),
            format!("{at}/{KERNEL_CONFIG}: PLAT is 3, expected true, false or a string")
        );
        fs::write(&config, "PLAT=x").unwrap();
        let text = error();
        let start = format!("{at}/{KERNEL_CONFIG}: no JSON object with configuration values: ");
        assert!(text.starts_with(&start), "{text}");
        fs::remove_file(&config).unwrap();
        assert_eq!(
            error(),
            format!(
                "prefix {at}: there is no {KERNEL_CONFIG}; expected the directory that `ninja \
                 install` of the kernel makes"
            )
        );
    }
}
