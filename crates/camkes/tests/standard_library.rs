//! `camkes check` finds no mistake in the assemblies of `tests/camkes/good`, and none in published applications.
//!
//! For the latter see `crates/camkes-lang/tests/corpus.rs`: `CAMKES_CORPUS` names the directory that they are in.

#[path = "../../camkes-lang/tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::process::Command;

use camkes_lang::{DeviceTreeSource, LoadOptions};

/// Runs `camkes check` and gives what it wrote, if it found errors.
fn complaints(options: &LoadOptions) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camkes"));
    command.arg("check").arg("--stdlib").arg(common::root());
    for path in &options.import_paths {
        command.arg("-I").arg(path);
    }
    for path in &options.include_paths {
        command.arg("--cpp-include").arg(path);
    }
    if let Some(DeviceTreeSource::File(path)) = &options.device_tree {
        command.arg("--dtb").arg(path);
    }
    let output = command.arg(&options.main).output().expect("the camkes command");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (!output.status.success()).then(|| format!("{}:\n{text}", options.main.display()))
}

#[test]
fn good_assemblies_have_no_mistakes() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut broken = Vec::new();
    for file in common::camkes_files(&common::root().join("tests/camkes/good")) {
        let Some((platform, board)) = common::platform_and_board(&file) else {
            continue;
        };
        let mut options = common::options(&platform, board.as_deref(), &file);
        if let Some(tree) = common::tree::of_platform(&platform) {
            let path = directory.join(format!("{platform}.dtb"));
            std::fs::write(&path, tree).expect("the device tree");
            options.device_tree = Some(DeviceTreeSource::File(path));
        }
        broken.extend(complaints(&options));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn published_applications_have_no_mistakes() {
    let Some(corpus) = common::corpus::directory() else {
        return;
    };
    let apps = common::corpus::apps(&corpus);
    let broken: Vec<String> = apps.iter().filter_map(complaints).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
