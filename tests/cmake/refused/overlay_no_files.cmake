# expect: FILES names no file
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddExternalProjFilesToOverlay(tool dir overlay "usr/bin")
