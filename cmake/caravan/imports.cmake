# Where `import <..>` and `#include` of .camkes files look.

include_guard(GLOBAL)

# Appends folders, which have to exist, to a global list.
function(caravan_add_folders function property)
    foreach(folder IN LISTS ARGN)
        get_filename_component(path "${folder}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        if(NOT IS_DIRECTORY "${path}")
            message(FATAL_ERROR "${function}: there is no folder ${path}")
        endif()
        set_property(GLOBAL APPEND PROPERTY ${property} "${path}")
    endforeach()
endfunction()

# CAmkESAddImportPath(<folder>..)
function(CAmkESAddImportPath)
    caravan_add_folders(CAmkESAddImportPath CARAVAN_IMPORT_PATHS ${ARGV})
endfunction()

# CAmkESMaybeAddImportPath(<folder>..): those that exist.
function(CAmkESMaybeAddImportPath)
    foreach(folder IN LISTS ARGV)
        get_filename_component(path "${folder}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        if(IS_DIRECTORY "${path}")
            caravan_add_folders(CAmkESMaybeAddImportPath CARAVAN_IMPORT_PATHS "${path}")
        endif()
    endforeach()
endfunction()

# CAmkESAddCPPInclude(<folder>..)
function(CAmkESAddCPPInclude)
    caravan_add_folders(CAmkESAddCPPInclude CARAVAN_CPP_INCLUDES ${ARGV})
endfunction()

# CAmkESAddTemplatesPath(<folder>..)
function(CAmkESAddTemplatesPath)
    message(
        FATAL_ERROR
            "CAmkESAddTemplatesPath: there are no templates here: connectors are modules of the tool \
(docs/assembly.md tells how one is added)"
    )
endfunction()
