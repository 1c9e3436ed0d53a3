//! Folders of the host, on the way into a root file system.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};

use crate::tree::{Content, Node, Tree};

/// Whether files keep the time at which they were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// No: equal contents give equal bytes.
    Dropped,
    /// Yes: somebody compares them.
    Kept,
}

/// Adds all that is in a folder to `tree`, below the path `below`. Everything belongs to root, and
/// only root may change it, whatever umask the folder was made with.
///
/// # Errors
/// Something can't be read, or is neither file, folder nor link.
pub fn add(folder: &Path, tree: &mut Tree, below: &str, times: Times) -> Result<()> {
    let mut names = Vec::new();
    let shown = || format!("could not read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(shown)? {
        names.push(entry.with_context(shown)?.file_name());
    }
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let name = name.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?;
        let inside = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        add_file(&path, tree, &inside, times)?;
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            add(&path, tree, &inside, times)?;
        }
    }
    Ok(())
}

/// Adds one file, link or empty folder at the path `inside`.
///
/// # Errors
/// See [`add`].
pub fn add_file(path: &Path, tree: &mut Tree, inside: &str, times: Times) -> Result<()> {
    let shown = || format!("could not read {}", path.display());
    let metadata = path.symlink_metadata().with_context(shown)?;
    let kind = metadata.file_type();
    let content = if kind.is_symlink() {
        let target = fs::read_link(path).with_context(shown)?;
        let target =
            target.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?.to_owned();
        Content::Link(target)
    } else if kind.is_dir() {
        Content::Directory
    } else if kind.is_file() {
        Content::File(fs::read(path).with_context(shown)?)
    } else {
        let what = if kind.is_socket() { "a socket" } else { "a device or pipe" };
        bail!("{} is {what}: expected files, folders and links", path.display());
    };
    let permissions = if kind.is_symlink() { 0o777 } else { metadata.mode() & 0o7755 };
    let modified = match times {
        Times::Dropped => 0,
        Times::Kept => {
            let time = metadata.modified().with_context(shown)?;
            let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            u32::try_from(seconds).unwrap_or(u32::MAX)
        }
    };
    let node = Node { permissions, user: 0, group: 0, modified, content };
    tree.insert_node(inside, node).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod test {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_folder_comes_with_everything() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("etc/init.d")).unwrap();
        fs::create_dir(root.join("empty")).unwrap();
        fs::write(root.join("etc/init.d/S90x"), "script").unwrap();
        let writable = fs::Permissions::from_mode(0o775);
        fs::set_permissions(root.join("etc/init.d/S90x"), writable).unwrap();
        symlink("../init.d/S90x", root.join("etc/K90x")).unwrap();
        let mut tree = Tree::default();
        add(root, &mut tree, "", Times::Dropped).unwrap();
        let paths: Vec<_> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["empty", "etc", "etc/K90x", "etc/init.d", "etc/init.d/S90x"]);
        let script = tree.get("etc/init.d/S90x").unwrap();
        assert_eq!((script.permissions, script.modified), (0o755, 0));
        assert_eq!(tree.get("etc/K90x").unwrap().content, Content::Link("../init.d/S90x".into()));

        let mut tree = Tree::default();
        add(root, &mut tree, "below", Times::Kept).unwrap();
        assert!(tree.get("below/etc/init.d/S90x").unwrap().modified > 1_600_000_000);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = add(Path::new("/no/such/folder"), &mut Tree::default(), "", Times::Dropped);
        let text = format!("{:#}", error.unwrap_err());
        assert!(text.starts_with("could not read the folder /no/such/folder: "), "{text}");
    }
}
