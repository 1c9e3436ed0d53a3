# Functions for applications with VMs on x86, and for files in all applications.
# Applications include it by the path in CAMKES_VM_HELPERS_PATH.

include_guard(GLOBAL)

# Checks the arguments that DeclareCAmkESVM and DeclareCAmkESARMVM share, and binds the type to a
# crate.
function(caravan_declare_vm function type crate)
    cmake_parse_arguments(
        ARG "" "CRATE" "EXTRA_SOURCES;EXTRA_INCLUDES;EXTRA_LIBS;EXTRA_C_FLAGS;EXTRA_LD_FLAGS;SOURCES;INCLUDES;LIBS;C_FLAGS;LD_FLAGS"
        ${ARGN}
    )
    if(DEFINED ARG_UNPARSED_ARGUMENTS)
        list(GET ARG_UNPARSED_ARGUMENTS 0 unknown)
        set(known CRATE LIBS EXTRA_LIBS)
        caravan_did_you_mean("${unknown}" hint ${known})
        list(JOIN known ", " known)
        message(FATAL_ERROR "${function}: unknown argument '${unknown}'${hint} (expected one of ${known})")
    endif()
    # Both the names of camkes-vm's documentation and those of its code.
    foreach(keyword IN ITEMS SOURCES INCLUDES C_FLAGS LD_FLAGS)
        foreach(name IN ITEMS ${keyword} EXTRA_${keyword})
            if(NOT "${ARG_${name}}" STREQUAL "")
                list(GET ARG_${name} 0 first)
                message(
                    FATAL_ERROR
                        "${function}(${type}): ${name} ${first}: the VM component is a Rust crate, C \
can't be added to it. Name a crate of your own with CRATE <folder>; docs/porting.md tells how"
                )
            endif()
        endforeach()
    endforeach()
    caravan_check_libraries(${function} ${type} ${ARG_LIBS} ${ARG_EXTRA_LIBS})
    if(DEFINED ARG_CRATE)
        get_filename_component(crate "${ARG_CRATE}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        caravan_bind_component(${type} "${crate}")
    elseif(EXISTS "${crate}/Cargo.toml" OR EXISTS "${CARAVAN_APP_DIR}/components/${type}/Cargo.toml")
        set_property(GLOBAL PROPERTY CARAVAN_DEFAULT_CRATE_${type} "${crate}")
    else()
        message(
            FATAL_ERROR
                "${function}(${type}): there is no VM component for ${PLATFORM} yet: ${crate} has no \
Cargo.toml. CRATE <folder> names a crate of your own"
        )
    endif()
    set_property(GLOBAL APPEND PROPERTY CARAVAN_NAMED_TYPES "${function}=${type}")
endfunction()

# DeclareCAmkESVM(<type> [CRATE <folder>] [EXTRA_LIBS crossvm])
#
# Says that a component type, Init0 and so on, is an x86 VM. `LIBS` is taken for EXTRA_LIBS.
function(DeclareCAmkESVM type)
    if(NOT KernelArchX86)
        message(
            FATAL_ERROR
                "DeclareCAmkESVM(${type}): it declares VMs of x86, but PLATFORM is ${PLATFORM}; \
DeclareCAmkESARMVM declares those of ARM"
        )
    endif()
    caravan_declare_vm(DeclareCAmkESVM ${type} ${CARAVAN_DIR}/components/Init ${ARGN})
endfunction()

# DeclareCAmkESVMRootServer(<file.camkes> [CPP_INCLUDES <folder>..] [CPP_FLAGS <flag>..])
#
# DeclareCAmkESRootserver for applications with x86 VMs.
function(DeclareCAmkESVMRootServer assembly)
    caravan_parse_arguments(DeclareCAmkESVMRootServer 1 "" "" "CPP_INCLUDES;CPP_FLAGS")
    DefineCAmkESVMFileServer()
    DeclareCAmkESRootserver(
        "${assembly}" CPP_FLAGS ${ARG_CPP_FLAGS} CPP_INCLUDES ${CAMKES_VM_DIR}/components/VM
        ${ARG_CPP_INCLUDES}
    )
endfunction()

# DecompressLinuxKernel(<target> <out variable> <compressed kernel> [DEPENDS <target>..])
#
# Takes the vmlinux ELF file out of a bzImage.
function(DecompressLinuxKernel target out compressed)
    caravan_parse_arguments(DecompressLinuxKernel 3 "" "" "DEPENDS")
    caravan_guest_images_tool()
    get_filename_component(compressed "${compressed}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_filename_component(name "${compressed}" NAME)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/decomp/${name})
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CARAVAN_GUEST_IMAGES_TOOL} vmlinux ${compressed} -o ${output}
        DEPENDS ${compressed} ${ARG_DEPENDS} ${CARAVAN_GUEST_IMAGES_TOOL}
        COMMENT "Unpacking ${name}"
        VERBATIM
    )
    add_custom_target(${target} DEPENDS ${output})
    set(${out} ${output} PARENT_SCOPE)
endfunction()
