//! What differs between architectures. Each module has the same contents.

sel4_config::sel4_cfg_if! {
    if #[sel4_cfg(ARCH_AARCH64)] {
        mod arm;
        pub(crate) use arm::*;
    } else {
        compile_error!("the sel4 crate knows the architecture aarch64 only, so far");
    }
}
