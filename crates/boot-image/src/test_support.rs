//! Inputs for tests.

use serde_json::{Map, Value, json};

/// The options of a kernel that can be started.
pub fn options() -> Map<String, Value> {
    let options = json!({
        "SEL4_ARCH": "aarch64",
        "ARM_HYPERVISOR_SUPPORT": true,
        "ARM_PA_SIZE_BITS_40": true,
        "ARM_PA_SIZE_BITS_44": false,
        "MAX_NUM_NODES": "1",
        "ROOT_CNODE_SIZE_BITS": "18",
        "MAX_NUM_BOOTINFO_UNTYPED_CAPS": "230",
    });
    options.as_object().cloned().unwrap_or_default()
}
