# The script that boots the image in QEMU. `include(simulation)`.

include_guard(GLOBAL)

# GenerateSimulateScript()
#
# Asks for the script `simulate` in the build folder. It is made for every platform that QEMU
# emulates, asked for or not; for others this is an error. Arguments for QEMU may be put into the
# variable qemu_sim_extra_args before.
function(GenerateSimulateScript)
    caravan_parse_arguments(GenerateSimulateScript 0 "" "" "")
    if(NOT CARAVAN_QEMU_BINARY)
        message(FATAL_ERROR "GenerateSimulateScript: QEMU doesn't emulate the platform ${PLATFORM}")
    endif()
    if(NOT SIMULATION)
        message(STATUS "GenerateSimulateScript: SIMULATION is OFF, so there will be no script")
    endif()
    set_property(GLOBAL PROPERTY CARAVAN_SIMULATE_ARGUMENTS "${qemu_sim_extra_args}")
endfunction()

# SetSimulationScriptProperty(GRAPHIC|MEM_SIZE <value>)
#
# GRAPHIC: whether QEMU opens a window. The memory is the kernel's: MEM_SIZE is refused.
function(SetSimulationScriptProperty property value)
    if(property STREQUAL "GRAPHIC")
        set_property(GLOBAL PROPERTY CARAVAN_SIMULATE_GRAPHIC "${value}")
    elseif(property STREQUAL "MEM_SIZE")
        message(
            FATAL_ERROR
                "SetSimulationScriptProperty: MEM_SIZE ${value}: the kernel is built for its amount of \
memory, ${CARAVAN_QEMU_MEMORY} MiB; another one needs a kernel with another QEMU_MEMORY"
        )
    else()
        caravan_did_you_mean("${property}" hint GRAPHIC MEM_SIZE)
        message(
            FATAL_ERROR
                "SetSimulationScriptProperty: unknown property '${property}'${hint} (expected GRAPHIC)"
        )
    endif()
endfunction()

# ApplyCommonSimulationSettings(<seL4 architecture>): the kernel is given, so nothing is to be set.
function(ApplyCommonSimulationSettings sel4_arch)
endfunction()

# Writes the script for an image.
function(caravan_write_simulate image)
    get_property(arguments GLOBAL PROPERTY CARAVAN_SIMULATE_ARGUMENTS)
    if("${arguments}" STREQUAL "")
        # Given on the command line, and the application doesn't call GenerateSimulateScript.
        set(arguments "${qemu_sim_extra_args}")
    endif()
    get_property(graphic GLOBAL PROPERTY CARAVAN_SIMULATE_GRAPHIC)
    set(CARAVAN_DISPLAY "-display none")
    if(graphic)
        set(CARAVAN_DISPLAY "")
    endif()
    list(JOIN arguments " " CARAVAN_EXTRA_ARGUMENTS)
    set(CARAVAN_IMAGE "${image}")
    configure_file(
        ${CARAVAN_DIR}/cmake/caravan/simulate.in ${CMAKE_BINARY_DIR}/simulate @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                         WORLD_EXECUTE
    )
endfunction()
