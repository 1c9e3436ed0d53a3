# The settings that a user changes most, each with its default. On the command line: -DPLATFORM=tx1.

set(CAMKES_VM_APP "hello" CACHE STRING "Application: the name of a folder below apps")
set(PLATFORM "qemu-arm-virt" CACHE STRING "Platform: the name of a folder below platforms")
set(RELEASE OFF CACHE BOOL "Kernel without debug output and checks")
set(SIMULATION ON CACHE BOOL "Write the script ./simulate, which boots the image in QEMU")
set(SEL4_PREFIX "$ENV{SEL4_PREFIX}" CACHE PATH "Installed seL4 kernel; if it is empty, the embedded one")
