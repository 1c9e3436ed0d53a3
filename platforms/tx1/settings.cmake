# What CMake knows of this platform: seL4's names of it, and the kernel's architectures.
set(KernelPlatform tx1 CACHE STRING "" FORCE)
set(KernelPlatformTx1 ON CACHE INTERNAL "" FORCE)
set(CARAVAN_ARCH ARM)
set(CARAVAN_SEL4_ARCHS aarch64)
