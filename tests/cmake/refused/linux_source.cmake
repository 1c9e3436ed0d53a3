# expect: DownloadLinux(linux): Linux isn't built from source here
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_SOURCE_HELPERS_PATH})
DownloadLinux(linux)
