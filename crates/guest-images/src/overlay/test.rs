use std::process::Command;

use super::*;

struct Case {
    directory: tempfile::TempDir,
    overlay: Overlay,
}

/// A root file system with what initramfs-tools' has, and a folder with one script.
fn case(distro: Distribution, mode: Mode) -> Case {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let mut tree = Tree::default();
    for path in ["init", "scripts/local", "etc/inittab"] {
        tree.insert(path, 0o644, Content::File(b"old".to_vec())).unwrap();
    }
    tree.insert("etc/init.d", 0o777, Content::Link("rc".into())).unwrap();
    fs::write(root.join("image"), newc::write(&tree).unwrap()).unwrap();
    fs::create_dir_all(root.join("files/etc/init.d")).unwrap();
    fs::write(root.join("files/etc/inittab"), "new").unwrap();
    fs::write(root.join("files/etc/init.d/S90x"), "script").unwrap();
    fs::write(root.join("init"), "mine").unwrap();
    let overlay = Overlay {
        image: root.join("image"),
        root_install: root.join("files"),
        distro,
        mode,
        custom_init: None,
        splitgz: false,
        gzip: false,
    };
    Case { directory, overlay }
}

fn text(tree: &Tree, path: &str) -> String {
    match &tree.get(path).unwrap_or_else(|| panic!("no {path}")).content {
        Content::File(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn installed_into_the_root_file_system() {
    for distro in [Distribution::Buildroot, Distribution::Debian] {
        let mut case = case(distro, Mode::RootfsInstall);
        let plain = case.overlay.apply().unwrap();
        let tree = archive::read("new", &plain).unwrap();
        assert_eq!(text(&tree, "etc/inittab"), "new");
        // Through the link, not in its place.
        assert_eq!(text(&tree, "etc/rc/S90x"), "script");
        assert_eq!(text(&tree, "init"), "old");
        assert_eq!(plain, case.overlay.apply().unwrap(), "not the same bytes");

        case.overlay.gzip = true;
        case.overlay.custom_init = Some(case.directory.path().join("init"));
        let packed = case.overlay.apply().unwrap();
        assert!(packed.starts_with(&[0x1f, 0x8b]));
        let tree = archive::read("new", &packed).unwrap();
        assert_eq!(text(&tree, "init"), "mine");
        assert_eq!(tree.get("init").unwrap().permissions, 0o755);
    }
}

#[test]
fn the_early_part_stays() {
    let mut case = case(Distribution::Debian, Mode::Overlay);
    let mut early = Tree::default();
    early.insert("kernel/x86/microcode", 0o644, Content::File(b"m".to_vec())).unwrap();
    let early = newc::write(&early).unwrap();
    let rest = compress::gzip(&fs::read(&case.overlay.image).unwrap()).unwrap();
    fs::write(&case.overlay.image, [early.as_slice(), &rest].concat()).unwrap();
    case.overlay.splitgz = true;
    let image = case.overlay.apply().unwrap();
    assert!(image.starts_with(&early));
    assert!(image[early.len()..].starts_with(&[0x1f, 0x8b]));
    let tree = archive::read("new", &image).unwrap();
    assert_eq!(text(&tree, "sel4_vm_artifacts/etc/init.d/S90x"), "script");
    assert!(text(&tree, "scripts/overlay").contains("mountroot"));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let error = |overlay: &Overlay| format!("{:#}", overlay.apply().unwrap_err());
    let wrong = case(Distribution::Buildroot, Mode::Overlay);
    let expected = "mode `overlay` is only for debian: a root file system of buildroot has no disk \
                    under it; expected `rootfs_install`";
    assert_eq!(error(&wrong.overlay), expected);

    let mut wrong = case(Distribution::Debian, Mode::RootfsInstall);
    wrong.overlay.root_install = wrong.directory.path().join("init");
    assert!(error(&wrong.overlay).ends_with("init: expected a folder to install"));
    wrong.overlay.image = wrong.directory.path().join("missing");
    assert!(error(&wrong.overlay).contains("could not read"), "{}", error(&wrong.overlay));

    let wrong = case(Distribution::Debian, Mode::FsInstall);
    let mut tree = Tree::default();
    tree.insert("init", 0o755, Content::File(Vec::new())).unwrap();
    fs::write(&wrong.overlay.image, newc::write(&tree).unwrap()).unwrap();
    let text = error(&wrong.overlay);
    assert!(text.contains("has no scripts/local, so initramfs-tools didn't make it"), "{text}");
}

/// Runs a boot script's functions in a shell, with the programs of initramfs-tools replaced.
fn run(script: &str, stubs: &str, directory: &Path) -> String {
    let program = format!("set -eu\n{stubs}\n{script}\nmount_top; mountroot; mount_bottom\n");
    let output = Command::new("sh").args(["-c", &program]).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const STUBS: &str = "rootmnt=$PWD/root\nlocal_top() { :; }\nlocal_premount() { :; }\n\
    local_bottom() { :; }\nlocal_mount_root() { mkdir -p \"$rootmnt\"; }\n\
    mount() { echo \"mount $*\"; }\nmodprobe() { echo \"modprobe $*\"; }\n";

#[test]
fn the_install_script_copies_what_is_newer() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let file = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for name in ["a new one", "newer", "older"] {
        file(&format!("waiting/etc/{name}"), "from the guest's image");
    }
    file("root/etc/newer", "of the disk");
    file("root/etc/older", "of the disk");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let set = |path: &str| {
        fs::File::options().write(true).open(root.join(path)).unwrap().set_modified(old).unwrap();
    };
    set("root/etc/newer");
    set("waiting/etc/older");
    let script = include_str!("../../../../linux/debian-initrd/fs_install")
        .replace("/sel4_vm_artifacts", &root.join("waiting").display().to_string());
    run(&script, STUBS, root);
    let found = |path: &str| fs::read_to_string(root.join("root/etc").join(path)).unwrap();
    assert_eq!(found("a new one"), "from the guest's image");
    assert_eq!(found("newer"), "from the guest's image");
    assert_eq!(found("older"), "of the disk");
}

#[test]
fn the_overlay_script_mounts_the_disk_below() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("waiting/etc")).unwrap();
    fs::write(root.join("waiting/etc/motd"), "x").unwrap();
    let place = |name: &str| root.join(name).display().to_string();
    let script = include_str!("../../../../linux/debian-initrd/overlay")
        .replace("/sel4_vm_artifacts", &place("waiting"))
        .replace("/run/overlay", &place("run"));
    let output = run(&script, STUBS, root);
    let run = place("run");
    let expected = format!(
        "modprobe -q overlay\nmount -n -o move {root} {run}/disk\nmount -n -t tmpfs tmpfs \
         {run}/memory\nmount -n -t overlay -o \
         lowerdir={run}/disk,upperdir={run}/memory/files,workdir={run}/memory/work overlay {root}\n",
        root = place("root")
    );
    assert_eq!(output, expected);
    assert!(root.join("run/memory/files/etc/motd").is_file());
}
