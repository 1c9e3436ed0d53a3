# What CMake knows of this platform: seL4's names of it, and the kernel's architectures.
set(KernelPlatform pc99 CACHE STRING "" FORCE)
set(KernelPlatformPC99 ON CACHE INTERNAL "" FORCE)
set(CARAVAN_ARCH X86)
set(CARAVAN_SEL4_ARCHS x86_64)
