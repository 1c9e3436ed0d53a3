# find_package(camkes-vm-linux): the path of the functions for guests' images.

set(CAMKES_VM_LINUX_DIR ${CARAVAN_DIR}/linux CACHE INTERNAL "")
set(CAMKES_VM_LINUX_HELPERS_PATH ${CARAVAN_DIR}/cmake/vm-linux-helpers.cmake CACHE INTERNAL "")
# Guests' kernels and modules come from Debian's packages: what would build them says so.
set(CAMKES_VM_LINUX_SOURCE_HELPERS_PATH ${CARAVAN_DIR}/cmake/vm-linux-source-helpers.cmake CACHE INTERNAL "")
set(CAMKES_VM_LINUX_MODULE_HELPERS_PATH ${CARAVAN_DIR}/cmake/vm-linux-source-helpers.cmake CACHE INTERNAL "")
set(camkes-vm-linux_FOUND TRUE)
