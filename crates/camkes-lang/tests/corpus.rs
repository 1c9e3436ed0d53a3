//! Published applications load unchanged against this repository's standard library.
//!
//! They are not part of the repository. `CAMKES_CORPUS` names a directory with checkouts of `camkes-vm` and
//! `camkes-vm-examples`, and `device-trees/<platform>.dtb` (the seL4 kernel's `tools/dts`, compiled with `dtc`, and
//! QEMU's own). Without it the tests say that they are skipped.

mod common;

use std::path::{Path, PathBuf};

use camkes_lang::{DeviceTreeSource, LoadOptions, load, parse_file};

/// An application of camkes-vm-examples: directory, file, and the platforms that it supports.
const APPS: &[(&str, &str, &[&str])] = &[
    (
        "Arm/vm_minimal",
        "vm_minimal",
        &[
            "qemu-arm-virt",
            "exynos5422",
            "tk1",
            "tx1",
            "tx2",
            "odroidc2",
            "zcu102",
        ],
    ),
    ("Arm/vm_multi", "vm_multi", &["qemu-arm-virt", "exynos5422"]),
    ("Arm/vm_serial_server", "vm_serial_server", &["exynos5422"]),
    (
        "Arm/vm_virtio_net",
        "vm_virtio_net",
        &["exynos5422", "tx2", "zcu102"],
    ),
    (
        "Arm/vm_virtio_net",
        "vm_echo_ping",
        &["exynos5422", "tx2", "zcu102"],
    ),
    (
        "Arm/vm_cross_connector",
        "vm_cross_connector",
        &["qemu-arm-virt", "exynos5422"],
    ),
    (
        "Arm/vm_introspect",
        "vm_introspect",
        &["qemu-arm-virt", "exynos5422"],
    ),
    ("x86/minimal", "minimal", &["pc99"]),
    ("x86/minimal_64", "minimal", &["pc99"]),
    (
        "x86/virtio_blk_sample",
        "virtio_blk_sample",
        &["pc99/optiplex"],
    ),
    ("x86/optiplex9020", "optiplex9020", &["pc99"]),
    ("x86/cma34cr_centos", "cma34cr_centos", &["pc99"]),
    ("x86/cma34cr_ubuntu", "cma34cr_ubuntu", &["pc99"]),
    ("x86/zmq_samples", "zmq_samples", &["pc99"]),
    ("x86/zmq_samples", "zmq_cakeml", &["pc99"]),
];

fn corpus() -> Option<PathBuf> {
    let directory = std::env::var_os("CAMKES_CORPUS").map(PathBuf::from);
    if directory.is_none() {
        println!(
            "skipped: CAMKES_CORPUS is not set to a directory with camkes-vm and camkes-vm-examples"
        );
    }
    directory
}

/// Adds what the applications' own build files add.
fn for_app(mut options: LoadOptions, corpus: &Path, app: &Path, platform: &str) -> LoadOptions {
    options.include_paths.push(app.join("configurations"));
    options.import_paths.push(app.join("interfaces"));
    options.import_paths.push(app.join("components"));
    // The zcu102 has a directory for each release of its firmware: the newest that is there.
    let releases = ["2022_1", "2021_1", "2018_3"].map(|release| app.join(platform).join(release));
    options
        .import_paths
        .extend(releases.into_iter().find(|path| path.is_dir()));
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

#[test]
fn every_file_parses() {
    let Some(corpus) = corpus() else { return };
    let mut broken = Vec::new();
    let mut count = 0;
    for repository in ["camkes-vm", "camkes-vm-examples"] {
        for file in common::camkes_files(&corpus.join(repository)) {
            let path = file.to_string_lossy();
            let x86 = ["/x86/", "/VM/", "/Init/", "/Sataserver/"]
                .iter()
                .any(|part| path.contains(part));
            let platform = if x86 { "pc99" } else { "zcu102" };
            let app = file.parent().expect("a directory");
            let options = for_app(
                common::options(platform, None, &file),
                &corpus,
                app,
                platform,
            );
            let (_, loaded) = parse_file(&options);
            broken.extend(loaded.has_errors().then(|| common::errors(&loaded)));
            count += 1;
        }
    }
    println!("{count} files parsed");
    assert!(count > 0);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_app_resolves() {
    let Some(corpus) = corpus() else { return };
    let mut broken = Vec::new();
    for (directory, file, platforms) in APPS {
        let app = corpus.join("camkes-vm-examples/apps").join(directory);
        let main = app.join(file).with_extension("camkes");
        for platform in *platforms {
            let (platform, board) = platform
                .split_once('/')
                .map_or((*platform, None), |(p, board)| (p, Some(board)));
            let loaded = load(&for_app(
                common::options(platform, board, &main),
                &corpus,
                &app,
                platform,
            ));
            let instances = loaded
                .model
                .as_ref()
                .map_or(0, |model| model.instances.len());
            println!(
                "{file} on {platform}: {instances} instances, {} messages",
                loaded.diagnostics.len()
            );
            if loaded.has_errors() || instances == 0 {
                broken.push(format!(
                    "{file} on {platform}:\n{}",
                    common::errors(&loaded)
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The one application with procedures whose types are in C headers of its own.
#[test]
fn types_of_c_headers_are_refused_by_name() {
    let Some(corpus) = corpus() else { return };
    let app = corpus.join("camkes-vm-examples/apps/Arm/odroid_vm");
    let main = app.join("vm_odroid.camkes");
    let loaded = load(&for_app(
        common::options("exynos5410", None, &main),
        &corpus,
        &app,
        "exynos5410",
    ));
    let errors = common::errors(&loaded);
    for line in errors.lines() {
        assert!(
            line.contains("unknown type `can_frame_t`") || line.contains("unknown type `can_id_t`"),
            "{line}"
        );
    }
    assert_eq!(errors.lines().count(), 4, "{errors}");
    assert_eq!(loaded.model.expect("the rest of it").instances.len(), 17);
}
