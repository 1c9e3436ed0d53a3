# find_package(camkes-vm): the paths that applications with VMs include.

set(CAMKES_VM_DIR ${CARAVAN_DIR} CACHE INTERNAL "")
set(CAMKES_VM_HELPERS_PATH ${CARAVAN_DIR}/cmake/camkes_vm_helpers.cmake CACHE INTERNAL "")
set(CAMKES_VM_SETTINGS_PATH ${CARAVAN_DIR}/cmake/camkes_vm_settings.cmake CACHE INTERNAL "")
set(camkes-vm_FOUND TRUE)

# The environment is set up already.
macro(camkes_x86_vm_setup_x86_vm_environment)
endmacro()
