# What a build is of: the application, the platform, the kernel. Sets the variables that applications
# written for camkes-vm look at.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/arguments.cmake)

# Sets `out` to the names of the folders in folders.
function(caravan_folder_names out)
    set(names "")
    foreach(folder IN LISTS ARGN)
        file(GLOB entries LIST_DIRECTORIES true RELATIVE ${folder} ${folder}/*)
        foreach(entry IN LISTS entries)
            if(IS_DIRECTORY ${folder}/${entry})
                list(APPEND names ${entry})
            endif()
        endforeach()
    endforeach()
    set(${out} "${names}" PARENT_SCOPE)
endfunction()

# Finds the application. An application has its own folder anywhere (CAMKES_VM_APP_DIR), or is one of
# apps, apps/Arm and apps/x86.
macro(caravan_find_app)
    set(CAMKES_VM_APP_DIR "" CACHE PATH "Folder of an application that isn't part of the project")
    if(CAMKES_VM_APP_DIR)
        get_filename_component(CARAVAN_APP_DIR "${CAMKES_VM_APP_DIR}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
        if(NOT EXISTS "${CARAVAN_APP_DIR}/CMakeLists.txt")
            message(FATAL_ERROR "CAMKES_VM_APP_DIR is ${CAMKES_VM_APP_DIR}: there is no CMakeLists.txt")
        endif()
        get_filename_component(CAMKES_VM_APP "${CARAVAN_APP_DIR}" NAME)
    else()
        set(CARAVAN_APP_DIR "")
        foreach(AppArch IN ITEMS Arm x86 "")
            set(folder "${CARAVAN_DIR}/apps/${AppArch}/${CAMKES_VM_APP}")
            if(NOT CAMKES_VM_APP STREQUAL "" AND EXISTS "${folder}/CMakeLists.txt")
                set(CARAVAN_APP_DIR "${folder}")
                break()
            endif()
        endforeach()
        if(CARAVAN_APP_DIR STREQUAL "")
            file(GLOB files RELATIVE ${CARAVAN_DIR}/apps ${CARAVAN_DIR}/apps/*/CMakeLists.txt
                 ${CARAVAN_DIR}/apps/*/*/CMakeLists.txt
            )
            set(all "")
            foreach(file IN LISTS files)
                get_filename_component(folder ${file} DIRECTORY)
                get_filename_component(name ${folder} NAME)
                list(APPEND all ${name})
            endforeach()
            caravan_did_you_mean("${CAMKES_VM_APP}" hint ${all})
            list(JOIN all ", " all)
            message(
                FATAL_ERROR
                    "CAMKES_VM_APP is '${CAMKES_VM_APP}': there is no such application${hint} (expected \
one of ${all}, or CAMKES_VM_APP_DIR with the folder of your own)"
            )
        endif()
    endif()
    # What applications of camkes-vm-examples lie beside: boards' folders, overlays.
    get_filename_component(CARAVAN_APP_DIR "${CARAVAN_APP_DIR}" REALPATH)
endmacro()

# Checks that a switch is one.
function(caravan_check_switch name)
    string(TOUPPER "${${name}}" value)
    if(NOT value MATCHES "^(ON|OFF|TRUE|FALSE|YES|NO|Y|N|1|0|)$")
        message(FATAL_ERROR "${name} is '${${name}}' (expected ON or OFF)")
    endif()
endfunction()

# Reads the platform's settings.
macro(caravan_find_platform)
    caravan_folder_names(caravan_platforms ${CARAVAN_DIR}/platforms)
    if(NOT PLATFORM IN_LIST caravan_platforms)
        caravan_did_you_mean("${PLATFORM}" hint ${caravan_platforms})
        list(JOIN caravan_platforms ", " all)
        message(
            FATAL_ERROR "PLATFORM is '${PLATFORM}': there is no such platform${hint} (expected one of ${all})"
        )
    endif()
    foreach(switch IN ITEMS RELEASE SIMULATION)
        caravan_check_switch(${switch})
    endforeach()
    # What was derived from another platform would stay.
    set(CARAVAN_CONFIGURED_FOR "${PLATFORM} ${AARCH64}" CACHE INTERNAL "")
    if(NOT CARAVAN_CONFIGURED_FOR STREQUAL "${PLATFORM} ${AARCH64}")
        string(REGEX REPLACE " .*" "" before "${CARAVAN_CONFIGURED_FOR}")
        message(
            FATAL_ERROR
                "This build folder was configured for PLATFORM ${before}, and can't change to another \
platform or AARCH64: take a new one"
        )
    endif()
    set(CARAVAN_PLATFORM_DIR ${CARAVAN_DIR}/platforms/${PLATFORM})
    include(${CARAVAN_PLATFORM_DIR}/settings.cmake)
    set(KernelARMPlatform ${PLATFORM} CACHE STRING "" FORCE)
    set(KernelArch${CARAVAN_ARCH} ON CACHE INTERNAL "" FORCE)
    list(GET CARAVAN_SEL4_ARCHS 0 KernelSel4Arch)
    if(DEFINED AARCH64)
        # As in camkes-vm: ON or OFF chooses between the two kinds of ARM kernel.
        set(KernelSel4Arch arm_hyp)
        if(AARCH64)
            set(KernelSel4Arch aarch64)
        endif()
        if(NOT KernelSel4Arch IN_LIST CARAVAN_SEL4_ARCHS)
            list(JOIN CARAVAN_SEL4_ARCHS ", " all)
            message(FATAL_ERROR "AARCH64 is ${AARCH64}, but ${PLATFORM} is built for ${all} only")
        endif()
    endif()
    string(SUBSTRING ${KernelSel4Arch} 0 1 initial)
    string(TOUPPER ${initial} initial)
    string(SUBSTRING ${KernelSel4Arch} 1 -1 rest)
    set(KernelSel4Arch${initial}${rest} ON CACHE INTERNAL "" FORCE)
endmacro()

# Checks what is asked of the kernel's number of cores.
macro(caravan_check_nodes)
    set(NUM_NODES 1 CACHE STRING "Cores that the kernel uses")
    if(NOT NUM_NODES MATCHES "^[1-9][0-9]*$")
        message(FATAL_ERROR "NUM_NODES is '${NUM_NODES}' (expected a number from 1 on)")
    endif()
    if(NUM_NODES GREATER 1)
        message(
            FATAL_ERROR
                "NUM_NODES is ${NUM_NODES}, but kernels with one core are supported only. A VM may have \
several vCPUs on it: set num_vcpus in its configuration"
        )
    endif()
    set(KernelMaxNumNodes ${NUM_NODES} CACHE STRING "" FORCE)
endmacro()
