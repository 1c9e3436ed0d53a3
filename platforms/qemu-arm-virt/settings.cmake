# What CMake knows of this platform: seL4's names of it, and the kernel's architectures.
set(KernelPlatform qemu-arm-virt CACHE STRING "" FORCE)
set(KernelPlatformQEMUArmVirt ON CACHE INTERNAL "" FORCE)
set(CARAVAN_ARCH ARM)
set(CARAVAN_SEL4_ARCHS aarch64)
