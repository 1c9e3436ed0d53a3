//! The checkout, and cargo runs inside it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables with which the caller's cargo run could change ours. Flags for the bare-metal crates
/// come from their build scripts; `RUSTFLAGS` would silently be added to or replace them.
const CLEARED: [&str; 12] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_ENCODED_RUSTDOCFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "SEL4_PREFIX",
    "OUT_DIR",
];

/// The root of the checkout.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Where everything that is built goes: `CARGO_TARGET_DIR`, or `target` in the checkout.
pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(path) if !path.is_empty() => std::path::absolute(&path).unwrap_or(path.into()),
        _ => root().join("target"),
    }
}

/// Removes what the caller's environment could change in a build of ours.
pub fn clean_environment(command: &mut Command) {
    for name in CLEARED {
        command.env_remove(name);
    }
    clean_flags(command);
}

/// Removes what `cargo run` has set for xtask itself: it would make crates that look at it stale.
pub fn clean_flags(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}
