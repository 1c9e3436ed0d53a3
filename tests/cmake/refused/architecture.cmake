# expect: AARCH64 is OFF, but qemu-arm-virt is built for aarch64 only
# settings: -DAARCH64=OFF
