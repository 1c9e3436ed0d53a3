# Files that projects of ExternalProject_Add make. `include(external-project-helpers)`.

include_guard(GLOBAL)
include(ExternalProject)
include(${CMAKE_CURRENT_LIST_DIR}/caravan/arguments.cmake)

# DeclareExternalProjObjectFiles(<target> <folder> FILES <file>..)
#
# Says that a project of ExternalProject_Add makes files below a folder, so that others may depend on
# them.
function(DeclareExternalProjObjectFiles target folder)
    caravan_parse_arguments(DeclareExternalProjObjectFiles 2 "" "" "FILES")
    if("${ARG_FILES}" STREQUAL "")
        message(FATAL_ERROR "DeclareExternalProjObjectFiles(${target}): FILES names no file")
    endif()
    if(NOT TARGET ${target})
        message(
            FATAL_ERROR
                "DeclareExternalProjObjectFiles(${target}): there is no such target (expected one of \
ExternalProject_Add)"
        )
    endif()
    if(NOT TARGET ${target}-install)
        ExternalProject_Add_StepTargets(${target} install)
    endif()
    ExternalProject_Get_Property(${target} STAMP_DIR)
    list(TRANSFORM ARG_FILES PREPEND "${folder}/" OUTPUT_VARIABLE files)
    # The project's own rules don't name its files: this one has nothing to do but to come after them.
    add_custom_command(
        OUTPUT ${files}
        COMMAND ${CMAKE_COMMAND} -E true
        DEPENDS ${target}-install ${STAMP_DIR}/${target}-install
        VERBATIM
    )
endfunction()
