# find_package(camkes-vm-images): the folder of guests' images that somebody made. There are none in the
# project: GetDefaultLinuxKernelFile and GetDefaultLinuxRootfsFile get them from Debian's packages.

set(CAMKES_VM_IMAGES_DIR "${CAMKES_VM_IMAGES_DIR}" CACHE PATH "Folder of guests' images, as camkes-vm-images has")
if(NOT CAMKES_VM_IMAGES_DIR)
    # A path that says in errors what is missing.
    set(CAMKES_VM_IMAGES_DIR "/CAMKES_VM_IMAGES_DIR-is-not-set")
endif()
set(camkes-vm-images_FOUND TRUE)
