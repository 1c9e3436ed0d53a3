# find_package(camkes-vm-images): its part of CAmkES is in the project itself.

set(camkes-vm-images_FOUND TRUE)
