//! Checks against an installed kernel, which `SEL4_PREFIX` names.
//!
//! Without it, or where the prefix lacks what a test needs, the test says so and passes.

use sel4_prefix::drift::{self, Compiler};
use sel4_prefix::{Cpu, KernelConfig, Platform, Prefix};

fn prefix() -> Option<Prefix> {
    match std::env::var_os("SEL4_PREFIX") {
        Some(path) => Some(Prefix::open(path).unwrap()),
        None => {
            println!("skipped: SEL4_PREFIX isn't set");
            None
        }
    }
}

/// The settings of the embedded kernel that come closest to a prefix.
fn settings(prefix: &Prefix) -> KernelConfig {
    let config = prefix.config();
    KernelConfig {
        cpu: if config.is_enabled("ARM_CORTEX_A57") {
            Cpu::CortexA57
        } else {
            Cpu::CortexA53
        },
        debug: config.is_enabled("DEBUG_BUILD"),
        root_cnode_bits: u32::try_from(config.number("ROOT_CNODE_SIZE_BITS").unwrap()).unwrap(),
        memory_mib: prefix.regions().unwrap().memory.last().unwrap().end / (1 << 20) - 1024,
    }
}

fn assert_same_text(file: &str, ours: &str, theirs: &str) {
    for (number, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
        assert_eq!(ours, theirs, "{file}, line {}", number + 1);
    }
    assert_eq!(ours, theirs, "{file}");
}

#[test]
fn abi_is_the_installed_kernels() {
    let Some(prefix) = prefix() else { return };
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
fn configuration_is_the_installed_kernels() {
    let Some(prefix) = prefix() else { return };
    let config = settings(&prefix);
    for (file, ours) in [
        ("kernel/gen_config.json", config.kernel_json()),
        ("sel4/gen_config.json", config.libsel4_json()),
    ] {
        let theirs = std::fs::read_to_string(prefix.include().join(file)).unwrap();
        assert_same_text(file, &ours, &theirs);
    }
}

#[test]
fn memory_map_is_the_installed_kernels() {
    let Some(prefix) = prefix() else { return };
    let config = settings(&prefix);
    let platform = Platform::built_in(prefix.config().text("PLAT").unwrap()).unwrap();
    let regions = platform.regions(&config).unwrap();
    for (file, ours) in [
        ("support/platform_gen.json", regions.to_json()),
        ("support/platform_gen.yaml", regions.to_yaml()),
    ] {
        let theirs = std::fs::read_to_string(prefix.path().join(file)).unwrap();
        assert_same_text(file, &ours, &theirs);
    }
}

#[test]
fn the_installed_kernel_will_do() {
    let Some(prefix) = prefix() else { return };
    let platform = prefix.config().text("PLAT").unwrap().to_owned();
    prefix.check(&platform).unwrap();
}
