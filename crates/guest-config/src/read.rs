//! The attributes, one by one.
//!
//! | attribute | if it isn't set |
//! |---|---|
//! | `num_vcpus` | 1 |
//! | `base_prio` | 100 |
//! | `num_extra_frame_caps`, `extra_frame_map_address` | 0: no such frames |
//! | `vm_address_config.ram_base`, `.ram_size` | an error |
//! | `.ram_paddr_base` | `ram_base` |
//! | `.kernel_entry_addr`, `.dtb_addr`, `.initrd_addr` | "-1": where there is room |
//! | `vm_image_config.kernel_name`, `.dtb_name`, `.initrd_name` | "linux", "linux-dtb", "linux-initrd" |
//! | `.kernel_bootcmdline`, `.kernel_stdout`, `.dtb_base_name` | "" |
//! | `.provide_dtb`, `.provide_initrd` | true |
//! | `.generate_dtb`, `.clean_cache`, `.map_one_to_one` | false |
//! | `serial_layout` | empty |

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use guest_memory::{GuestAddress, GuestRange};

use crate::config::{DeviceTree, File, GuestConfig, Kernel, Note, Ram, SerialLink};
use crate::error::ConfigError;
use crate::legacy::{self, Platform};
use crate::source::{Attributes, Fields, Value, number};

/// As many as a GICv2 has CPU interfaces.
const MOST_VCPUS: u8 = 8;
pub(crate) const PAGE: u64 = 4096;

/// Reads a guest's attributes. `platform` decides what old names mean.
///
/// # Errors
/// An attribute is missing or makes no sense; it is named.
pub fn read(source: &impl Attributes, platform: &Platform<'_>) -> Result<GuestConfig, ConfigError> {
    let mut notes = Vec::new();
    let addresses = Fields::of(source, "vm_address_config");
    let images = Fields::of(source, "vm_image_config");
    let old = Fields::of(source, legacy::ADDRESSES);
    let mut config = if addresses.has("ram_base") {
        if old.has("linux_ram_base") {
            let (counts, ignored) = ("vm_address_config", legacy::ADDRESSES);
            notes.push(Note::Both { counts, ignored });
        }
        new_names(&addresses, &images)?
    } else if old.has("linux_ram_base") {
        legacy::read(source, platform, &mut notes)?
    } else {
        return Err(ConfigError::NoMemory);
    };
    config.vcpus = small(source, "num_vcpus", 1, 1..=MOST_VCPUS, "1 to 8")?;
    config.base_priority = small(source, "base_prio", 100, 1..=254, "a priority from 1 to 254")?;
    config.extra_frames = extra_frames(source)?;
    config.serial_layout = serial_layout(source)?;
    config.notes = notes;
    Ok(config)
}

fn new_names<A: Attributes>(
    addresses: &Fields<'_, A>, images: &Fields<'_, A>,
) -> Result<GuestConfig, ConfigError> {
    let one_to_one = images.flag("map_one_to_one", false)?;
    let kernel_at = addresses.optional_number("kernel_entry_addr")?.map(GuestAddress);
    let tree_at = addresses.optional_number("dtb_addr")?.map(GuestAddress);
    let initrd_at = addresses.optional_number("initrd_addr")?.map(GuestAddress);
    let device_tree = if images.flag("generate_dtb", false)? {
        let base = images.text("dtb_base_name")?.map(ToString::to_string);
        DeviceTree::Generated { base, at: tree_at }
    } else if images.flag("provide_dtb", true)? {
        DeviceTree::File(file(images, "dtb_name", "linux-dtb", tree_at)?)
    } else {
        DeviceTree::None
    };
    let initrd = if images.flag("provide_initrd", true)? {
        Some(file(images, "initrd_name", "linux-initrd", initrd_at)?)
    } else {
        None
    };
    Ok(GuestConfig {
        ram: ram(addresses, "", one_to_one)?,
        kernel: Kernel {
            file: file(images, "kernel_name", "linux", kernel_at)?,
            command_line: images.text("kernel_bootcmdline")?.unwrap_or_default().into(),
            console: images.text("kernel_stdout")?.map(ToString::to_string),
        },
        initrd,
        device_tree,
        clean_cache: images.flag("clean_cache", false)?,
        ..empty()
    })
}

