# What CMake knows of this platform: seL4's names of it, and the kernel's architectures.
set(KernelPlatform zynqmp CACHE STRING "" FORCE)
set(KernelPlatformZynqmp ON CACHE INTERNAL "" FORCE)
set(CARAVAN_ARCH ARM)
set(CARAVAN_SEL4_ARCHS aarch64)
set(KernelPlatformZynqmpZcu102 ON CACHE INTERNAL "" FORCE)
