include(${CAMKES_VM_HELPERS_PATH})
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
include(ExternalProject)
include(external-project-helpers)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/rootfs.cpio.gz x)
ExternalProject_Add(
    tool SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/Hello CONFIGURE_COMMAND "" BUILD_COMMAND "" INSTALL_COMMAND ""
)
AddExternalProjFilesToOverlay(tool ${CMAKE_CURRENT_BINARY_DIR}/tool overlay "usr/bin" FILES one two)
AddFileToOverlayDir("S90x" ${CMAKE_CURRENT_LIST_FILE} "etc/init.d" overlay DEPENDS tool)
AddLinkToOverlayDir("K20x" "../init.d/S90x" "etc/rc0.d/" overlay)
AddOverlayDirToRootfs(
    overlay ${CMAKE_CURRENT_BINARY_DIR}/rootfs.cpio.gz "buildroot" "rootfs_install" rootfs rootfs_target GZIP
)
if(NOT rootfs STREQUAL "${CMAKE_CURRENT_BINARY_DIR}/out_rootfs_target/output_overlay_rootfs.cpio.gz")
    message(FATAL_ERROR "the new root file system is ${rootfs}")
endif()
AddOverlayToRootfs(
    ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/rootfs.cpio.gz debian fs_install disk disk_target
    SPLITGZ CUSTOM_INIT ${CMAKE_CURRENT_LIST_FILE} DEPENDS tool
)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/linux-dtb x)
UpdateDtbFromInitrd(
    "${CMAKE_CURRENT_BINARY_DIR}/linux-dtb" ${rootfs} "0x4d700000" dtb_target dtb DEPENDS rootfs_target
)
if(NOT dtb STREQUAL "${CMAKE_CURRENT_BINARY_DIR}/gen_dtb_linux-dtb")
    message(FATAL_ERROR "the new device tree is ${dtb}")
endif()
AddToFileServer("linux-initrd" ${rootfs} DEPENDS rootfs_target)
AddToFileServer("linux-dtb" ${dtb} DEPENDS dtb_target)
DeclareCAmkESComponent(Hello CRATE Hello)
DeclareCAmkESRootserver(hello.camkes)
