# The kernel's prefix and the tools, asked of `cargo xtask layer`: what the machine needs is set up
# there, and nowhere else.

include_guard(GLOBAL)

# Runs xtask; its messages go to the terminal.
function(caravan_xtask)
    execute_process(
        COMMAND cargo run --quiet --package xtask -- ${ARGV}
        WORKING_DIRECTORY ${CARAVAN_DIR}
        RESULT_VARIABLE result
    )
    if(NOT result EQUAL 0)
        list(JOIN ARGV " " command)
        message(FATAL_ERROR "`cargo xtask ${command}` failed: its message is above")
    endif()
endfunction()

# Sets CARAVAN_PREFIX, CARAVAN_KERNEL, CARAVAN_TARGET_DIR and CARAVAN_QEMU_*, from a file that xtask
# writes. CARAVAN_KERNEL_SETTINGS names such a file that is there already.
macro(caravan_find_kernel)
    set(CARAVAN_KERNEL_SETTINGS "" CACHE INTERNAL "")
    set(caravan_settings "${CARAVAN_KERNEL_SETTINGS}")
    if(caravan_settings STREQUAL "")
        if(NOT EXISTS ${CARAVAN_PLATFORM_DIR}/platform.toml)
            message(
                FATAL_ERROR
                    "PLATFORM is ${PLATFORM}: its devices are known, so that `camkes check` can read its \
applications, but there is no support for its kernel yet (expected qemu-arm-virt)"
            )
        endif()
        set(caravan_settings ${CMAKE_BINARY_DIR}/kernel.cmake)
        set(caravan_options --platform ${PLATFORM} --output ${caravan_settings})
        if(SEL4_PREFIX)
            get_filename_component(SEL4_PREFIX "${SEL4_PREFIX}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
            set(ENV{SEL4_PREFIX} "${SEL4_PREFIX}")
            set(caravan_config ${SEL4_PREFIX}/libsel4/include/kernel/gen_config.json)
            if(RELEASE AND EXISTS ${caravan_config})
                file(STRINGS ${caravan_config} caravan_debug REGEX "\"DEBUG_BUILD\" *: *true")
                if(caravan_debug)
                    message(WARNING "RELEASE is ON, but the kernel of SEL4_PREFIX is a debug build")
                endif()
            endif()
        else()
            set(ENV{SEL4_PREFIX} "")
            list(APPEND caravan_options --embedded)
            if(RELEASE)
                list(APPEND caravan_options --release-kernel)
            endif()
            if(KernelArmCPU)
                list(APPEND caravan_options --kernel-cpu ${KernelArmCPU})
            endif()
            if(QEMU_GIC_VERSION)
                list(APPEND caravan_options --kernel-gic ${QEMU_GIC_VERSION})
            endif()
            if(QEMU_MEMORY)
                list(APPEND caravan_options --kernel-memory ${QEMU_MEMORY})
            endif()
        endif()
        caravan_xtask(layer kernel ${caravan_options})
    endif()
    include(${caravan_settings})
    set(CARAVAN_CAMKES_TOOL ${CARAVAN_TARGET_DIR}/debug/camkes)
    # Where libraries of guests' images and the like look for the tool that makes them.
    set(CARAVAN_GUEST_IMAGES_TOOL ${CARAVAN_TARGET_DIR}/debug/guest-images)
endmacro()

# Builds the tool for guests' kernels and root file systems. Not every application needs it, so it
# isn't there before somebody asks.
function(caravan_guest_images_tool)
    get_property(built GLOBAL PROPERTY CARAVAN_GUEST_IMAGES_BUILT)
    if(NOT built)
        caravan_xtask(layer guest-images)
        set_property(GLOBAL PROPERTY CARAVAN_GUEST_IMAGES_BUILT TRUE)
    endif()
endfunction()
