# Functions for applications with VMs on ARM.
# Applications include it by the path in CAMKES_ARM_VM_HELPERS_PATH.

include_guard(GLOBAL)

# AddCamkesCPPFlag(<variable> CONFIG_VARS <switch>..)
#
# Appends a macro for each switch to a list of flags: -D<SWITCH>=1 if it is on, =0 if it is off.
function(AddCamkesCPPFlag variable)
    caravan_parse_arguments(AddCamkesCPPFlag 1 "" "" "CONFIG_VARS")
    foreach(switch IN LISTS ARG_CONFIG_VARS)
        string(TOUPPER ${switch} name)
        if("${${switch}}")
            list(APPEND ${variable} "-D${name}=1")
        else()
            list(APPEND ${variable} "-D${name}=0")
        endif()
    endforeach()
    set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()

# DeclareCAmkESARMVM(<type> [CRATE <folder>] [EXTRA_LIBS crossvm])
#
# Says that a component type is an ARM VM. The type VM is one without being declared.
function(DeclareCAmkESARMVM type)
    if(NOT KernelArchARM)
        message(
            FATAL_ERROR
                "DeclareCAmkESARMVM(${type}): it declares VMs of ARM, but PLATFORM is ${PLATFORM}; \
DeclareCAmkESVM declares those of x86"
        )
    endif()
    caravan_declare_vm(DeclareCAmkESARMVM ${type} ${CARAVAN_DIR}/components/VM_Arm ${ARGN})
endfunction()
