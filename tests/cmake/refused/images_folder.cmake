# expect: set CAMKES_VM_IMAGES_DIR to the folder of your guests' images
find_package(camkes-vm-images REQUIRED)
AddToFileServer(linux ${CAMKES_VM_IMAGES_DIR}/qemu-arm-virt/linux)
