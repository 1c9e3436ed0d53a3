//! Published applications. They are not part of the repository: `CAMKES_CORPUS` names a directory with checkouts of
//! `camkes-vm` and `camkes-vm-examples`, and `device-trees/<platform>.dtb` (the seL4 kernel's `tools/dts`, compiled
//! with `dtc`, and QEMU's own).

use std::path::{Path, PathBuf};

use camkes_lang::{DeviceTreeSource, LoadOptions};

/// An application of camkes-vm-examples: directory, file, and the platforms that it supports.
const APPS: &[(&str, &str, &[&str])] = &[
    (
        "Arm/vm_minimal",
        "vm_minimal",
        &["qemu-arm-virt", "exynos5422", "tk1", "tx1", "tx2", "odroidc2", "zcu102"],
    ),
    ("Arm/vm_multi", "vm_multi", &["qemu-arm-virt", "exynos5422"]),
    ("Arm/vm_serial_server", "vm_serial_server", &["exynos5422"]),
    ("Arm/vm_virtio_net", "vm_virtio_net", &["exynos5422", "tx2", "zcu102"]),
    ("Arm/vm_virtio_net", "vm_echo_ping", &["exynos5422", "tx2", "zcu102"]),
    ("Arm/vm_cross_connector", "vm_cross_connector", &["qemu-arm-virt", "exynos5422"]),
    ("Arm/vm_introspect", "vm_introspect", &["qemu-arm-virt", "exynos5422"]),
    ("x86/minimal", "minimal", &["pc99"]),
    ("x86/minimal_64", "minimal", &["pc99"]),
    ("x86/virtio_blk_sample", "virtio_blk_sample", &["pc99/optiplex"]),
    ("x86/optiplex9020", "optiplex9020", &["pc99"]),
    ("x86/cma34cr_centos", "cma34cr_centos", &["pc99"]),
    ("x86/cma34cr_ubuntu", "cma34cr_ubuntu", &["pc99"]),
    ("x86/zmq_samples", "zmq_samples", &["pc99"]),
    ("x86/zmq_samples", "zmq_cakeml", &["pc99"]),
];

/// The directory. Without one, says that the test is skipped.
pub fn directory() -> Option<PathBuf> {
    let directory = std::env::var_os("CAMKES_CORPUS").map(PathBuf::from);
    if directory.is_none() {
        println!(
            "skipped: CAMKES_CORPUS is not set to a directory with camkes-vm and camkes-vm-examples"
        );
    }
    directory
}

/// How to load every application, on every platform that it supports.
pub fn apps(corpus: &Path) -> Vec<LoadOptions> {
    let mut all = Vec::new();
    for (directory, file, platforms) in APPS {
        for platform in *platforms {
            let (platform, board) =
                platform.split_once('/').map_or((*platform, None), |(p, board)| (p, Some(board)));
            let main = corpus
                .join("camkes-vm-examples/apps")
                .join(directory)
                .join(file)
                .with_extension("camkes");
            all.push(app(corpus, &main, platform, board));
        }
    }
    all
}

/// How to load an application: with what its own build file adds.
pub fn app(corpus: &Path, main: &Path, platform: &str, board: Option<&str>) -> LoadOptions {
    let mut options = super::options(platform, board, main);
    let app = main.parent().expect("a directory");
    options.include_paths.push(app.join("configurations"));
    options.import_paths.push(app.join("interfaces"));
    options.import_paths.push(app.join("components"));
    // The zcu102 has a directory for each release of its firmware: the newest that is there.
    let releases = ["2022_1", "2021_1", "2018_3"].map(|release| app.join(platform).join(release));
    options.import_paths.extend(releases.into_iter().find(|path| path.is_dir()));
    options.import_paths.push(app.join(platform));
    if platform == "exynos5410" {
        options.defines.push("KERNELARMPLATFORM_EXYNOS5410".into());
    }
    let tree = corpus.join("device-trees").join(format!("{platform}.dtb"));
    if platform != "pc99" {
        options.device_tree = Some(DeviceTreeSource::File(tree));
    }
    options
}
