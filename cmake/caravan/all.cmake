# Everything that an application's CMakeLists.txt finds without an include, as in CAmkES.

include_guard(GLOBAL)
foreach(part IN ITEMS arguments components config files imports kernel rootserver sel4 settings
                      vm_options
)
    include(${CMAKE_CURRENT_LIST_DIR}/${part}.cmake)
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/../camkes_vm_helpers.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../arm_vm_helpers.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../simulation.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../Findcamkes-vm.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../Findcamkes-arm-vm.cmake)
