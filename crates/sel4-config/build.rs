//! Refuses to build for the target machine without a prefix: the default configuration exists
//! for checks and documentation on the host only, and would give a program for another kernel.

use std::env;

use sel4_build_env::{Libsel4, or_exit};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let bare_metal = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none");
    if bare_metal && !Libsel4::from_env().is_given() {
        or_exit(Err::<(), _>(
            "SEL4_PREFIX isn't set: expected the directory that a kernel was installed to (with \
             libsel4/include in it)"
                .to_owned(),
        ));
    }
}
