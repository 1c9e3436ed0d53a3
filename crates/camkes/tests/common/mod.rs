//! Loading systems of the test folders.

use std::fs;
use std::path::{Path, PathBuf};

use camkes_lang::{DeviceTreeSource, LoadOptions, Loaded, Preprocessor};

/// The systems in a folder below `tests`, sorted. Paths are relative to the crate, where cargo
/// runs tests, so that messages are the same everywhere.
pub fn systems(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new("tests").join(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "camkes"))
        .collect();
    files.sort();
    files
}

/// Words in a comment on the first line: `cpp` runs the preprocessor, `tree` gives a device tree,
/// `strict` makes errors of warnings.
fn asks_for(file: &Path, word: &str) -> bool {
    let text = fs::read_to_string(file).expect("the system can be read");
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("// ")
        .is_some_and(|words| words.split_whitespace().any(|found| found == word))
}

/// Loads and checks a system as its first line asks for.
pub fn load(file: &Path) -> Loaded {
    load_with(file, asks_for(file, "strict"))
}

/// Loads and checks a system.
pub fn load_with(file: &Path, strict: bool) -> Loaded {
    let library = Path::new("../..");
    let options = LoadOptions {
        main: file.to_path_buf(),
        builtin_dir: Some(library.join("interfaces")),
        import_paths: vec![library.join("components")],
        include_paths: vec![library.join("components/VM_Arm"), library.join("interfaces/include")],
        preprocessor: if asks_for(file, "cpp") {
            Preprocessor::Automatic
        } else {
            Preprocessor::Disabled
        },
        device_tree: asks_for(file, "tree")
            .then(|| DeviceTreeSource::Bytes { name: "test.dtb".to_owned(), bytes: device_tree() }),
        strict,
        ..LoadOptions::default()
    };
    let mut loaded = camkes_lang::load(&options);
    let incomplete = loaded.has_errors();
    if strict {
        camkes_check::promote_warnings(&mut loaded.diagnostics);
    }
    if let Some(model) = &loaded.model {
        let options = camkes_check::Options { strict, incomplete, ..Default::default() };
        let checked = camkes_check::check(model, &options);
        loaded.diagnostics.extend(checked);
    }
    loaded
}

/// A board with a serial port, a timer and an interrupt controller.
fn device_tree() -> Vec<u8> {
    let build = || -> vm_fdt::FdtWriterResult<Vec<u8>> {
        let mut tree = vm_fdt::FdtWriter::new()?;
        let root = tree.begin_node("")?;
        tree.property_u32("#address-cells", 1)?;
        tree.property_u32("#size-cells", 1)?;
        tree.property_u32("interrupt-parent", 1)?;
        let node = tree.begin_node("intc@8000000")?;
        tree.property_string("compatible", "arm,cortex-a15-gic")?;
        tree.property_null("interrupt-controller")?;
        tree.property_u32("#interrupt-cells", 3)?;
        tree.property_u32("phandle", 1)?;
        tree.property_array_u32("reg", &[0x800_0000, 0x1_0000, 0x801_0000, 0x1_0000])?;
        tree.end_node(node)?;
        let node = tree.begin_node("uart@9000000")?;
        tree.property_string("compatible", "arm,pl011")?;
        tree.property_array_u32("reg", &[0x900_0000, 0x1000])?;
        tree.property_array_u32("interrupts", &[0, 1, 4])?;
        tree.end_node(node)?;
        let node = tree.begin_node("rtc@9010000")?;
        tree.property_string("compatible", "arm,pl031")?;
        tree.property_array_u32("reg", &[0x901_0000, 0x1000])?;
        tree.property_array_u32("interrupts", &[0, 2, 4])?;
        tree.end_node(node)?;
        tree.end_node(root)?;
        tree.finish()
    };
    build().expect("the tree is well-formed")
}
