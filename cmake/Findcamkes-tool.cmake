# find_package(camkes-tool): its part of CAmkES is in the project itself.

set(camkes-tool_FOUND TRUE)
