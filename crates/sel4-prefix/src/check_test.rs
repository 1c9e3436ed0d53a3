use super::*;
use crate::export::test::exported;
use crate::prefix::KERNEL_CONFIG;

/// Changes text in an exported prefix's configuration and gives the refusals, with the prefix's
/// path as `P`.
fn refusals(changes: &[(&str, &str)], platform: &str) -> Vec<String> {
    let dir = exported();
    let file = dir.path().join(KERNEL_CONFIG);
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    std::fs::write(&file, text).unwrap();
    let prefix = Prefix::open(dir.path()).unwrap();
    let path = dir.path().display().to_string();
    match prefix.check(platform) {
        Ok(()) => Vec::new(),
        Err(error) => error.to_string().lines().map(|line| line.replace(&path, "P")).collect(),
    }
}

#[test]
fn the_embedded_kernels_prefix_will_do() {
    assert_eq!(refusals(&[], "qemu-arm-virt"), [""; 0]);
}

#[test]
fn each_refusal_names_prefix_option_value_and_setting() {
    assert_eq!(
        refusals(
            &[
                ("\"EXPORT_PTMR_USER\": true", "\"EXPORT_PTMR_USER\": false"),
                ("\"ROOT_CNODE_SIZE_BITS\": \"18\"", "\"ROOT_CNODE_SIZE_BITS\": \"12\""),
                ("\"DISABLE_WFI_WFE_TRAPS\": false", "\"DISABLE_WFI_WFE_TRAPS\": true"),
                ("\"KERNEL_MCS\": false", "\"KERNEL_MCS\": true"),
                ("\"ARM_HYPERVISOR_SUPPORT\": true,", ""),
            ],
            "qemu-arm-virt"
        ),
        [
            "prefix P: ARM_HYPERVISOR_SUPPORT is not set, expected true (virtual machines need \
             it); build the kernel with -DKernelArmHypervisorSupport=ON",
            "prefix P: KERNEL_MCS is true, expected false (the system uses the API without MCS); \
             build the kernel with -DKernelIsMCS=OFF",
            "prefix P: EXPORT_PTMR_USER is false, expected true (the time server uses the \
             physical timer); build the kernel with -DKernelArmExportPTMRUser=ON",
            "prefix P: DISABLE_WFI_WFE_TRAPS is true, expected false (an idle guest must give up \
             the processor); build the kernel with -DKernelArmDisableWFIWFETraps=OFF",
            "prefix P: ROOT_CNODE_SIZE_BITS is \"12\", expected at least 17 (guest images take \
             many slots); build the kernel with -DKernelRootCNodeSizeBits=17",
        ]
    );
}

#[test]
fn the_platform_must_agree() {
    assert_eq!(
        refusals(&[], "tx2"),
        ["prefix P: PLAT is \"qemu-arm-virt\", expected \"tx2\" (the platform of this build); \
             build the kernel with -DKernelPlatform=tx2"]
    );
}

#[test]
fn missing_files_are_named() {
    let dir = exported();
    std::fs::remove_file(dir.path().join(KERNEL)).unwrap();
    std::fs::remove_file(dir.path().join(DEVICE_TREE)).unwrap();
    let prefix = Prefix::open(dir.path()).unwrap();
    let text = prefix.check("qemu-arm-virt").unwrap_err().to_string();
    let at = dir.path().display();
    assert_eq!(
        text,
        format!(
            "prefix {at}: there is no bin/kernel.elf; install the kernel again (`ninja install`)\n\
             prefix {at}: there is no support/kernel.dtb; install the kernel again (`ninja \
             install`)"
        )
    );
}
