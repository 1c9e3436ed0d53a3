# Functions for guests' kernels and root file systems, under camkes-vm-linux's names. Applications
# include it by the path in CAMKES_VM_LINUX_HELPERS_PATH; docs/guest-images.md tells what to do with it.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/caravan/arguments.cmake)

set(CARAVAN_GUEST_SUITE bookworm CACHE STRING "Debian's suite for guests: bookworm, trixie or sid")
set(CARAVAN_GUEST_KERNEL "" CACHE FILEPATH "A guest kernel to use instead of Debian's")
set(CARAVAN_GUEST_ROOTFS "" CACHE FILEPATH "A root file system to use instead of the default one")

if(COMMAND caravan_guest_images_tool)
    caravan_guest_images_tool()
endif()

# The target of an overlay, and the folder where its files are gathered; made at first use.
function(caravan_overlay_folder overlay out)
    if(NOT TARGET ${overlay})
        set(folder "${CMAKE_CURRENT_BINARY_DIR}/${overlay}")
        # Files that are no longer added must not stay.
        file(REMOVE_RECURSE "${folder}")
        file(MAKE_DIRECTORY "${folder}")
        add_custom_target(${overlay})
        set_property(TARGET ${overlay} PROPERTY ROOTFS_OUTPUT_DIR "${folder}")
    endif()
    get_target_property(folder ${overlay} ROOTFS_OUTPUT_DIR)
    if(NOT folder)
        message(FATAL_ERROR "${overlay} is a target already, and no overlay: choose another name")
    endif()
    set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# The path of a file in an overlay, and a check of its parts.
function(caravan_overlay_path function filename root_location folder out)
    if("${filename}" STREQUAL "" OR "${filename}" MATCHES "/")
        message(
            FATAL_ERROR
                "${function}: '${filename}' is no file's name (expected one without slashes; the \
folder is an argument of its own)"
        )
    endif()
    if("/${root_location}/" MATCHES "/\\.\\./")
        message(
            FATAL_ERROR
                "${function}(${filename}): '${root_location}' leaves the root file system (expected a \
folder below it, without ..)"
        )
    endif()
    string(REGEX REPLACE "^/+|/+$" "" root_location "${root_location}")
    if(root_location STREQUAL "")
        set(${out} "${folder}/${filename}" PARENT_SCOPE)
    else()
        set(${out} "${folder}/${root_location}/${filename}" PARENT_SCOPE)
    endif()
endfunction()

# AddFileToOverlayDir(<name> <path> <folder in the guest> <overlay> [DEPENDS <target>..])
#
# Adds a file to an overlay, which is made if there is none of that name.
function(AddFileToOverlayDir filename file_location root_location overlay_name)
    caravan_parse_arguments(AddFileToOverlayDir 4 "" "" "DEPENDS")
    caravan_overlay_folder(${overlay_name} folder)
    caravan_overlay_path(AddFileToOverlayDir "${filename}" "${root_location}" "${folder}" path)
    get_filename_component(source "${file_location}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    add_custom_command(
        OUTPUT "${path}"
        COMMAND ${CMAKE_COMMAND} -E copy "${source}" "${path}"
        DEPENDS "${source}" ${ARG_DEPENDS}
        COMMENT "Adding ${filename} to ${overlay_name}"
        VERBATIM
    )
    set_property(TARGET ${overlay_name} APPEND PROPERTY DEPENDS "${path}")
endfunction()

# AddLinkToOverlayDir(<name> <target path> <folder in the guest> <overlay> [DEPENDS <target>..])
#
# Adds a symbolic link to an overlay, as in
#   AddLinkToOverlayDir(K90net ../init.d/net etc/rc0.d overlay)
function(AddLinkToOverlayDir filename file_location root_location overlay_name)
    caravan_parse_arguments(AddLinkToOverlayDir 4 "" "" "DEPENDS")
    caravan_overlay_folder(${overlay_name} folder)
    caravan_overlay_path(AddLinkToOverlayDir "${filename}" "${root_location}" "${folder}" path)
    get_filename_component(directory "${path}" DIRECTORY)
    # A link to something that is only in the guest looks missing to ninja, so there is a mark beside.
    string(MAKE_C_IDENTIFIER "${root_location}/${filename}" mark)
    set(mark "${CMAKE_CURRENT_BINARY_DIR}/${overlay_name}_links/${mark}")
    file(REMOVE "${mark}")
    add_custom_command(
        OUTPUT "${mark}"
        COMMAND ${CMAKE_COMMAND} -E make_directory "${directory}"
                "${CMAKE_CURRENT_BINARY_DIR}/${overlay_name}_links"
        COMMAND ${CMAKE_COMMAND} -E rm -f "${path}"
        COMMAND ${CMAKE_COMMAND} -E create_symlink "${file_location}" "${path}"
        COMMAND ${CMAKE_COMMAND} -E touch "${mark}"
        DEPENDS ${ARG_DEPENDS}
        COMMENT "Adding the link ${filename} to ${overlay_name}"
        VERBATIM
    )
    set_property(TARGET ${overlay_name} APPEND PROPERTY DEPENDS "${mark}")
