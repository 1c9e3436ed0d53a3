# The options of ARM VMs, with camkes-vm's names and defaults. Applications set them in their
# settings.cmake and give them to .camkes files with AddCamkesCPPFlag.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/config.cmake)

macro(caravan_vm_options)
    # The type VM needs no declaration: an application without a crate of its own has this one.
    if(KernelArchARM AND EXISTS ${CARAVAN_DIR}/components/VM_Arm/Cargo.toml)
        set_property(GLOBAL PROPERTY CARAVAN_DEFAULT_CRATE_VM ${CARAVAN_DIR}/components/VM_Arm)
    endif()
    set(caravan_exynos "KernelPlatformExynos5410 OR KernelPlatformExynos5422")
    set(caravan_virtio "${caravan_exynos} OR KernelPlatformTx2 OR KernelPlatformQEMUArmVirt OR KernelPlatformZynqmp")

    # camkes-vm has this one ON. It lets a guest reach whatever its VM component could: here a guest has
    # what is listed for it.
    config_option(VmOnDemandDeviceInstall VM_ONDEMAND_DEVICE_INSTALL
        "Map devices of the VM into the guest as it touches them" DEFAULT OFF)
    config_option(VmEmmc2NoDMA VM_EMMC2_NODMA
        "Give the SD card's registers to the guest for reading only" DEFAULT OFF)
    config_option(VmVUSB VM_VUSB "Paravirtual USB" DEFAULT OFF DEPENDS "KernelPlatformExynos5410")
    config_option(VmPCISupport VM_PCI_SUPPORT "A virtual PCI bus" DEFAULT OFF
        DEPENDS "${caravan_virtio} OR KernelPlatformOdroidc2")
    config_option(VmVirtioNetArping VM_VIRTIO_NET_ARPING "A network card that answers ARP requests"
        DEFAULT OFF DEPENDS "${caravan_virtio}" "VmPCISupport")
    config_option(VmVirtioNetVirtqueue VM_VIRTIO_NET_VIRTQUEUE
        "A network card connected to other components" DEFAULT OFF DEPENDS "${caravan_virtio}"
        "VmPCISupport")
    config_option(VmVirtioConsole VM_VIRTIO_CON "A virtio console" DEFAULT OFF
        DEPENDS "${caravan_exynos} OR KernelPlatformQEMUArmVirt" "VmPCISupport")
    config_choice(VmRootfs VM_ROOTFS "The guest's root device"
        "mmcblk0p2;VmRootfsMmcblk0p2;VM_ROOTFS_MMCBLK0P2"
        "mmcblk1p2;VmRootfsMmcblk1p2;VM_ROOTFS_MMCBLK1P2")
    config_choice(VmTk1Rootfs VM_TK1_ROOTFS "The TK1's root file system"
        "initrd;VmTk1InitrdRootfs;VM_TK1_INITRD_ROOTFS"
        "mmcblk0p2;VmTk1EmmcRootfs;VM_TK1_EMMC_ROOTFS")
    config_option(Tk1DeviceFwd TK1_DEVICE_FWD
        "Forward the guest's accesses to UART and clocks to other components" DEFAULT OFF
        DEPENDS "KernelPlatformTK1")
    config_option(Tk1Insecure TK1_INSECURE "Give all devices to the VM" DEFAULT OFF
        DEPENDS "KernelPlatformTK1")
    config_option(VmInitRdFile VM_INITRD_FILE
        "Older applications: the guest has an initial RAM disk" DEFAULT OFF)
    config_option(VmDtbFile VM_DTB_FILE "Older applications: the guest's device tree is a file"
        DEFAULT OFF)
    config_option(VmVirtUart VM_VIRT_UART "An emulated serial port" DEFAULT OFF
        DEPENDS "${caravan_exynos} OR KernelPlatformZynqmp")
    config_choice(VmZynqmpPetalinuxVersion ZYNQMP_PETALINUX_VERSION "The version of Petalinux"
        "2018_3;VmZynqmpPetalinux2018_3;ZYNQMP_PETALINUX_2018_3;KernelPlatformZynqmp"
        "2021_1;VmZynqmpPetalinux2021_1;ZYNQMP_PETALINUX_2021_1;KernelPlatformZynqmp"
        "2022_1;VmZynqmpPetalinux2022_1;ZYNQMP_PETALINUX_2022_1;KernelPlatformZynqmp")
    caravan_warn_of_options()
endmacro()

# Says which options that are ON nothing but macros of .camkes files comes of.
function(caravan_warn_of_options)
    # `on` would be true for if() whatever it holds.
    set(chosen "")
    foreach(option IN ITEMS VmEmmc2NoDMA VmVUSB VmPCISupport VmVirtioNetArping VmVirtioNetVirtqueue
                            VmVirtioConsole Tk1DeviceFwd VmVirtUart)
        if(${option})
            list(APPEND chosen ${option})
        endif()
    endforeach()
    if(NOT "${chosen}" STREQUAL "")
        list(JOIN chosen ", " chosen)
        message(
            WARNING
                "${chosen}: .camkes files see it, but the VM component doesn't have such a device yet"
        )
    endif()
    if(VmOnDemandDeviceInstall)
        message(
            WARNING
                "VmOnDemandDeviceInstall has no effect: a guest has what dtb, mmios and untyped_mmios list for it, from \
the start"
        )
    endif()
endfunction()
