# expect: 'etc/x' is no file's name (expected one without slashes
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddLinkToOverlayDir("etc/x" y "etc" overlay)
