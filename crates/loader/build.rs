//! Links the bare-metal binary as one position-independent blob: the packer
//! chooses its address and applies the relocations.

fn main() {
    println!("cargo:rerun-if-changed=loader.ld");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let directory = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    for argument in [
        &format!("-T{directory}/loader.ld"),
        "-pie",
        "--no-dynamic-linker",
        // `core` is compiled for a fixed address, so its constants with
        // pointers in them lie in read-only sections.
        "-znotext",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
