//! What every root file system starts from: directories, accounts, the first program.

use crate::tree::{Content, Tree, TreeError};

/// Files, with their permissions.
const FILES: [(&str, u32, &str); 12] = [
    ("init", 0o755, include_str!("../../../../linux/rootfs/init")),
    ("etc/init.d/rcS", 0o755, include_str!("../../../../linux/rootfs/rcS")),
    ("etc/init.d/rcK", 0o755, include_str!("../../../../linux/rootfs/rcK")),
    ("etc/profile", 0o644, include_str!("../../../../linux/rootfs/profile")),
    ("usr/share/udhcpc/default.script", 0o755, include_str!("../../../../linux/rootfs/udhcpc")),
    ("etc/hostname", 0o644, "caravan-guest\n"),
    ("etc/hosts", 0o644, "127.0.0.1 localhost caravan-guest\n::1 localhost\n"),
    // Root has no password; the consoles have root's shell anyway.
    ("etc/shadow", 0o600, "root::0:0:99999:7:::\n"),
    ("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nnobody:*:65534:65534::/:/bin/false\n"),
    ("etc/group", 0o644, "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"),
    ("etc/shells", 0o644, "/bin/sh\n"),
    ("etc/nsswitch.conf", 0o644, "passwd: files\ngroup: files\nhosts: files dns\n"),
];

/// Directories, with their permissions.
const DIRECTORIES: [(&str, u32); 15] = [
    ("dev", 0o755),
    ("etc", 0o755),
    ("mnt", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("run", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
    ("usr/bin", 0o755),
    ("usr/lib", 0o755),
    ("usr/lib64", 0o755),
    ("usr/local/bin", 0o755),
    ("var/lib", 0o755),
    ("var/log", 0o755),
    ("var/spool", 0o755),
];

/// Links, with their targets: one place for programs, and one for libraries.
const LINKS: [(&str, &str); 9] = [
    ("bin", "usr/bin"),
    ("lib", "usr/lib"),
    ("lib64", "usr/lib64"),
    ("sbin", "usr/bin"),
    ("usr/local/sbin", "bin"),
    ("usr/sbin", "bin"),
    ("var/run", "/run"),
    ("var/tmp", "/tmp"),
    ("etc/mtab", "/proc/self/mounts"),
];

/// Devices that the kernel and the first program need before there is a devtmpfs, with their
/// major and minor numbers (Linux, Documentation/admin-guide/devices.txt).
const DEVICES: [(&str, u32, u32); 2] = [("dev/console", 5, 1), ("dev/null", 1, 3)];

const CHARACTER_DEVICE: u32 = 0o020_000;

pub(super) fn tree() -> Result<Tree, TreeError> {
    let mut tree = Tree::default();
    for (path, permissions) in DIRECTORIES {
        tree.insert(path, permissions, Content::Directory)?;
    }
    for (path, target) in LINKS {
        tree.insert(path, 0o777, Content::Link(target.to_owned()))?;
    }
    for (path, permissions, text) in FILES {
        tree.insert(path, permissions, Content::File(text.as_bytes().to_vec()))?;
    }
    for (path, major, minor) in DEVICES {
        let content = Content::Special { kind: CHARACTER_DEVICE, major, minor };
        tree.insert(path, 0o600, content)?;
    }
    Ok(tree)
}

/// All that the tree is made of, to see whether it has changed.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(_, _, text)| *text)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn programs_have_one_place() {
        let mut tree = tree().unwrap();
        tree.insert("bin/busybox", 0o755, Content::File(Vec::new())).unwrap();
        tree.insert("usr/sbin/fsck", 0o755, Content::File(Vec::new())).unwrap();
        assert!(tree.get("usr/bin/busybox").is_some());
        assert!(tree.get("usr/bin/fsck").is_some());
        assert!(tree.get("init").unwrap().permissions & 0o111 == 0o111);
        assert_eq!(tree.get("tmp").unwrap().permissions, 0o1777);
    }
}
