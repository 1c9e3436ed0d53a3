//! Checks against installed kernels.
//!
//! `SEL4_PREFIX` names the kernel to use: the ABI must agree with it, and it must do for this
//! project. Without it the tests fail, so `cargo test` leaves them out: `cargo test -p sel4-prefix
//! --test installed` runs them. Where the prefix lacks what a test needs, the test says so and passes.

mod common;

use std::path::Path;

use sel4_prefix::Prefix;
use sel4_prefix::drift::{self, Compiler};

fn installed() -> Prefix {
    common::prefix("SEL4_PREFIX")
}

#[test]
fn abi_is_the_installed_kernels() {
    let prefix = installed();
    let Some(compiler) = Compiler::find() else {
        println!("skipped: no C compiler for AArch64 (aarch64-linux-gnu-gcc or clang)");
        return;
    };
    if !prefix.has_c_headers() {
        println!("C headers skipped: {} has none", prefix.path().display());
    }
    let report = drift::compare(&prefix, &compiler).unwrap();
    println!("{} values compared", report.compared);
    assert!(report.drifts.is_empty(), "\n{}", report.to_text());
}

#[test]
fn the_installed_kernel_will_do() {
    let prefix = installed();
    let platform = prefix.config().text("PLAT").unwrap().to_owned();
    prefix.check(&platform).unwrap();
}

/// Copies the headers and changes one of them, which the comparison must find.
#[test]
fn changed_headers_are_found() {
    let prefix = installed();
    let Some(compiler) = Compiler::find().filter(|_| prefix.has_c_headers()) else {
        println!("skipped: no C headers or no C compiler for AArch64");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    copy(&prefix.include(), &dir.path().join("libsel4/include"));
    for (file, old, new, expected) in [
        (
            "sel4/sel4_arch/constants.h",
            "#define seL4_VCPUBits       12",
            "#define seL4_VCPUBits       13",
            "seL4_VCPUBits: sel4-abi has 12, the prefix has 13\n",
        ),
        (
            "sel4/errors.h",
            "seL4_InvalidCapability,",
            "seL4_NewError, seL4_InvalidCapability,",
            "seL4_InvalidCapability: sel4-abi has 2, the prefix has 3\n",
        ),
        (
            "sel4/bootinfo_types.h",
            "seL4_Word         numNodes; ",
            "seL4_Word numNodes, more;",
            "__builtin_offsetof(seL4_BootInfo, untypedList): sel4-abi has 168, the prefix has 176\n",
        ),
        (
            "sel4/arch/invocation.h",
            "ARMPageUnmap,",
            "ARMPageUnmapAll, ARMPageUnmap,",
            "ARMPageUnmap: sel4-abi has 41, the prefix has 42\n",
        ),
    ] {
        let path = dir.path().join("libsel4/include").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        std::fs::write(&path, text.replace(old, new)).unwrap();
        let changed = Prefix::open(dir.path()).unwrap();
        let found = drift::compare(&changed, &compiler).unwrap().to_text();
        assert!(found.contains(expected), "expected {expected} in\n{found}");
        std::fs::write(&path, text).unwrap();
    }
    let unchanged = Prefix::open(dir.path()).unwrap();
    assert_eq!(drift::compare(&unchanged, &compiler).unwrap().to_text(), "");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