/// What the caller fills in.
pub(crate) fn empty() -> GuestConfig {
    let nothing = || File { name: String::new(), at: None };
    let first = GuestAddress(0);
    GuestConfig {
        vcpus: 1,
        base_priority: 100,
        ram: Ram { range: GuestRange::new(first, PAGE).expect("a page"), physical: None },
        kernel: Kernel { file: nothing(), command_line: String::new(), console: None },
        initrd: None,
        device_tree: DeviceTree::None,
        clean_cache: false,
        extra_frames: None,
        serial_layout: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn file<A: Attributes>(
    images: &Fields<'_, A>, field: &str, default: &str, at: Option<GuestAddress>,
) -> Result<File, ConfigError> {
    Ok(File { name: images.text(field)?.unwrap_or(default).into(), at })
}

/// The memory, from fields whose names have a prefix.
pub(crate) fn ram<A: Attributes>(
    addresses: &Fields<'_, A>, prefix: &str, one_to_one: bool,
) -> Result<Ram, ConfigError> {
    let field = |name: &str| format!("{prefix}{name}");
    let base = addresses.number(&field("ram_base"))?;
    let size = addresses.number(&field("ram_size"))?;
    let physical = addresses.optional_number(&field("ram_paddr_base"))?.unwrap_or(base);
    for (name, value) in [("ram_base", base), ("ram_size", size), ("ram_paddr_base", physical)] {
        if !value.is_multiple_of(PAGE) {
            return Err(ConfigError::Value {
                attribute: addresses.name(&field(name)),
                found: format!("{value:#x}"),
                expected: "a multiple of 0x1000",
            });
        }
    }
    let range = GuestRange::new(GuestAddress(base), size).ok_or_else(|| ConfigError::Value {
        attribute: addresses.name(&field("ram_size")),
        found: format!("{size:#x}"),
        expected: "a size above 0 that ends within 64 bits",
    })?;
    Ok(Ram { range, physical: one_to_one.then_some(physical) })
}

fn small(
    source: &impl Attributes, attribute: &str, default: u8, range: core::ops::RangeInclusive<u8>,
    expected: &'static str,
) -> Result<u8, ConfigError> {
    let Some(value) = source.value(attribute, None) else {
        return Ok(default);
    };
    let found = number(value).and_then(|number| u8::try_from(number).ok());
    found.filter(|number| range.contains(number)).ok_or_else(|| ConfigError::Value {
        attribute: attribute.into(),
        found: format!("{value}"),
        expected,
    })
}

fn extra_frames(source: &impl Attributes) -> Result<Option<GuestRange>, ConfigError> {
    let get = |attribute: &str| match source.value(attribute, None) {
        None => Ok(0),
        Some(value) => number(value).ok_or_else(|| ConfigError::Value {
            attribute: attribute.into(),
            found: format!("{value}"),
            expected: "a number from 0",
        }),
    };
    let (count, address) = (get("num_extra_frame_caps")?, get("extra_frame_map_address")?);
    if count == 0 {
        return Ok(None);
    }
    if !address.is_multiple_of(PAGE) {
        return Err(ConfigError::Value {
            attribute: "extra_frame_map_address".into(),
            found: format!("{address:#x}"),
            expected: "a multiple of 0x1000",
        });
    }
    let range =
        count.checked_mul(PAGE).and_then(|size| GuestRange::new(GuestAddress(address), size));
    range.map(Some).ok_or_else(|| ConfigError::Value {
        attribute: "num_extra_frame_caps".into(),
        found: format!("{count}"),
        expected: "frames that end within 64 bits",
    })
}

fn serial_layout(source: &impl Attributes) -> Result<Vec<SerialLink>, ConfigError> {
    let attribute = "serial_layout";
    (0..source.count(attribute))
        .map(|index| {
            let id = |field: &str| {
                let value = source.element(attribute, index, field);
                let found = value.and_then(number).and_then(|number| u32::try_from(number).ok());
                found.ok_or_else(|| ConfigError::Value {
                    attribute: format!("{attribute}[{index}].{field}"),
                    found: value.unwrap_or(Value::Other("not set")).to_string(),
                    expected: "the number of a queue",
                })
            };
            Ok(SerialLink { send: id("send_id")?, receive: id("recv_id")? })
        })
        .collect()
}

#[cfg(test)]
mod test;
