//! Writes the configuration as constants, and passes the linker script with the
//! platform's load address to the linker.
//!
//! `CARAVAN_KERNEL_CONFIG` names a directory with the kernel's
//! `gen_config.json` and the platform's `platform_gen.json`. Without it the
//! kernel is built for the default configuration.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Virtual address of the image: the last GiB of what the kernel maps in
/// the EL2 translation regime. `arch::aarch64::memory_map` has the same.
const KERNEL_IMAGE_BASE: u64 = 0xff_c000_0000;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=kernel-aarch64.ld");
    println!("cargo::rerun-if-env-changed=CARAVAN_KERNEL_CONFIG");
    println!("cargo::rustc-env=KERNEL_IMAGE_BASE={KERNEL_IMAGE_BASE:x}");

    let directory = env::var_os("CARAVAN_KERNEL_CONFIG").map(PathBuf::from);
    if let Some(directory) = &directory {
        println!("cargo::rerun-if-changed={}", directory.display());
    }
    let constants = match sel4_prefix::constants::kernel_constants_from(directory.as_deref()) {
        Ok(constants) => constants,
        Err(error) => panic!("{error}"),
    };
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let file = Path::new(&out).join("configuration.rs");
    fs::write(&file, &constants)
        .unwrap_or_else(|error| panic!("can't write {}: {error}", file.display()));

    println!("cargo::rustc-check-cfg=cfg(gic_v3)");
    if constants.contains("pub const ARM_GIC_V3_SUPPORT: bool = true;") {
        println!("cargo::rustc-cfg=gic_v3");
    }
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        link(load_address(&constants));
    }
}

/// The load address, which the linker script needs too.
fn load_address(constants: &str) -> &str {
    constants
        .lines()
        .find_map(|line| line.strip_prefix("pub const PHYS_BASE: usize = ")?.strip_suffix(';'))
        .expect("the constants have PHYS_BASE")
}

fn link(load_address: &str) {
    let directory = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    for argument in [
        format!("-T{directory}/kernel-aarch64.ld"),
        format!("--defsym=KERNEL_PHYS_BASE={load_address}"),
        format!("--defsym=KERNEL_IMAGE_BASE={KERNEL_IMAGE_BASE:#x}"),
        "-zmax-page-size=0x1000".to_owned(),
        "--no-dynamic-linker".to_owned(),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
