//! Generates the raw bindings from the interface description in the prefix: system call
//! numbers, invocation labels, and one stub per invocation that packs its parameters into a
//! message as libsel4 does.

use std::env;

use sel4_build_env::{Libsel4, Result, or_exit, text, write_output};
use sel4_prefix::config::Config;

mod layout;
mod numbers;
mod stubs;

fn main() {
    println!("cargo::rerun-if-changed=build");
    or_exit(generate());
}

fn generate() -> Result<()> {
    let libsel4 = Libsel4::from_env();
    let config = libsel4.config()?;
    check(&config)?;
    let word_size = match text(&config, "WORD_SIZE")? {
        "32" => 32,
        "64" => 64,
        other => return Err(format!("WORD_SIZE is {other:?}, expected \"32\" or \"64\"")),
    };
    let interfaces = libsel4.interfaces()?;
    let calls = libsel4.system_calls()?;
    write_output("numbers.rs", &numbers::generate(&calls, &interfaces, &config)?)?;
    write_output("stubs.rs", &stubs::generate(&interfaces, &config, word_size)?)
}

/// Says what this crate can't do before the compiler finds out.
fn check(config: &Config) -> Result<()> {
    if config.is_enabled("KERNEL_MCS") {
        return Err("the kernel has KERNEL_MCS on, expected a kernel without MCS".to_owned());
    }
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return Ok(());
    }
    // A program for one architecture can't run on a kernel for another.
    let target = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let kernel = text(config, "SEL4_ARCH")?;
    let wanted = match kernel {
        "aarch32" | "arm_hyp" => "arm",
        other => other,
    };
    if target == wanted {
        Ok(())
    } else {
        Err(format!("the kernel is for {kernel}, expected one for the target's {target}"))
    }
}
