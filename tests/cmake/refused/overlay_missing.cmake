# expect: AddOverlayDirToRootfs(target): there is no overlay overlay (expected one of AddFileToOverlayDir)
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddOverlayDirToRootfs(overlay rootfs.cpio buildroot rootfs_install out target)
