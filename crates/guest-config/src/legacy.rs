//! The attributes of older applications: `linux_address_config` and `linux_image_config`.
//!
//! They lack what newer ones have, so some of it follows from the platform and from options of the
//! build, as it did for those applications.

use alloc::string::ToString;
use alloc::vec::Vec;

use guest_memory::GuestAddress;

use crate::config::{DeviceTree, GuestConfig, Kernel, Note};
use crate::error::ConfigError;
use crate::read::{empty, file, ram};
use crate::source::{Attributes, Fields};

pub(crate) const ADDRESSES: &str = "linux_address_config";
pub(crate) const IMAGES: &str = "linux_image_config";

/// What old names mean depends on this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Platform<'a> {
    /// The kernel's name of the platform, as `qemu-arm-virt`.
    pub name: &'a str,
    /// The build's option `VmInitRdFile`: there is an initial RAM disk.
    pub initrd_file: bool,
    /// The build's option `VmDtbFile`: the device tree is a file.
    pub dtb_file: bool,
}

impl Platform<'_> {
    /// Whether guests have the physical addresses of their memory.
    fn maps_one_to_one(&self) -> bool {
        matches!(self.name, "exynos5410" | "exynos5422" | "exynos5" | "qemu-arm-virt" | "tx2")
    }

    fn cleans_cache(&self) -> bool {
        matches!(self.name, "tx1" | "tx2")
    }
}

pub(crate) fn read(
    source: &impl Attributes, platform: &Platform<'_>, notes: &mut Vec<Note>,
) -> Result<GuestConfig, ConfigError> {
    notes.push(Note::Deprecated { old: ADDRESSES, new: "vm_address_config" });
    let addresses = Fields::of(source, ADDRESSES);
    let images = Fields::of(source, IMAGES);
    if addresses.optional_number("linux_ram_offset")?.is_some_and(|offset| offset != 0) {
        notes.push(Note::Obsolete { attribute: "linux_address_config.linux_ram_offset" });
    }
    if addresses.optional_number("initrd_max_size")?.is_some() {
        notes.push(Note::Obsolete { attribute: "linux_address_config.initrd_max_size" });
    }
    let tree_at = addresses.optional_number("dtb_addr")?.map(GuestAddress);
    let initrd_at = addresses.optional_number("initrd_addr")?.map(GuestAddress);
    let device_tree = if platform.dtb_file {
        DeviceTree::File(file(&images, "dtb_name", "linux-dtb", tree_at)?)
    } else {
        let base = images.text("dtb_base_name")?.map(ToString::to_string);
        DeviceTree::Generated { base, at: tree_at }
    };
    let initrd = if platform.initrd_file {
        Some(file(&images, "initrd_name", "linux-initrd", initrd_at)?)
    } else {
        None
    };
    Ok(GuestConfig {
        ram: ram(&addresses, "linux_", platform.maps_one_to_one())?,
        kernel: Kernel {
            file: file(&images, "linux_name", "linux", None)?,
            command_line: images.text("linux_bootcmdline")?.unwrap_or_default().into(),
            console: images.text("linux_stdout")?.map(ToString::to_string),
        },
        initrd,
        device_tree,
        clean_cache: platform.cleans_cache(),
        ..empty()
    })
}
