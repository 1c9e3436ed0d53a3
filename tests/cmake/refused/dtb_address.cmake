# expect: UpdateDtbFromInitrd(target): 'here' is no address (expected a number, as 0x4d700000)
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
UpdateDtbFromInitrd(a.dtb rootfs.cpio here target out)
