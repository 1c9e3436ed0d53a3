# expect: the distribution is 'fedora' (expected one of debian, buildroot)
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddOverlayToRootfs(${CMAKE_CURRENT_SOURCE_DIR} rootfs.cpio fedora rootfs_install out target)
