//! The guest's files, and what it is told to be.

use alloc::boxed::Box;

use fdt::address::Region;
use fdt::guest::Device;
use guest_config::boot::{Files, Ready, prepare};
use guest_config::config::GuestConfig;
use guest_config::legacy::Platform;
use guest_config::source::{Attributes, Value};
use guest_config::summary::Summary;
use guest_memory::{GuestRange, Regions};
use sel4_root_task::{abort, debug_println};
use vmm::layout::Boot;
use vmm_sel4::builder::Builder;
use vmm_sel4::mapped::Mapped;

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const COMMAND_LINE: &str = match option_env!("GUEST_COMMAND_LINE") {
    Some(line) => line,
    None => "console=ttyAMA0 earlycon",
};

const CPUS: u8 = match option_env!("GUEST_CPUS") {
    Some(text) => text.as_bytes()[0] - b'0',
    None => 1,
};

/// What an application's description says of its guest.
struct Description;

impl Attributes for Description {
    fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>> {
        Some(match (attribute, field) {
            ("num_vcpus", None) => Value::Integer(CPUS.into()),
            ("vm_address_config", Some("ram_base")) => Value::Text("0x40000000"),
            ("vm_address_config", Some("ram_size")) => Value::Text("0x10000000"),
            ("vm_image_config", Some("map_one_to_one" | "generate_dtb")) => Value::Bool(true),
            ("vm_image_config", Some("provide_initrd")) => Value::Bool(!INITRD.is_empty()),
            ("vm_image_config", Some("kernel_bootcmdline")) => Value::Text(COMMAND_LINE),
            _ => return None,
        })
    }

    fn count(&self, _: &str) -> usize {
        0
    }

    fn element(&self, _: &str, _: usize, _: &str) -> Option<Value<'_>> {
        None
    }
}

/// The guest's configuration.
pub fn config() -> GuestConfig {
    match guest_config::read(&Description, &Platform::default()) {
        Ok(config) => config,
        Err(error) => abort!("{error}"),
    }
}

/// The guest's images, with their places. `uart` is the board's serial port, if the guest has it.
pub fn images(builder: &Builder<Mapped>, uart: Option<(GuestRange, u32)>) -> Box<Ready<'static>> {
    let mut hardware = builder.hardware("arm,cortex-a53").expect("an interrupt controller");
    if let Some((range, intid)) = uart {
        let region = Region { base: range.start().0, size: range.size() };
        hardware.uart = Some(Device { region, intid });
    }
    let files = Files { kernel: KERNEL, initrd: Some(INITRD), device_tree: None };
    match prepare(&builder.config, &hardware, files, &[]) {
        Ok(ready) => Box::new(ready),
        Err(error) => abort!("{error} (build with GUEST_KERNEL and GUEST_INITRD)"),
    }
}

/// Prints what there is.
pub fn tell(builder: &Builder<Mapped>, ready: &Ready<'_>) {
    let config = &builder.config;
    let mut devices = builder.places();
    devices.retain(|place| place.range != config.ram.range);
    debug_println!("{}", Summary { name: "vm0", config, ready, devices: &devices });
}

/// Puts the images into guest memory.
pub fn load(ready: &Ready<'_>, memory: &Regions<Mapped>) -> Boot {
    let result = ready.load(memory, |range| {
        if let Some(region) = memory.find(range.start()) {
            let offset = range.start().0 - region.range().start().0;
            region.backing().publish(offset, range.size());
        }
    });
    match result {
        Ok(boot) => boot,
        Err(error) => abort!("{error}"),
    }
}
