//! Loading assemblies against this repository's standard library.

// Each test file uses a part of this.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use camkes_lang::{DeviceTreeSource, LoadOptions, Loaded};

pub mod corpus;
pub mod tree;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository's root")
}

/// How to load `main` for a platform and, if it has several, one of its boards.
pub fn options(platform: &str, board: Option<&str>, main: &Path) -> LoadOptions {
    let root = root();
    let platform_dir = root.join("platforms").join(platform);
    let x86 = platform == "pc99";
    let mut include_paths = vec![root.join("components").join(if x86 { "VM" } else { "VM_Arm" })];
    include_paths
        .extend(board.map(|board| platform_dir.join("boards").join(board).join("include")));
    include_paths.push(platform_dir.join("include"));
    include_paths.push(root.join("interfaces/include"));
    include_paths.push(root.join("components/StringReverse/include"));
    if platform == "zcu102" {
        include_paths.push(root.join("components/VM_Arm/plat_include/zynqmp"));
    }
    LoadOptions {
        main: main.to_path_buf(),
        builtin_dir: Some(root.join("interfaces")),
        import_paths: vec![root.join("components")],
        include_paths,
        ..LoadOptions::default()
    }
}

/// Uses the small device tree of [`tree`] for the platform, if there is one.
pub fn with_test_tree(mut options: LoadOptions, platform: &str) -> LoadOptions {
    options.device_tree = tree::of_platform(platform)
        .map(|bytes| DeviceTreeSource::Bytes { name: format!("{platform}.dtb"), bytes });
    options
}

/// The `.camkes` and `.idl4` files below a directory, sorted.
pub fn camkes_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(directory) = pending.pop() {
        let entries = std::fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let path = entry.expect("a directory entry").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|ext| ext == "camkes" || ext == "idl4") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The errors among the messages, as a person would see them; empty if there are none.
pub fn errors(loaded: &Loaded) -> String {
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|diagnostic| diagnostic.summary(&loaded.sources)).collect::<Vec<_>>().join("\n")
}

/// The platform and the board that a test assembly is for, from the comments at its top: `// platform: pc99`. Nothing
/// for a file that others import.
pub fn platform_and_board(file: &Path) -> Option<(String, Option<String>)> {
    let text = std::fs::read_to_string(file).expect("a test file");
    let header = |name: &str| {
        let prefix = format!("// {name}: ");
        let comments = text.lines().take_while(|line| line.starts_with("//"));
        comments.filter_map(|line| line.strip_prefix(&prefix)).next().map(str::to_owned)
    };
    let platform = header("platform").expect("a line `// platform: ...`");
    (platform != "none").then(|| (platform, header("board")))
}
