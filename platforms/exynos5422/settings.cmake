# What CMake knows of this platform: seL4's names of it, and the kernel's architectures.
set(KernelPlatform exynos5422 CACHE STRING "" FORCE)
set(KernelPlatformExynos5422 ON CACHE INTERNAL "" FORCE)
set(CARAVAN_ARCH ARM)
set(CARAVAN_SEL4_ARCHS arm_hyp)