endfunction()

# AddExternalProjFilesToOverlay(<target> <folder of its files> <overlay> <folder in the guest>
#                               FILES <file>..)
#
# Adds files that a project of ExternalProject_Add makes, each by its own name.
function(AddExternalProjFilesToOverlay external_target external_install_dir overlay_target
         overlay_root_location
)
    caravan_parse_arguments(AddExternalProjFilesToOverlay 4 "" "" "FILES")
    if("${ARG_FILES}" STREQUAL "")
        message(FATAL_ERROR "AddExternalProjFilesToOverlay(${overlay_target}): FILES names no file")
    endif()
    include(external-project-helpers)
    DeclareExternalProjObjectFiles(${external_target} "${external_install_dir}" FILES ${ARG_FILES})
    foreach(file IN LISTS ARG_FILES)
        get_filename_component(name "${file}" NAME)
        AddFileToOverlayDir(
            "${name}" "${external_install_dir}/${file}" "${overlay_root_location}" ${overlay_target}
            DEPENDS ${external_target}
        )
    endforeach()
endfunction()

# Sets `out` to `value` in the caller, or stops with what was expected.
function(caravan_check_choice function what value)
    if(NOT "${value}" IN_LIST ARGN)
        caravan_did_you_mean("${value}" hint ${ARGN})
        list(JOIN ARGN ", " expected)
        message(FATAL_ERROR "${function}: the ${what} is '${value}'${hint} (expected one of ${expected})")
    endif()
endfunction()

