# expect: AddOverlayToRootfs(target) for buildroot: the mode is 'overlay' (expected one of rootfs_install)
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddOverlayToRootfs(${CMAKE_CURRENT_SOURCE_DIR} rootfs.cpio buildroot overlay out target)
