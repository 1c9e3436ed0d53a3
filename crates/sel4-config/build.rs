//! Refuses to build for the target machine without a prefix: the default configuration exists
//! for checks and documentation on the host only, and would give a program for another kernel.

use std::env;
use std::process::exit;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SEL4_PREFIX");
    println!("cargo::rerun-if-env-changed=SEL4_INCLUDE_DIRS");
    let bare_metal = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none");
    let given = ["SEL4_PREFIX", "SEL4_INCLUDE_DIRS"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    if bare_metal && !given {
        println!(
            "cargo::error=SEL4_PREFIX isn't set: expected the directory that a kernel was \
             installed to (with libsel4/include in it)"
        );
        exit(1);
    }
}
