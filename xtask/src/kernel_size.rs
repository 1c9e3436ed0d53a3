//! How large the embedded kernel may become, in lines and in bytes: one person can read it in a
//! few days, and it fits into the second-level cache of small boards.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSegment};

use crate::kernels::Kernel;
use crate::workspace;

/// Lines of the kernel without its tests.
const LINES: usize = 12_000;
/// Bytes of memory from the image's first to its last, stack and tables with it.
const BYTES: u64 = 256 << 10;
const CRATES: [&str; 2] = ["crates/kernel-core", "crates/kernel"];
/// Files that are part of the kernel's program; documentation and settings aren't.
const EXTENSIONS: [&str; 3] = ["rs", "ld", "S"];
/// What only tests are made of.
const TESTS: [&str; 2] = ["tests", "testing.rs"];

/// Checks that the source still has fewer lines than it may have.
pub fn check_lines() -> Result<()> {
    let mut lines = 0;
    for name in CRATES {
        lines += lines_below(&workspace::root().join(name))?;
    }
    ensure!(lines > LINES / 2, "only {lines} lines were found in {}", CRATES.join(" and "));
    ensure!(
        lines < LINES,
        "the kernel has {lines} lines without tests, expected less than {LINES}"
    );
    Ok(())
}

/// Checks that the image of an embedded kernel takes less memory than it may take.
pub fn check_image(kernel: &Kernel) -> Result<()> {
    let path = kernel.prefix.kernel();
    let shown = path.display();
    let data = fs::read(&path).with_context(|| format!("could not read {shown}"))?;
    let bytes = image_bytes(&data).with_context(|| format!("{shown}"))?;
    ensure!(bytes < BYTES, "{shown}: the image takes {bytes} bytes, expected less than {BYTES}");
    Ok(())
}

fn image_bytes(elf: &[u8]) -> Result<u64> {
    let file = object::File::parse(elf)?;
    let segments = || file.segments().filter(|segment| segment.size() != 0);
    let start = segments().map(|segment| segment.address()).min().context("no segments")?;
    let end = segments().map(|segment| segment.address() + segment.size()).max();
    Ok(end.unwrap_or(start) - start)
}

fn lines_below(directory: &Path) -> Result<usize> {
    let shown = directory.display();
    let mut lines = 0;
    for entry in fs::read_dir(directory).with_context(|| format!("could not list {shown}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if TESTS.iter().any(|test| name == *test) {
            continue;
        }
        let extension = path.extension().unwrap_or_default();
        if path.is_dir() {
            lines += lines_below(&path)?;
        } else if EXTENSIONS.iter().any(|known| extension == *known) {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            lines += text.lines().count();
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_other_files_do_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file("src/main.rs", "one\ntwo\n");
        file("src/arch/vectors.S", "three\n");
        file("src/tests/all.rs", "four\n");
        file("src/testing.rs", "five\n");
        file("Cargo.toml", "six\n");
        assert_eq!(lines_below(directory.path()).unwrap(), 3);
    }

    #[test]
    fn this_program_would_be_too_large() {
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(image_bytes(&program).unwrap() > BYTES);
        assert!(image_bytes(b"no program").is_err());
    }
}
