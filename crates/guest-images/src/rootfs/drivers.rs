//! Puts kernel modules into a root file system, with what they depend on.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::deb;
use crate::kernel::KernelPackages;
use crate::modules::{self, Known, Module};
use crate::tree::{Content, Tree};

/// What a guest needs to see its devices; some kernels have some of them built in. What these
/// depend on would be found, too, but with another look through the packages.
pub const DEFAULT_MODULES: [&str; 11] = [
    "virtio_mmio",
    "virtio_pci_modern_dev",
    "virtio_pci_legacy_dev",
    "virtio_pci",
    "virtio_console",
    "virtio_blk",
    "failover",
    "net_failover",
    "virtio_net",
    "rng_core",
    "virtio_rng",
];

/// Adds modules below `lib/modules`, `modules.dep`, and `etc/modules` with the paths in the order
/// to load them. What the kernel has of `defaults` will do, but `more` has to be there.
pub(super) fn add(
    tree: &mut Tree, kernel: &KernelPackages, defaults: &[&str], more: &[String],
) -> Result<()> {
    let defaults = defaults.iter().map(|name| modules::canonical(name));
    let more: Vec<_> = more.iter().map(|name| modules::canonical(name)).collect();
    let wanted: Vec<_> = defaults.chain(more.iter().cloned()).collect();
    let mut found = Found::default();
    loop {
        let missing = modules::missing(&wanted, &found.known, &found.elsewhere);
        if missing.is_empty() {
            break;
        }
        found.look(kernel, &missing)?;
        found.elsewhere.extend(found.builtin.iter().cloned());
        for name in missing {
            if found.known.contains_key(&name) || found.builtin.contains(&name) {
                continue;
            }
            if more.contains(&name) {
                bail!("Linux {} has no module `{name}`", kernel.version);
            }
            // A default that this kernel lacks, or a dependency that another configuration has.
            found.elsewhere.insert(name);
        }
    }
    let release = found.release.context("the kernel's packages have no lib/modules")?;
    let directory = format!("lib/modules/{release}");
    let mut load = String::new();
    for name in modules::order(&wanted, &found.known) {
        let module = &found.known[&name];
        let path = format!("{directory}/{}", module.path);
        load.push_str(&format!("/{path}\n"));
        tree.insert(&path, 0o644, Content::File(module.bytes.clone()))?;
    }
    let dependencies = modules::dependency_file(&found.known);
    let texts = [(format!("{directory}/modules.dep"), dependencies), ("etc/modules".into(), load)];
    for (path, text) in texts {
        tree.insert(&path, 0o644, Content::File(text.into_bytes()))?;
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    release: Option<String>,
    known: Known,
    builtin: BTreeSet<String>,
    /// What doesn't have to be loaded.
    elsewhere: BTreeSet<String>,
}

impl Found {
    /// Reads the modules `names` out of the packages, as far as they are there.
    fn look(&mut self, kernel: &KernelPackages, names: &BTreeSet<String>) -> Result<()> {
        for package in &kernel.files {
            let mut files = Tree::default();
            deb::add(package, &mut files, &mut |path| {
                let Some((_, file)) = below_modules(path) else { return false };
                file == "modules.builtin"
                    || modules::name_of(file).is_some_and(|name| names.contains(&name))
            })?;
            for (path, node) in files.iter() {
                let (Content::File(bytes), Some((release, file))) =
                    (&node.content, below_modules(path))
                else {
                    continue;
                };
                self.release = Some(release.to_owned());
                if file == "modules.builtin" {
                    let text = String::from_utf8_lossy(bytes);
                    self.builtin.extend(text.lines().filter_map(modules::name_of));
                } else if let Some(name) = modules::name_of(file) {
                    let module =
                        Module::read(file, bytes).with_context(|| package.display().to_string())?;
                    self.known.insert(name, module);
                }
            }
        }
        Ok(())
    }
}

/// The kernel's release and the rest of a path below `lib/modules`.
fn below_modules(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("usr/").unwrap_or(path);
    path.strip_prefix("lib/modules/")?.split_once('/')
}

#[cfg(test)]
mod test {
    use super::below_modules;

    #[test]
    fn modules_may_be_in_two_places() {
        let expected = Some(("6.1.0-50-arm64", "kernel/net/x.ko"));
        assert_eq!(below_modules("lib/modules/6.1.0-50-arm64/kernel/net/x.ko"), expected);
        assert_eq!(below_modules("usr/lib/modules/6.1.0-50-arm64/kernel/net/x.ko"), expected);
        assert_eq!(below_modules("usr/share/x"), None);
    }
}
