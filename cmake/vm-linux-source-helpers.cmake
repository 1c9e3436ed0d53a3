# Functions of camkes-vm-linux that build Linux and modules from their source. Guests' kernels come from
# Debian's packages here: the functions exist to say what is to be done instead.

include_guard(GLOBAL)

foreach(caravan_function IN ITEMS DownloadLinux ConfigureLinux DefineLinuxModule)
    function(${caravan_function})
        list(JOIN ARGV " " arguments)
        message(
            FATAL_ERROR
                "${CMAKE_CURRENT_FUNCTION}(${arguments}): Linux isn't built from source here: guests' \
kernels and their modules are Debian's packages. Take GetDefaultLinuxKernelFile, or build the file \
yourself and name it: docs/guest-images.md tells how"
        )
    endfunction()
endforeach()
