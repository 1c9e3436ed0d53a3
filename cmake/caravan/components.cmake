# Component types: which crate is the program of which type.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/arguments.cmake)

# Libraries of the C implementation whose work is done here by every VM component, or by the crates
# that need it: naming them is right and changes nothing.
set(CARAVAN_BUILT_IN_LIBRARIES
    crossvm virtqueue vswitch virtioarm FileServer-client sel4_autoconf sel4vm sel4vmmplatsupport
    CACHE INTERNAL ""
)

# Keywords of the C implementation that have no meaning for a crate.
set(CARAVAN_C_KEYWORDS
    SOURCES INCLUDES C_FLAGS CXX_FLAGS LD_FLAGS CAKEML_HEAP_SIZE CAKEML_STACK_SIZE CAKEML_DEPENDS
    CAKEML_SOURCES CAKEML_INCLUDES LINKER_LANGUAGE TEMPLATE_SOURCES TEMPLATE_HEADERS
    CACHE INTERNAL ""
)

# Refuses what only a C component has. `prefix` is that of the parsed arguments' variables.
macro(caravan_refuse_c function type prefix)
    foreach(keyword IN LISTS CARAVAN_C_KEYWORDS)
        if(NOT "${${prefix}_${keyword}}" STREQUAL "")
            list(GET ${prefix}_${keyword} 0 first)
            message(
                FATAL_ERROR
                    "${function}(${type}): ${keyword} ${first}: components are Rust crates here, not C \
sources. Put a crate into components/${type}, or name it with CRATE <folder>; docs/porting.md tells \
how a C component is ported"
            )
        endif()
    endforeach()
    caravan_check_libraries(${function} ${type} ${${prefix}_LIBS})
endmacro()

# Stops at a library that isn't built in.
function(caravan_check_libraries function type)
    foreach(library IN LISTS ARGN)
        if(NOT library IN_LIST CARAVAN_BUILT_IN_LIBRARIES)
            caravan_did_you_mean("${library}" hint ${CARAVAN_BUILT_IN_LIBRARIES})
            list(JOIN CARAVAN_BUILT_IN_LIBRARIES ", " known)
            message(
                FATAL_ERROR
                    "${function}(${type}): the C library '${library}' can't be linked${hint} (built in \
are ${known}; a crate names its dependencies in its Cargo.toml)"
            )
        endif()
    endforeach()
endfunction()

# DeclareCAmkESComponent(<type> [CRATE <folder>] [LIBS <built-in library>..])
#
# Says which crate is the program of a component type. Without CRATE it is the folder
# components/<type> of the application, else of the project; so most types need no declaration. May
# be called several times for one type.
function(DeclareCAmkESComponent type)
    caravan_parse_arguments(DeclareCAmkESComponent 1 "" "CRATE" "LIBS;${CARAVAN_C_KEYWORDS}")
    caravan_refuse_c(DeclareCAmkESComponent ${type} ARG)
    set_property(GLOBAL APPEND PROPERTY CARAVAN_NAMED_TYPES "DeclareCAmkESComponent=${type}")
    if(NOT DEFINED ARG_CRATE)
        return()
    endif()
    get_filename_component(crate "${ARG_CRATE}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    caravan_bind_component(${type} "${crate}")
endfunction()

# Binds a type to a folder.
function(caravan_bind_component type crate)
    if(NOT EXISTS "${crate}/Cargo.toml")
        message(
            FATAL_ERROR
                "DeclareCAmkESComponent(${type}): there is no ${crate}/Cargo.toml (expected the folder \
of a Rust crate)"
        )
    endif()
    get_property(bound GLOBAL PROPERTY CARAVAN_CRATE_${type})
    if(bound AND NOT bound STREQUAL crate)
        message(
            FATAL_ERROR
                "DeclareCAmkESComponent(${type}): the crate is ${crate}, but ${bound} was declared \
before"
        )
    endif()
    set_property(GLOBAL PROPERTY CARAVAN_CRATE_${type} "${crate}")
endfunction()

# Sets `out` to the folder of a type's crate: the declared one, the application's, that of all VMs or
# the project's.
function(caravan_crate_of type out)
    get_property(crate GLOBAL PROPERTY CARAVAN_CRATE_${type})
    get_property(default GLOBAL PROPERTY CARAVAN_DEFAULT_CRATE_${type})
    if(NOT crate)
        foreach(folder IN ITEMS ${CARAVAN_APP_DIR}/components/${type} ${default}
                                ${CARAVAN_DIR}/components/${type})
            if(EXISTS "${folder}/Cargo.toml")
                set(crate "${folder}")
                break()
            endif()
        endforeach()
    endif()
    if(NOT crate)
        message(
            FATAL_ERROR
                "The component type ${type} has no program: there is no Cargo.toml in \
${CARAVAN_APP_DIR}/components/${type} nor in ${CARAVAN_DIR}/components/${type}. Declare its crate with \
DeclareCAmkESComponent(${type} CRATE <folder>)"
        )
    endif()
    set(${out} "${crate}" PARENT_SCOPE)
endfunction()

# Sets `out` to the name of the package in a folder.
function(caravan_package_of crate out)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${crate}/Cargo.toml")
    file(STRINGS "${crate}/Cargo.toml" lines REGEX "^name *= *\"[^\"]+\"")
    if(NOT lines MATCHES "\"([^\"]+)\"")
        message(FATAL_ERROR "${crate}/Cargo.toml: no line 'name = \"..\"' of a package")
    endif()
    set(${out} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

# ExtendCAmkESComponentInstance(<type> <instance> [LIBS ..])
#
# The instances of a type share its program, so there is nothing to extend: what differs between
# them is in the assembly's configuration. Libraries that DefineCAmkESVMFileServer of camkes-vm makes
# for a FileServer are accepted: its files are known already.
function(ExtendCAmkESComponentInstance type instance)
    caravan_parse_arguments(ExtendCAmkESComponentInstance 2 "" "" "LIBS;${CARAVAN_C_KEYWORDS}")
    list(FILTER ARG_LIBS EXCLUDE REGEX "_file_archive_cpio$")
    caravan_refuse_c(ExtendCAmkESComponentInstance ${type} ARG)
    set_property(GLOBAL APPEND PROPERTY CARAVAN_NAMED_TYPES "ExtendCAmkESComponentInstance=${type}")
    set_property(
        GLOBAL APPEND PROPERTY CARAVAN_NAMED_INSTANCES "ExtendCAmkESComponentInstance=${instance}"
    )
endfunction()

# DeclareCAmkESConnector(<name> [FROM <template>] [TO <template>] ..)
#
# Connectors are modules of the tool. One that it knows may be declared; another one can't be made
# from templates of C.
function(DeclareCAmkESConnector name)
    caravan_parse_arguments(
        DeclareCAmkESConnector 1 "" "FROM;TO;FROM_HEADER;TO_HEADER" "FROM_LIBS;TO_LIBS"
    )
    file(GLOB files ${CARAVAN_DIR}/interfaces/*connector*.camkes ${CARAVAN_DIR}/components/*/*.camkes)
    foreach(file IN LISTS files)
        file(STRINGS ${file} lines REGEX "^ *connector +${name} *{")
        if(NOT lines STREQUAL "")
            return()
        endif()
    endforeach()
    message(
        FATAL_ERROR
            "DeclareCAmkESConnector(${name}): connectors are made by the tool, not by C templates: \
docs/assembly.md tells how one is added"
    )
endfunction()
