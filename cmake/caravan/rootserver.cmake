# From an assembly to a bootable image.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/arguments.cmake)

# DeclareCAmkESRootserver(<file.camkes> [CPP_FLAGS -D<macro>..] [CPP_INCLUDES <folder>..])
#
# Says which assembly the image is made from. Once in a build, after everything else was declared.
function(DeclareCAmkESRootserver assembly)
    caravan_parse_arguments(
        DeclareCAmkESRootserver 1 "" "" "CPP_FLAGS;CPP_INCLUDES;DTS_FLAGS;DTB_SOURCE"
    )
    foreach(keyword IN ITEMS DTS_FLAGS DTB_SOURCE)
        if(DEFINED ARG_${keyword})
            message(
                FATAL_ERROR
                    "DeclareCAmkESRootserver: ${keyword}: the device tree is the kernel's, \
${CARAVAN_PREFIX}/support/kernel.dtb"
            )
        endif()
    endforeach()
    get_property(declared GLOBAL PROPERTY CARAVAN_DECLARED)
    if(declared)
        message(FATAL_ERROR "DeclareCAmkESRootserver(${assembly}): ${declared} was declared before")
    endif()
    set(path "")
    foreach(folder IN ITEMS ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
        get_filename_component(candidate "${assembly}" ABSOLUTE BASE_DIR ${folder})
        if(EXISTS "${candidate}")
            set(path "${candidate}")
            break()
        endif()
    endforeach()
    if(path STREQUAL "")
        file(GLOB files RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*.camkes)
        caravan_did_you_mean("${assembly}" hint ${files})
        message(
            FATAL_ERROR
                "DeclareCAmkESRootserver: there is no ${assembly} in ${CMAKE_CURRENT_SOURCE_DIR}${hint}"
        )
    endif()
    foreach(flag IN LISTS ARG_CPP_FLAGS)
        if(NOT flag MATCHES "^-[DI].")
            message(
                FATAL_ERROR
                    "DeclareCAmkESRootserver: CPP_FLAGS '${flag}' (expected -D<macro>[=<value>] or \
-I<folder>)"
            )
        endif()
    endforeach()
    set_property(GLOBAL PROPERTY CARAVAN_DECLARED "${path}")
    set_property(GLOBAL PROPERTY CARAVAN_CPP_FLAGS "${ARG_CPP_FLAGS}")
    caravan_add_folders(DeclareCAmkESRootserver CARAVAN_CPP_INCLUDES ${ARG_CPP_INCLUDES})
endfunction()

# The arguments with which the tool reads the assembly.
function(caravan_assembly_arguments out)
    get_property(assembly GLOBAL PROPERTY CARAVAN_DECLARED)
    set(arguments ${assembly} --platform ${PLATFORM} --stdlib ${CARAVAN_DIR})
    if(EXISTS ${CARAVAN_PREFIX}/support/kernel.dtb)
        list(APPEND arguments --dtb ${CARAVAN_PREFIX}/support/kernel.dtb)
    endif()
    get_property(folders GLOBAL PROPERTY CARAVAN_IMPORT_PATHS)
    foreach(folder IN LISTS folders)
        list(APPEND arguments -I ${folder})
    endforeach()
    get_property(folders GLOBAL PROPERTY CARAVAN_CPP_INCLUDES)
    get_property(flags GLOBAL PROPERTY CARAVAN_CPP_FLAGS)
    foreach(flag IN LISTS flags)
        string(SUBSTRING "${flag}" 2 -1 value)
        if(flag MATCHES "^-I")
            list(APPEND folders "${value}")
        else()
            list(APPEND arguments -D "${value}")
        endif()
    endforeach()
    foreach(folder IN LISTS folders)
        list(APPEND arguments --cpp-include ${folder})
    endforeach()
    set(${out} "${arguments}" PARENT_SCOPE)
endfunction()

# The same for the components' build scripts, as variables of the environment.
function(caravan_build_environment out)
    get_property(imports GLOBAL PROPERTY CARAVAN_IMPORT_PATHS)
    get_property(includes GLOBAL PROPERTY CARAVAN_CPP_INCLUDES)
    get_property(flags GLOBAL PROPERTY CARAVAN_CPP_FLAGS)
    set(defines "")
    foreach(flag IN LISTS flags)
        string(SUBSTRING "${flag}" 2 -1 value)
        if(flag MATCHES "^-I")
            list(APPEND includes "${value}")
        else()
            list(APPEND defines "${value}")
        endif()
    endforeach()
    list(JOIN imports ":" imports)
    list(JOIN includes ":" includes)
    list(JOIN defines "$<SEMICOLON>" defines)
    set(${out}
        "CAMKES_STDLIB=${CARAVAN_DIR}"
        "CAMKES_PLATFORM=${PLATFORM}"
        "CAMKES_IMPORT_PATHS=${imports}"
        "CAMKES_INCLUDE_PATHS=${includes}"
        "CAMKES_DEFINES=${defines}"
        PARENT_SCOPE
    )
endfunction()

# Removes images from before something went wrong: ./simulate would boot them in place of what is asked for now.
function(caravan_remove_images)
    file(GLOB images ${CMAKE_BINARY_DIR}/images/capdl-loader-image-*)
    if(images)
        file(REMOVE ${images})
    endif()
endfunction()

# Asks the tool which component types need a program; stops with its message if the assembly is wrong.
function(caravan_find_programs out)
    caravan_assembly_arguments(arguments)
    execute_process(
        COMMAND ${CARAVAN_CAMKES_TOOL} programs ${arguments}
        OUTPUT_VARIABLE output
        RESULT_VARIABLE result
    )
    string(REPLACE "\n" ";" lines "${output}")
    set(types "")
    set(all_types "")
    set(instances "")
    foreach(line IN LISTS lines)
        if(line MATCHES "^program (.+)$")
            list(APPEND types "${CMAKE_MATCH_1}")
        elseif(line MATCHES "^instance (.+) (.+)$")
            list(APPEND instances "${CMAKE_MATCH_1}")
            list(APPEND all_types "${CMAKE_MATCH_2}")
        elseif(line MATCHES "^file (.+)$")
            # Another type in one of them means another program.
            set_property(
                DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_MATCH_1}"
            )
        endif()
    endforeach()
    if(NOT result EQUAL 0)
        get_property(assembly GLOBAL PROPERTY CARAVAN_DECLARED)
        caravan_remove_images()
        message(FATAL_ERROR "${assembly} has errors: they are listed above")
    endif()
    caravan_check_names("component type" CARAVAN_NAMED_TYPES ${all_types})
    caravan_check_names(instance CARAVAN_NAMED_INSTANCES ${instances})
    set(${out} "${types}" PARENT_SCOPE)
