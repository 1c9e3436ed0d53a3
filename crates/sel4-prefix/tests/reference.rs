//! Checks against a C kernel that was built with the settings of an embedded one: the files that state
//! the configuration must be identical.
//!
//! `SEL4_PREFIX` names it. Without it, or with another kernel, the tests fail, so `cargo test` leaves
//! them out: `cargo xtask test` runs them where the kernel is such a one.

mod common;

use sel4_prefix::{KernelConfig, Platform, Prefix};

fn reference() -> Prefix {
    common::prefix("SEL4_PREFIX")
}

/// The settings of the embedded kernel that give a prefix.
fn settings(prefix: &Prefix) -> KernelConfig {
    let options = prefix.config();
    let end_of_ram = prefix.regions().unwrap().memory.last().unwrap().end;
    let platform = Platform::built_in(options.text("PLAT").unwrap()).unwrap();
    KernelConfig {
        memory_mib: (end_of_ram - platform.ram_start) / (1 << 20),
        ..KernelConfig::from_options("the reference", options).unwrap()
    }
}

fn assert_same_text(file: &str, ours: &str, theirs: &str) {
    for (number, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
        assert_eq!(ours, theirs, "{file}, line {}", number + 1);
    }
    assert_eq!(ours, theirs, "{file}");
}

#[test]
fn configuration_is_the_reference_kernels() {
    let prefix = reference();
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
fn memory_map_is_the_reference_kernels() {
    let prefix = reference();
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
