//! Copying a toolchain: with hard links where possible, so that it takes neither time nor space.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};

/// Directories of a toolchain that no build needs.
const LEFT_OUT: [&str; 2] = ["share", "etc"];

/// Copies the toolchain directory `from` to `to`.
///
/// A farm of symbolic links would not do: rustc takes its sysroot from the real path of its
/// driver library.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        copy_entry(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy_entry(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("could not copy {} to {}", from.display(), to.display());
    let kind = fs::symlink_metadata(from).with_context(failed)?.file_type();
    if kind.is_dir() {
        fs::create_dir(to).with_context(failed)?;
        for entry in fs::read_dir(from).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            copy_entry(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if kind.is_symlink() {
        symlink(fs::read_link(from)?, to).with_context(failed)?;
    } else if fs::hard_link(from, to).is_err() {
        // Another file system, or a file of another user.
        fs::copy(from, to).with_context(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn files_are_linked_and_links_kept() {
        let directory = tempfile::tempdir().unwrap();
        let from = directory.path().join("from");
        fs::create_dir_all(from.join("lib/rustlib")).unwrap();
        fs::create_dir_all(from.join("share/doc")).unwrap();
        fs::write(from.join("lib/rustlib/core"), "x").unwrap();
        symlink("core", from.join("lib/rustlib/alias")).unwrap();
        let to = directory.path().join("to");
        copy(&from, &to).unwrap();
        let original = fs::metadata(from.join("lib/rustlib/core")).unwrap();
        let copied = fs::metadata(to.join("lib/rustlib/core")).unwrap();
        assert_eq!(original.ino(), copied.ino());
        let link = fs::read_link(to.join("lib/rustlib/alias")).unwrap();
        assert_eq!(link, Path::new("core"));
        assert!(!to.join("share").exists());
    }

    #[test]
    fn a_missing_source_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = copy(&directory.path().join("none"), &directory.path().join("to"));
        assert!(error.unwrap_err().to_string().ends_with("/none"));
    }
}
