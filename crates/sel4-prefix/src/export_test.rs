use std::collections::BTreeSet;

use super::*;
use crate::device_tree::test::machine;

/// A prefix with the default configuration.
pub(crate) fn exported() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    export_to(dir.path(), b"\x7fELF...").unwrap();
    dir
}

fn export_to(dir: &Path, image: &[u8]) -> Result<()> {
    let image_dir = tempfile::tempdir().unwrap();
    let kernel = image_dir.path().join("kernel");
    fs::write(&kernel, image).unwrap();
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    let blob = machine(0x800_0000, 0x8000_0000);
    export(dir, &kernel, &KernelConfig::default(), &platform, &blob)
}

fn files(dir: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            found.insert(path.strip_prefix(below).unwrap().display().to_string());
        }
    }
}

#[test]
fn layout_is_that_of_an_installed_kernel() {
    let dir = exported();
    let mut found = BTreeSet::new();
    files(dir.path(), dir.path(), &mut found);
    let expected = [
        "bin/kernel.elf",
        "libsel4/include/api/syscall.xml",
        "libsel4/include/interfaces/object-api-arch.xml",
        "libsel4/include/interfaces/object-api-sel4-arch.xml",
        "libsel4/include/interfaces/object-api.xml",
        "libsel4/include/kernel/gen_config.json",
        "libsel4/include/sel4/gen_config.json",
        "libsel4/include/sel4/sel4_arch/types.pbf",
        "libsel4/include/sel4/shared_types.pbf",
        "support/kernel.dtb",
        "support/platform_gen.json",
        "support/platform_gen.yaml",
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn unchanged_files_are_left_alone() {
    let dir = exported();
    let time = |file: &str| fs::metadata(dir.path().join(file)).unwrap().modified().unwrap();
    let config = time(KERNEL_CONFIG);
    let kernel = time(KERNEL);
    std::thread::sleep(std::time::Duration::from_millis(20));
    export_to(dir.path(), b"\x7fELF another").unwrap();
    assert_eq!(time(KERNEL_CONFIG), config);
    assert_ne!(time(KERNEL), kernel);
}

#[test]
fn a_kernel_must_be_an_elf_file() {
    let dir = tempfile::tempdir().unwrap();
    let error = export_to(dir.path(), b"MZ").unwrap_err().to_string();
    assert!(error.ends_with("kernel: no ELF file, expected the kernel's image"), "{error}");
    assert!(!dir.path().join(KERNEL).exists());
}
