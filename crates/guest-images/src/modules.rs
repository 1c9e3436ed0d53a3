//! Kernel modules: what they depend on, and the order to load them in.
//!
//! The packages hold no `modules.dep`, which is made when one is installed. What it would say
//! stands in the modules themselves, in the section `.modinfo`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use object::{Object, ObjectSection};

use crate::compress;

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its path below `/lib/modules/RELEASE`, without what compression adds.
    pub path: String,
    /// The uncompressed file.
    pub bytes: Vec<u8>,
    /// The names of modules that have to be loaded first.
    pub depends: Vec<String>,
}

/// The module that `path` holds; `-` and `_` mean the same in such names.
#[must_use]
pub fn name_of(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let stem = ["", ".xz", ".gz", ".zst"]
        .iter()
        .find_map(|packing| file.strip_suffix(packing)?.strip_suffix(".ko"))?;
    Some(canonical(stem))
}

/// A module's name as the kernel has it.
#[must_use]
pub fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

impl Module {
    /// Reads a module's file, compressed or not.
    ///
    /// # Errors
    /// It is damaged, or no module.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self> {
        let (path, bytes) = match compress::Format::look(bytes) {
            Some(_) => {
                let (bytes, _) = compress::unpack(bytes).with_context(|| path.to_owned())?;
                (path.rsplit_once('.').map_or(path, |(stem, _)| stem), bytes)
            }
            None => (path, bytes.to_vec()),
        };
        let depends = depends(&bytes).with_context(|| path.to_owned())?;
        Ok(Self { path: path.to_owned(), bytes, depends })
    }
}

/// `depends=a,b` and `softdep=pre: c post: d`, of which only what comes before counts.
fn depends(bytes: &[u8]) -> Result<Vec<String>> {
    let file = object::File::parse(bytes).context("no ELF file, so no kernel module")?;
    let section = file.section_by_name(".modinfo").context("no kernel module: no .modinfo")?;
    let mut names = Vec::new();
    for line in section.data()?.split(|byte| *byte == 0) {
        let line = String::from_utf8_lossy(line);
        if let Some(list) = line.strip_prefix("depends=") {
            names.extend(list.split(',').filter(|name| !name.is_empty()).map(canonical));
        } else if let Some(list) = line.strip_prefix("softdep=") {
            let pre = list.split("post:").next().unwrap_or_default();
            let pre = pre.split_once("pre:").map_or("", |(_, names)| names);
            names.extend(pre.split_whitespace().map(canonical));
        }
    }
    Ok(names)
}

/// Modules by name, as far as they are known.
pub type Known = BTreeMap<String, Module>;

/// What `wanted` needs that is neither in `known` nor in `elsewhere`.
#[must_use]
pub fn missing(wanted: &[String], known: &Known, elsewhere: &BTreeSet<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut missing = BTreeSet::new();
    let mut left: Vec<&String> = wanted.iter().collect();
    while let Some(name) = left.pop() {
        if !seen.insert(name) || elsewhere.contains(name) {
            continue;
        }
        match known.get(name) {
            Some(module) => left.extend(&module.depends),
            None => {
                missing.insert(name.clone());
            }
        }
    }
    missing
}

/// The names of `wanted` and all that they need, each after what it depends on. What isn't in
/// `known` is left out. Modules that need each other keep the order in which they were found.
#[must_use]
pub fn order(wanted: &[String], known: &Known) -> Vec<String> {
    let mut sorted = Vec::new();
    let mut seen = BTreeSet::new();
    for name in wanted {
        // Depth first, without recursion: a module's dependencies, then itself.
        let mut stack = vec![(name, false)];
        while let Some((name, ready)) = stack.pop() {
            let Some(module) = known.get(name) else { continue };
            if ready {
                sorted.push(name.clone());
            } else if seen.insert(name.clone()) {
                stack.push((name, true));
                stack.extend(module.depends.iter().rev().map(|name| (name, false)));
            }
        }
    }
    sorted
}

/// A `modules.dep` for the modules that are there (modules.dep(5)).
#[must_use]
pub fn dependency_file(known: &Known) -> String {
    let mut text = String::new();
    for (name, module) in known {
        let mut needed = order(std::slice::from_ref(name), known);
        needed.pop();
        // The last one to load comes first.
        needed.reverse();
        text.push_str(&module.path);
        text.push(':');
        for name in needed {
            text.push(' ');
            text.push_str(&known[&name].path);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod test {
    use super::*;

    fn known(modules: &[(&str, &[&str])]) -> Known {
        let module = |(name, depends): &(&str, &[&str])| {
            let path = format!("kernel/{name}.ko");
            let depends = depends.iter().map(|name| (*name).to_owned()).collect();
            ((*name).to_owned(), Module { path, bytes: Vec::new(), depends })
        };
        modules.iter().map(module).collect()
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    const NET: [(&str, &[&str]); 5] = [
        ("failover", &[]),
        ("net_failover", &["failover"]),
        ("virtio", &[]),
        ("virtio_net", &["virtio", "net_failover"]),
        ("virtio_rng", &["virtio", "rng_core"]),
    ];

    #[test]
    fn dependencies_come_first_and_once() {
        let known = known(&NET);
        let wanted = names(&["virtio_net", "virtio_rng", "failover"]);
        let expected = ["virtio", "failover", "net_failover", "virtio_net", "virtio_rng"];
        assert_eq!(order(&wanted, &known), expected);
        assert_eq!(
            missing(&wanted, &known, &BTreeSet::new()).into_iter().collect::<Vec<_>>(),
            ["rng_core"]
        );
        let builtin = BTreeSet::from(["rng_core".to_owned()]);
        assert!(missing(&wanted, &known, &builtin).is_empty());
    }

    #[test]
    fn cycles_end() {
        let known = known(&[("a", &["b"]), ("b", &["a"])]);
        assert_eq!(order(&names(&["a"]), &known), ["b", "a"]);
    }

    #[test]
    fn the_dependency_file() {
        let text = dependency_file(&known(&NET));
        assert!(text.contains("kernel/failover.ko:\n"), "{text}");
        let line = "kernel/virtio_net.ko: kernel/net_failover.ko kernel/failover.ko \
                    kernel/virtio.ko\n";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn names_of_files() {
        let name = |path| name_of(path).unwrap();
        assert_eq!(name("kernel/drivers/char/hw_random/virtio-rng.ko"), "virtio_rng");
        assert_eq!(name("virtio_net.ko.xz"), "virtio_net");
        assert_eq!(name_of("kernel/x.ko.lz4"), None);
        assert_eq!(name_of("modules.builtin"), None);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let error = format!("{:#}", Module::read("kernel/x.ko", b"text").unwrap_err());
        assert!(error.starts_with("kernel/x.ko: no ELF file, so no kernel module"), "{error}");
        let error = format!("{:#}", Module::read("x.ko.xz", b"\xfd7zXZ\0bad").unwrap_err());
        assert!(error.starts_with("x.ko.xz: the xz data is damaged"), "{error}");
    }
}
