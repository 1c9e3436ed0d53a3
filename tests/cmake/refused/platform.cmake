# expect: PLATFORM is 'qemu-arm-vrt': there is no such platform; did you mean qemu-arm-virt?
# settings: -DPLATFORM=qemu-arm-vrt
