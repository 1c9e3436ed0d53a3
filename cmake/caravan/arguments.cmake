# Arguments of functions: what isn't known is an error with the right name.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/nearest.cmake)

# Parses the arguments of the calling function from position `first` on, as cmake_parse_arguments
# does, into variables ARG_<NAME>. Called as a macro, so that it sees the caller's arguments.
#
# `options`, `one` and `many` are lists of keywords without a value, with one, and with several.
macro(caravan_parse_arguments function first options one many)
    cmake_parse_arguments(PARSE_ARGV ${first} ARG "${options}" "${one}" "${many}")
    if(DEFINED ARG_UNPARSED_ARGUMENTS)
        list(GET ARG_UNPARSED_ARGUMENTS 0 caravan_unknown)
        caravan_keywords(caravan_known "${options}" "${one}" "${many}")
        caravan_did_you_mean("${caravan_unknown}" caravan_hint ${caravan_known})
        if("${caravan_known}" STREQUAL "")
            set(caravan_expected "it takes no more arguments")
        else()
            list(JOIN caravan_known ", " caravan_expected)
            set(caravan_expected "expected one of ${caravan_expected}")
        endif()
        message(
            FATAL_ERROR
                "${function}: unknown argument '${caravan_unknown}'${caravan_hint} (${caravan_expected})"
        )
    endif()
    set(caravan_known "${one}")
    foreach(caravan_keyword IN LISTS ARG_KEYWORDS_MISSING_VALUES)
        # A list may be empty: files of a configuration that has none.
        if(caravan_keyword IN_LIST caravan_known)
            message(FATAL_ERROR "${function}: ${caravan_keyword} has no value")
        endif()
    endforeach()
endmacro()

# All keywords of three lists, which may be empty.
function(caravan_keywords out)
    set(all "")
    foreach(keywords IN LISTS ARGN)
        list(APPEND all ${keywords})
    endforeach()
    set(${out} "${all}" PARENT_SCOPE)
endfunction()
