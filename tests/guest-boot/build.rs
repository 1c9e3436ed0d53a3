//! Puts the guest's files into the program: `GUEST_KERNEL` and `GUEST_INITRD` name them.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let mut text = String::new();
    for (name, variable) in [("KERNEL", "GUEST_KERNEL"), ("INITRD", "GUEST_INITRD")] {
        println!("cargo::rerun-if-env-changed={variable}");
        let path = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
        let value = match path {
            None => "&[]".to_owned(),
            Some(path) => match fs::canonicalize(&path) {
                Ok(path) => {
                    println!("cargo::rerun-if-changed={}", path.display());
                    format!("include_bytes!({path:?})")
                }
                Err(error) => {
                    println!("cargo::error={variable}: {}: {error}", path.display());
                    return;
                }
            },
        };
        text.push_str(&format!("pub static {name}: &[u8] = {value};\n"));
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    if let Err(error) = fs::write(out.join("files.rs"), text) {
        println!("cargo::error=files.rs: {error}");
    }
}
