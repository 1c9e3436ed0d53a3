# expect: CMakeLists.txt: no kernel: it starts with
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
set(CARAVAN_GUEST_KERNEL ${CMAKE_CURRENT_LIST_FILE})
GetDefaultLinuxKernelFile(kernel)
