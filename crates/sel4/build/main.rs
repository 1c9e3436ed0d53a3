//! Generates the raw bindings from the interface description in the prefix: system call
//! numbers, invocation labels, and one stub per invocation that packs its parameters into a
//! message as libsel4 does.

use std::path::PathBuf;
use std::process::exit;
use std::{env, fs};

mod layout;
mod numbers;
mod source;
mod stubs;

use source::{Result, Source};

fn main() {
    println!("cargo::rerun-if-changed=build");
    if let Err(message) = generate() {
        println!("cargo::error={message}");
        exit(1);
    }
}

fn generate() -> Result<()> {
    let source = Source::from_env()?;
    check_target(&source)?;
    let api = source.interfaces()?;
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let write = |name: &str, text: String| {
        fs::write(out.join(name), text).map_err(|err| format!("{name} in {out:?}: {err}"))
    };
    write("numbers.rs", numbers::generate(&source, &api)?)?;
    write("stubs.rs", stubs::generate(&source, &api)?)
}

/// A program for one architecture can't run on a kernel for another: says so before the
/// assembler would.
fn check_target(source: &Source) -> Result<()> {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return Ok(());
    }
    let target = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let kernel = source.text("SEL4_ARCH")?;
    let matching = match kernel {
        "aarch32" | "arm_hyp" => "arm",
        other => other,
    };
    if target == matching {
        Ok(())
    } else {
        Err(format!(
            "the kernel in {} is for {kernel}, but the target is {target}",
            source.describe()
        ))
    }
}
