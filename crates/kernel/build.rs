//! Passes the linker script, with the platform's load address, to the linker.

use std::env;

#[allow(dead_code, missing_docs)]
#[path = "src/platform/qemu_arm_virt.rs"]
mod platform;

/// Virtual address of the image; `arch::aarch64::memory_map` has the rest of the
/// kernel's address space.
const KERNEL_IMAGE_BASE: u64 = 0xff_c000_0000;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/platform/qemu_arm_virt.rs");
    println!("cargo::rerun-if-changed=kernel-aarch64.ld");
    println!("cargo::rerun-if-env-changed=CARAVAN_KERNEL_CPU");
    println!("cargo::rustc-check-cfg=cfg(pa_size_bits_44)");

    match env::var("CARAVAN_KERNEL_CPU").as_deref() {
        Err(_) | Ok("cortex-a53") => {}
        Ok("cortex-a57") => println!("cargo::rustc-cfg=pa_size_bits_44"),
        Ok(other) => {
            panic!("CARAVAN_KERNEL_CPU is \"{other}\", expected \"cortex-a53\" or \"cortex-a57\"")
        }
    }

    println!("cargo::rustc-env=KERNEL_IMAGE_BASE={KERNEL_IMAGE_BASE:x}");

    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let directory = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    for argument in [
        format!("-T{directory}/kernel-aarch64.ld"),
        format!(
            "--defsym=KERNEL_PHYS_BASE={:#x}",
            platform::KERNEL_PHYS_BASE
        ),
        format!("--defsym=KERNEL_IMAGE_BASE={KERNEL_IMAGE_BASE:#x}"),
        "-zmax-page-size=0x1000".to_owned(),
        "--no-dynamic-linker".to_owned(),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
