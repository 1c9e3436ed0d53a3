# find_package(global-components): its part of CAmkES is in the project itself.

set(global-components_FOUND TRUE)
