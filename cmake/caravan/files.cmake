# The files of FileServers.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/arguments.cmake)

# Appends `<instance>:<name>=<path>` to the files of the image.
function(caravan_add_file function instance name path)
    if(name STREQUAL "" OR name MATCHES "[=:;]")
        message(
            FATAL_ERROR
                "${function}: '${name}' can't be the name of a file (expected a name without = : and ;)"
        )
    endif()
    if(path MATCHES "[;]")
        message(FATAL_ERROR "${function}(${name}): the path ${path} has a semicolon")
    endif()
    get_property(declared GLOBAL PROPERTY CARAVAN_DECLARED)
    if(declared)
        message(
            FATAL_ERROR
                "${function}(${name}): files have to be added before DeclareCAmkESRootserver, which was \
called with ${declared}"
        )
    endif()
    get_filename_component(path "${path}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_property(files GLOBAL PROPERTY CARAVAN_FILES)
    foreach(file IN LISTS files)
        if(file MATCHES "^${instance}:${name}=(.*)$")
            if(NOT CMAKE_MATCH_1 STREQUAL path)
                message(
                    FATAL_ERROR
                        "${function}(${name}): ${instance} would have two files of that name, \
${CMAKE_MATCH_1} and ${path}"
                )
            endif()
            return()
        endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY CARAVAN_FILES "${instance}:${name}=${path}")
    # A file that no rule makes has to be there now: ninja's own message would not say who wants it.
    get_source_file_property(generated "${path}" GENERATED)
    if(NOT generated AND NOT path MATCHES "^${CMAKE_BINARY_DIR}" AND NOT EXISTS "${path}")
        set(hint "")
        if(path MATCHES "^/CAMKES_VM_IMAGES_DIR-is-not-set")
            set(hint
                ": set CAMKES_VM_IMAGES_DIR to the folder of your guests' images, or take \
GetDefaultLinuxKernelFile and GetDefaultLinuxRootfsFile (docs/guest-images.md)"
            )
        endif()
        message(FATAL_ERROR "${function}(${name}): there is no file ${path}${hint}")
    endif()
    set_property(GLOBAL APPEND PROPERTY CARAVAN_FILE_DEPENDS "${path}")
endfunction()

# AddToFileServer(<name> <path> [INSTANCE <fserv>] [DEPENDS <target>..])
#
# Adds a file, by the name that clients open it with.
function(AddToFileServer name path)
    caravan_parse_arguments(AddToFileServer 2 "" "INSTANCE" "DEPENDS")
    set(instance fserv)
    if(DEFINED ARG_INSTANCE)
        set(instance ${ARG_INSTANCE})
    endif()
    caravan_add_file(AddToFileServer "${instance}" "${name}" "${path}")
    set_property(GLOBAL APPEND PROPERTY CARAVAN_FILE_DEPENDS ${ARG_DEPENDS})
endfunction()

# DefineCAmkESVMFileServer([TYPE <FileServer>] [INSTANCE <fserv>] [FILES <[<name>:]<path>>..]
#                          [DEPENDS <target>..])
#
# Adds several files at once, each with its own name or with the one before a colon. Without FILES
# there is nothing to do: the archive is made from all files that were added. Empty items are skipped.
function(DefineCAmkESVMFileServer)
    caravan_parse_arguments(DefineCAmkESVMFileServer 0 "" "TYPE;INSTANCE" "FILES;DEPENDS")
    set(instance fserv)
    if(DEFINED ARG_INSTANCE)
        set(instance ${ARG_INSTANCE})
    endif()
    if(DEFINED ARG_TYPE AND NOT ARG_TYPE STREQUAL "FileServer")
        caravan_did_you_mean("${ARG_TYPE}" hint FileServer)
        message(
            FATAL_ERROR "DefineCAmkESVMFileServer: TYPE is '${ARG_TYPE}'${hint} (expected FileServer)"
        )
    endif()
    foreach(item IN LISTS ARG_FILES)
        if(item STREQUAL "")
            continue()
        endif()
        if(NOT item MATCHES "^([^:]+)(:([^:]+))?$")
            message(
                FATAL_ERROR
                    "DefineCAmkESVMFileServer: '${item}': expected <path> or <name>:<path>"
            )
        endif()
        if(CMAKE_MATCH_3)
            set(name "${CMAKE_MATCH_1}")
            set(path "${CMAKE_MATCH_3}")
        else()
            set(path "${CMAKE_MATCH_1}")
            get_filename_component(name "${path}" NAME)
        endif()
        caravan_add_file(DefineCAmkESVMFileServer "${instance}" "${name}" "${path}")
    endforeach()
    foreach(dependency IN LISTS ARG_DEPENDS)
        if(NOT dependency STREQUAL "")
            set_property(GLOBAL APPEND PROPERTY CARAVAN_FILE_DEPENDS ${dependency})
        endif()
    endforeach()
endfunction()
