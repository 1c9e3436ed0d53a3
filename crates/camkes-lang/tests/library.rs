//! The standard library and the assemblies of `tests/camkes/good` load without an error.

mod common;

use std::path::Path;

use camkes_lang::{load, parse_file};

#[test]
fn library_files_parse() {
    let root = common::root();
    let mut broken = Vec::new();
    for directory in ["interfaces", "components"] {
        let files = common::camkes_files(&root.join(directory));
        assert!(!files.is_empty());
        for file in files {
            let x86 = ["VM/", "Init/", "Sataserver/"]
                .iter()
                .any(|part| file.to_string_lossy().contains(part));
            let platform = if x86 { "pc99" } else { "qemu-arm-virt" };
            let (_, loaded) = parse_file(&common::options(platform, None, &file));
            broken.extend(loaded.has_errors().then(|| common::errors(&loaded)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_platform_has_its_headers() {
    let platforms = common::root().join("platforms");
    for entry in std::fs::read_dir(platforms).expect("platforms") {
        let path = entry.expect("a platform").path();
        for header in ["timers.h", "serial.h", "eth_devices.h"] {
            let header = path.join("include/plat").join(header);
            assert!(header.is_file(), "{} is missing", header.display());
        }
    }
}

#[test]
fn good_assemblies_resolve() {
    let mut broken = Vec::new();
    for file in common::camkes_files(&common::root().join("tests/camkes/good")) {
        let Some((platform, board)) = common::platform_and_board(&file) else {
            continue;
        };
        let options = common::options(&platform, board.as_deref(), &file);
        let loaded = load(&common::with_test_tree(options, &platform));
        if loaded.has_errors() || loaded.model.is_none() {
            broken.push(format!("{}:\n{}", name(&file), common::errors(&loaded)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn name(file: &Path) -> std::borrow::Cow<'_, str> {
    file.file_name().expect("a file").to_string_lossy()
}