endfunction()

# Warns of names in the application's declarations that its assembly doesn't have.
function(caravan_check_names kind property)
    get_property(names GLOBAL PROPERTY ${property})
    foreach(entry IN LISTS names)
        # <function>=<name>
        string(REGEX MATCH "^([^=]*)=(.*)$" matched "${entry}")
        if(NOT "${CMAKE_MATCH_2}" IN_LIST ARGN)
            set(function "${CMAKE_MATCH_1}")
            set(name "${CMAKE_MATCH_2}")
            list(REMOVE_DUPLICATES ARGN)
            caravan_did_you_mean("${name}" hint ${ARGN})
            message(WARNING "${function}(${name}): the assembly has no ${kind} of that name${hint}")
        endif()
    endforeach()
endfunction()

# GenerateCAmkESRootserver()
#
# Makes the rules for programs and image. Called by the top-level CMakeLists.txt.
function(GenerateCAmkESRootserver)
    # Applications of camkes-vm may call it themselves.
    get_property(generated GLOBAL PROPERTY CARAVAN_GENERATED)
    if(generated)
        return()
    endif()
    set_property(GLOBAL PROPERTY CARAVAN_GENERATED TRUE)
    get_property(assembly GLOBAL PROPERTY CARAVAN_DECLARED)
    if(NOT assembly)
        message(
            FATAL_ERROR
                "${CARAVAN_APP_DIR}/CMakeLists.txt declares no assembly: call \
DeclareCAmkESRootserver(<file.camkes>)"
        )
    endif()
    caravan_find_programs(types)

    set(folder ${CMAKE_BINARY_DIR}/programs)
    set(programs ${folder}/loader.elf ${folder}/initializer.elf)
    set(options "")
    set(bindings "")
    # Cargo's own lists of files don't have what dependencies, features and profiles come from.
    file(GLOB manifests ${CARAVAN_DIR}/Cargo.toml ${CARAVAN_DIR}/Cargo.lock ${CARAVAN_DIR}/crates/*/Cargo.toml)
    foreach(type IN LISTS types)
        caravan_crate_of(${type} crate)
        caravan_package_of(${crate} package)
        list(APPEND options --crate ${crate})
        list(APPEND manifests ${crate}/Cargo.toml)
        list(APPEND programs ${folder}/${package}.elf)
        list(APPEND bindings --component ${type}=${folder}/${package}.elf)
    endforeach()
    list(REMOVE_DUPLICATES programs)
    caravan_build_environment(environment)

    # One run of cargo for all of them: they share one graph of crates.
    add_custom_command(
        OUTPUT ${programs}
        COMMAND
            ${CMAKE_COMMAND} -E env "SEL4_PREFIX=${CARAVAN_PREFIX}" ${environment} cargo run --quiet
            --package xtask -- layer programs --platform ${PLATFORM} --kernel ${CARAVAN_KERNEL} --output
            ${folder} --depfile ${folder}/programs.d ${options}
        WORKING_DIRECTORY ${CARAVAN_DIR}
        DEPFILE ${folder}/programs.d
        DEPENDS ${CARAVAN_PREFIX}/libsel4/include/kernel/gen_config.json ${manifests}
        COMMENT "Building the programs"
        VERBATIM USES_TERMINAL
    )
    caravan_image_rules("${programs}" "${bindings}" ${folder})
endfunction()

# The rules that put programs and files into images.
function(caravan_image_rules programs bindings folder)
    caravan_assembly_arguments(arguments)
    get_property(files GLOBAL PROPERTY CARAVAN_FILES)
    get_property(depends GLOBAL PROPERTY CARAVAN_FILE_DEPENDS)
    foreach(file IN LISTS files)
        list(APPEND arguments --file ${file})
    endforeach()
    list(REMOVE_DUPLICATES depends)

    string(TOLOWER ${CARAVAN_ARCH} arch)
    set(image ${CMAKE_BINARY_DIR}/images/capdl-loader-image-${arch}-${PLATFORM})
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/images)
    add_custom_command(
        OUTPUT ${image} ${image}.bin
        BYPRODUCTS ${CMAKE_BINARY_DIR}/system.cdl
        COMMAND
            ${CARAVAN_CAMKES_TOOL} image ${arguments} --prefix ${CARAVAN_PREFIX} ${bindings}
            --initializer ${folder}/initializer.elf --loader ${folder}/loader.elf --output ${image}
            --raw ${image}.bin --cdl ${CMAKE_BINARY_DIR}/system.cdl --depfile ${image}.d
        DEPENDS ${programs} ${depends} ${CARAVAN_CAMKES_TOOL}
        DEPFILE ${image}.d
        COMMENT "Packing images/capdl-loader-image-${arch}-${PLATFORM}"
        VERBATIM
    )
    add_custom_command(
        OUTPUT ${CARAVAN_CAMKES_TOOL}
        COMMAND cargo build --quiet --package camkes
        WORKING_DIRECTORY ${CARAVAN_DIR}
        DEPFILE ${CARAVAN_CAMKES_TOOL}.d
        COMMENT "Building the camkes tool"
        VERBATIM
    )
    add_custom_target(rootserver_image ALL DEPENDS ${image})
    if(SIMULATION AND CARAVAN_QEMU_BINARY)
        caravan_write_simulate(${image})
    endif()
endfunction()
