# find_package(camkes-arm-vm): the paths that applications with ARM VMs include.

set(CAMKES_ARM_VM_DIR ${CARAVAN_DIR} CACHE INTERNAL "")
set(CAMKES_ARM_VM_HELPERS_PATH ${CARAVAN_DIR}/cmake/arm_vm_helpers.cmake CACHE INTERNAL "")
set(camkes-arm-vm_FOUND TRUE)

# The environment is set up already.
macro(camkes_arm_vm_import_project)
endmacro()
macro(camkes_arm_vm_setup_arm_vm_environment)
endmacro()
