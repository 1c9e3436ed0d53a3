//! What differs between architectures. Each module has the same contents.

sel4::sel4_cfg_if! {
    if #[sel4_cfg(ARCH_AARCH64)] {
        mod aarch64;
        pub use aarch64::*;
    } else {
        compile_error!("the initializer knows the architecture aarch64 only, so far");
    }
}
