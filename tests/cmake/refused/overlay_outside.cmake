# expect: '../etc' leaves the root file system
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddFileToOverlayDir("x" ${CMAKE_CURRENT_LIST_FILE} "../etc" overlay)
