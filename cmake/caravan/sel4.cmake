# Functions of seL4's own build system that applications call, and that have nothing to do here: the
# kernel and the loader are given, and the platform's names are checked when it is chosen.

include_guard(GLOBAL)

macro(sel4_configure_platform_settings)
endmacro()
macro(ApplyCommonReleaseVerificationSettings)
endmacro()
macro(ApplyData61ElfLoaderSettings)
endmacro()
macro(correct_platform_strings)
endmacro()
macro(camkes_tool_setup_camkes_build_environment)
endmacro()
