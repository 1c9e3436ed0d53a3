# settings: -DVmPCISupport=ON
AddCamkesCPPFlag(flags CONFIG_VARS VmEmmc2NoDMA VmPCISupport)
if(NOT flags STREQUAL "-DVMEMMC2NODMA=0;-DVMPCISUPPORT=1")
    message(FATAL_ERROR "flags are ${flags}")
endif()
DeclareCAmkESComponent(Hello CRATE Hello)
DeclareCAmkESRootserver(hello.camkes CPP_FLAGS ${flags})
