# find_package(sel4_projects_libs): its part of CAmkES is in the project itself.

set(sel4_projects_libs_FOUND TRUE)
