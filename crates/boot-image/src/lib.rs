//! Packs kernel, root task and device tree into one bootable image
