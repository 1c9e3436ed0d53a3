# expect: GetArchDefaultLinuxKernelFile: the size is '16' (expected 32 or 64)
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
GetArchDefaultLinuxKernelFile(16 kernel)
