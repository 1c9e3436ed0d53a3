//! Writing a prefix for the embedded kernel.

use std::fs;
use std::path::Path;

use crate::constants::{CONFIG_FILE, REGIONS_FILE};
use crate::device_tree::read_machine;
use crate::error::{Error, Result};
use crate::kernel_config::KernelConfig;
use crate::platform::Platform;
use crate::prefix::{
    DEVICE_TREE, INCLUDE, KERNEL, KERNEL_CONFIG, LIBSEL4_CONFIG, PLATFORM_JSON, PLATFORM_YAML,
};
use crate::regions::Regions;

/// Writes a prefix to `dir`.
///
/// - `kernel`: the kernel's ELF file;
/// - `machine_dtb`: the machine's device tree blob, as QEMU dumps it (see
///   [`Platform::qemu_dump_arguments`]).
///
/// There are no C headers in it. Files whose content is already right aren't touched, so that
/// builds that depend on the prefix don't start again.
pub fn export(
    dir: &Path, kernel: &Path, config: &KernelConfig, platform: &Platform, machine_dtb: &[u8],
) -> Result<()> {
    config.check()?;
    let machine = read_machine(machine_dtb, platform, config)?;
    let image = fs::read(kernel).map_err(Error::io(kernel))?;
    if !image.starts_with(b"\x7fELF") {
        return Err(Error::format(kernel.display(), "no ELF file, expected the kernel's image"));
    }
    write(&dir.join(KERNEL), &image)?;
    write(&dir.join(KERNEL_CONFIG), config.kernel_json().as_bytes())?;
    write(&dir.join(LIBSEL4_CONFIG), config.libsel4_json().as_bytes())?;
    for (file, text) in sel4_abi::interfaces::FILES {
        write(&dir.join(INCLUDE).join(file), text.as_bytes())?;
    }
    write(&dir.join(PLATFORM_JSON), machine.regions.to_json().as_bytes())?;
    write(&dir.join(PLATFORM_YAML), machine.regions.to_yaml().as_bytes())?;
    write(&dir.join(DEVICE_TREE), &machine.device_tree)
}

/// Writes the two files that the embedded kernel's build script reads from the directory in
/// [`crate::constants::KERNEL_CONFIG_ENV`].
pub fn export_kernel_config(dir: &Path, config: &KernelConfig, regions: &Regions) -> Result<()> {
    config.check()?;
    write(&dir.join(CONFIG_FILE), config.kernel_json().as_bytes())?;
    write(&dir.join(REGIONS_FILE), regions.to_json().as_bytes())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
    }
    fs::write(path, content).map_err(Error::io(path))
}

#[cfg(test)]
#[path = "export_test.rs"]
pub(crate) mod test;
