//! What is in a package file. `dpkg-deb` unpacks the outer layers, in every compression.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::tree::{Content, Tree};

/// Adds the files of a package to `tree`, those that `wanted` says yes to. Paths have no leading
/// slash. Directories come with what is in them.
///
/// # Errors
/// The file is no package, or it holds something that can't be in a root file system.
pub fn add(package: &Path, tree: &mut Tree, wanted: &mut dyn FnMut(&str) -> bool) -> Result<()> {
    let mut child = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("could not start dpkg-deb")?;
    let stdout = child.stdout.take().context("dpkg-deb has no output")?;
    let read = read_tar(stdout, tree, wanted);
    let output = child.wait_with_output().context("waiting for dpkg-deb")?;
    let name = package.display();
    if !output.status.success() && read.is_ok() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    if read.is_err() && !output.stderr.is_empty() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    read.with_context(|| name.to_string())
}

fn read_tar(
    stream: impl Read, tree: &mut Tree, wanted: &mut dyn FnMut(&str) -> bool,
) -> Result<()> {
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries()? {
        let mut entry = entry.context("the archive is damaged")?;
        let path = entry.path().context("the archive is damaged")?.into_owned();
        let path = plain(&path)?;
        if path.is_empty() || !wanted(&path) {
            continue;
        }
        let mode = entry.header().mode().with_context(|| path.clone())?;
        let target = || -> Result<String> {
            let target =
                entry.link_name()?.with_context(|| format!("{path}: a link to nothing"))?;
            let text = target.to_str().with_context(|| format!("{path}: not UTF-8"))?;
            Ok(text.to_owned())
        };
        let content = match entry.header().entry_type() {
            tar::EntryType::Directory => Content::Directory,
            tar::EntryType::Symlink => Content::Link(target()?),
            tar::EntryType::Link => {
                let other = plain(&PathBuf::from(target()?))?;
                let Some(node) = tree.get(&other) else {
                    bail!("{path}: a hard link to {other}, which is not there");
                };
                node.content.clone()
            }
            tar::EntryType::Regular => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).with_context(|| path.clone())?;
                Content::File(bytes)
            }
            other => bail!("{path}: neither file, directory nor link ({other:?})"),
        };
        tree.insert(&path, mode & 0o7777, content).with_context(|| path.clone())?;
    }
    Ok(())
}

/// `./usr/bin/x` without the dot.
fn plain(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?;
    let text = text.strip_prefix("./").unwrap_or(text).trim_matches('/');
    Ok(if text == "." { String::new() } else { text.to_owned() })
}