# AddOverlayToRootfs(<folder or file> <rootfs> <debian|buildroot> <overlay|fs_install|rootfs_install>
#                    <out variable> <target> [SPLITGZ] [GZIP] [CUSTOM_INIT <file>] [DEPENDS ..])
#
# Makes a root file system out of another one and a folder. The variable gets its path, and the target
# makes it.
function(
    AddOverlayToRootfs
    rootfs_overlay
    rootfs_image
    rootfs_distro
    rootfs_overlay_mode
    output_rootfs_location
    target_name
)
    caravan_parse_arguments(AddOverlayToRootfs 6 "SPLITGZ;GZIP" "CUSTOM_INIT" "DEPENDS")
    if(TARGET ${target_name})
        message(FATAL_ERROR "AddOverlayToRootfs(${target_name}): there is a target of that name already")
    endif()
    caravan_check_choice(
        "AddOverlayToRootfs(${target_name})" distribution "${rootfs_distro}" debian buildroot
    )
    set(modes rootfs_install)
    if(rootfs_distro STREQUAL "debian")
        list(APPEND modes overlay fs_install)
    endif()
    caravan_check_choice(
        "AddOverlayToRootfs(${target_name}) for ${rootfs_distro}" mode "${rootfs_overlay_mode}" ${modes}
    )
    get_filename_component(image "${rootfs_image}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    set(depends "${image}" ${ARG_DEPENDS})
    if(NOT rootfs_overlay MATCHES "^\\$<")
        get_filename_component(rootfs_overlay "${rootfs_overlay}" ABSOLUTE
                               BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR}
        )
        if(IS_DIRECTORY "${rootfs_overlay}")
            file(GLOB_RECURSE files CONFIGURE_DEPENDS "${rootfs_overlay}/*")
            list(APPEND depends ${files})
        else()
            list(APPEND depends "${rootfs_overlay}")
        endif()
    endif()

    set(flags "")
    set(name output_overlay_rootfs.cpio)
    if(ARG_SPLITGZ)
        list(APPEND flags --splitgz)
    endif()
    if(ARG_GZIP)
        list(APPEND flags --gzip)
        string(APPEND name .gz)
    endif()
    if(DEFINED ARG_CUSTOM_INIT)
        get_filename_component(init "${ARG_CUSTOM_INIT}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        list(APPEND flags --custom-init "${init}")
        list(APPEND depends "${init}")
    endif()
    set(output "${CMAKE_CURRENT_BINARY_DIR}/out_${target_name}/${name}")
    add_custom_command(
        OUTPUT "${output}"
        COMMAND
            ${CARAVAN_GUEST_IMAGES_TOOL} overlay --mode ${rootfs_overlay_mode} --distro ${rootfs_distro}
            --image "${image}" --root-install "${rootfs_overlay}" --output "${output}" ${flags}
        DEPENDS ${depends} ${CARAVAN_GUEST_IMAGES_TOOL}
        COMMENT "Making the root file system of ${target_name}"
        VERBATIM
    )
    add_custom_target(${target_name} DEPENDS "${output}")
    set(${output_rootfs_location} "${output}" PARENT_SCOPE)
endfunction()

# AddOverlayDirToRootfs(<overlay> <rootfs> <distribution> <mode> <out variable> <target> ..)
#
# AddOverlayToRootfs for an overlay of AddFileToOverlayDir.
function(
    AddOverlayDirToRootfs
    rootfs_overlay_target
    rootfs_image
    rootfs_distro
    rootfs_overlay_mode
    output_rootfs_location
    target_name
)
    if(NOT TARGET ${rootfs_overlay_target})
        message(
            FATAL_ERROR
                "AddOverlayDirToRootfs(${target_name}): there is no overlay ${rootfs_overlay_target} \
(expected one of AddFileToOverlayDir)"
        )
    endif()
    get_target_property(folder ${rootfs_overlay_target} ROOTFS_OUTPUT_DIR)
    if(NOT folder)
        message(
            FATAL_ERROR
                "AddOverlayDirToRootfs(${target_name}): the target ${rootfs_overlay_target} is no overlay"
        )
    endif()
    # Files may still be added to the overlay after this.
    AddOverlayToRootfs(
        "$<TARGET_PROPERTY:${rootfs_overlay_target},ROOTFS_OUTPUT_DIR>"
        "${rootfs_image}"
        "${rootfs_distro}"
        "${rootfs_overlay_mode}"
        location
        ${target_name}
        ${ARGN}
        DEPENDS
        "$<TARGET_PROPERTY:${rootfs_overlay_target},DEPENDS>"
    )
    set(${output_rootfs_location} "${location}" PARENT_SCOPE)
endfunction()

# UpdateDtbFromInitrd(<dtb> <rootfs> <address> <target> <out variable> [DEPENDS <target>..])
#
# Writes into a copy of a device tree where the root file system will lie. The variable gets the copy's
# path, and the target makes it.
function(UpdateDtbFromInitrd input_dtb_file input_rootfs_file initrd_start_location output_dtb_target
         output_dtb_file
)
    caravan_parse_arguments(UpdateDtbFromInitrd 5 "" "" "DEPENDS")
    if(NOT "${initrd_start_location}" MATCHES "^(0[xX][0-9a-fA-F]+|[0-9]+)$")
        message(
            FATAL_ERROR
                "UpdateDtbFromInitrd(${output_dtb_target}): '${initrd_start_location}' is no address \
(expected a number, as 0x4d700000)"
        )
    endif()
    get_filename_component(name "${input_dtb_file}" NAME)
    get_filename_component(dtb "${input_dtb_file}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_filename_component(rootfs "${input_rootfs_file}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    set(output "${CMAKE_CURRENT_BINARY_DIR}/gen_dtb_${name}")
    add_custom_command(
        OUTPUT "${output}"
        COMMAND ${CARAVAN_GUEST_IMAGES_TOOL} update-dtb --dtb "${dtb}" --initrd "${rootfs}"
                --initrd-start ${initrd_start_location} --output "${output}"
        DEPENDS "${dtb}" "${rootfs}" ${ARG_DEPENDS} ${CARAVAN_GUEST_IMAGES_TOOL}
        COMMENT "Writing the root file system's place into ${name}"
        VERBATIM
    )
    add_custom_target(${output_dtb_target} DEPENDS "${output}")
    set(${output_dtb_file} "${output}" PARENT_SCOPE)
endfunction()

# Sets `out` to Debian's name of the guests' architecture with words of 32 or 64 bits.
function(caravan_guest_architecture function arch_size out)
    if(NOT "${arch_size}" MATCHES "^(32|64)$")
        message(FATAL_ERROR "${function}: the size is '${arch_size}' (expected 32 or 64)")
    endif()
    set(architectures_arm armhf arm64)
    set(architectures_x86 "" amd64)
    set(family arm)
    if(KernelArchX86)
        set(family x86)
    endif()
    if("${family}${arch_size}" STREQUAL "x8632")
        message(
            FATAL_ERROR
                "${function}: Debian has no kernel for 32-bit x86 any more; name your own with \
-DCARAVAN_GUEST_KERNEL=<file> and -DCARAVAN_GUEST_ROOTFS=<file>"
        )
    endif()
    math(EXPR index "${arch_size} / 64")
    list(GET architectures_${family} ${index} architecture)
    set(${out} ${architecture} PARENT_SCOPE)
endfunction()

# Sets `out` to the path that the tool prints for a kind of file, made now if it isn't there. The tool
# shows what it does.
function(caravan_guest_file function kind own arch_size out)
    set(flags "")
    if(NOT "${own}" STREQUAL "")
        get_filename_component(own "${own}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
        list(APPEND flags --${kind} "${own}")
        # It is checked now, so look again when it changes.
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${own}")
        if(KernelArchX86)
            # Whatever its size: it is the user's.
            set(arch_size 64)
        endif()
    endif()
    caravan_guest_architecture(${function} "${arch_size}" architecture)
    execute_process(
        COMMAND ${CARAVAN_GUEST_IMAGES_TOOL} ${kind} --arch ${architecture} --suite
                ${CARAVAN_GUEST_SUITE} ${flags}
        OUTPUT_VARIABLE path
        OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE result
    )
    if(NOT result EQUAL 0)
        caravan_remove_images()
        message(FATAL_ERROR "${function}: there is no ${kind} for guests; the message above tells why")
    endif()
    set(${out} "${path}" PARENT_SCOPE)
endfunction()

# The size of the words of guests where nothing is said.
function(caravan_guest_size out)
    set(size 64)
    if(KernelSel4ArchArm_hyp)
        set(size 32)
    endif()
    set(${out} ${size} PARENT_SCOPE)
endfunction()

# GetArchDefaultLinuxKernelFile(<32|64> <out variable>): the default kernel for guests with words of
# that size, or CARAVAN_GUEST_KERNEL.
function(GetArchDefaultLinuxKernelFile arch_size dest_file)
    caravan_parse_arguments(GetArchDefaultLinuxKernelFile 2 "" "" "")
    caravan_guest_file(
        GetArchDefaultLinuxKernelFile kernel "${CARAVAN_GUEST_KERNEL}" "${arch_size}" path
    )
    set(${dest_file} "${path}" PARENT_SCOPE)
endfunction()

# GetArchDefaultLinuxRootfsFile(<32|64> <out variable>): the default root file system for guests with
# words of that size, or CARAVAN_GUEST_ROOTFS.
function(GetArchDefaultLinuxRootfsFile arch_size dest_file)
    caravan_parse_arguments(GetArchDefaultLinuxRootfsFile 2 "" "" "")
    caravan_guest_file(
        GetArchDefaultLinuxRootfsFile rootfs "${CARAVAN_GUEST_ROOTFS}" "${arch_size}" path
    )
    set(${dest_file} "${path}" PARENT_SCOPE)
endfunction()

# GetDefaultLinuxKernelFile(<out variable>): the same for the kernel's own architecture.
function(GetDefaultLinuxKernelFile dest_file)
    caravan_parse_arguments(GetDefaultLinuxKernelFile 1 "" "" "")
    caravan_guest_size(size)
    GetArchDefaultLinuxKernelFile(${size} path)
    set(${dest_file} "${path}" PARENT_SCOPE)
endfunction()

# GetDefaultLinuxRootfsFile(<out variable>): the same for the kernel's own architecture.
function(GetDefaultLinuxRootfsFile dest_file)
    caravan_parse_arguments(GetDefaultLinuxRootfsFile 1 "" "" "")
    caravan_guest_size(size)
    GetArchDefaultLinuxRootfsFile(${size} path)
    set(${dest_file} "${path}" PARENT_SCOPE)
endfunction()
