# find_package(camkes-vm-linux): the path of the functions for guests' images.

set(CAMKES_VM_LINUX_DIR ${CARAVAN_DIR}/linux CACHE INTERNAL "")
set(CAMKES_VM_LINUX_HELPERS_PATH ${CARAVAN_DIR}/cmake/vm-linux-helpers.cmake CACHE INTERNAL "")
set(camkes-vm-linux_FOUND TRUE)
