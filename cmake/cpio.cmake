# Archives, as seL4's build system has them. `include(cpio)`.

include_guard(GLOBAL)

# MakeCPIO(<output> <files> [CPIO_SYMBOL <name>] [DEPENDS <target>..])
#
# Packs files into a cpio archive (newc), each by its own name. The archive is a plain file: nothing
# is linked to it, so a CPIO_SYMBOL has no meaning and is refused.
function(MakeCPIO output files)
    caravan_parse_arguments(MakeCPIO 2 "" "CPIO_SYMBOL" "DEPENDS")
    if(DEFINED ARG_CPIO_SYMBOL)
        message(
            FATAL_ERROR
                "MakeCPIO(${output}): CPIO_SYMBOL ${ARG_CPIO_SYMBOL}: an archive is a file here, not an \
object with symbols; give it to a component with AddToFileServer"
        )
    endif()
    get_filename_component(path "${output}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
    set(items "")
    set(depends "")
    foreach(file IN LISTS files)
        get_filename_component(file "${file}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        get_filename_component(name "${file}" NAME)
        list(APPEND items "${name}=${file}")
        list(APPEND depends "${file}")
    endforeach()
    add_custom_command(
        OUTPUT ${path}
        COMMAND ${CARAVAN_CAMKES_TOOL} archive -o ${path} ${items}
        DEPENDS ${depends} ${ARG_DEPENDS} ${CARAVAN_CAMKES_TOOL}
        COMMENT "Packing ${output}"
        VERBATIM
    )
endfunction()
