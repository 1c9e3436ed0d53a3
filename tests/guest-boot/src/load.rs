//! The guest's files, and what it is told to be.

use alloc::boxed::Box;

use fdt::address::Region;
use fdt::guest::{Device, Gic, Timer};
use guest_config::boot::{Files, Ready, prepare};
use guest_config::config::{DeviceTree, GuestConfig};
use guest_config::legacy::Platform;
use guest_config::source::{Attributes, Value};
use guest_config::summary::Summary;
use guest_config::tree::Hardware;
use guest_memory::{GuestAddress, GuestRange, NamedRange, Regions};
use sel4_root_task::{abort, debug_println};
use vmm::layout::Boot;
use vmm_sel4::mapped::Mapped;

use crate::guest::{CPU_INTERFACE, CPUS, DISTRIBUTOR, UART, UART_INTID};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const COMMAND_LINE: &str = match option_env!("GUEST_COMMAND_LINE") {
    Some(line) => line,
    None => "console=ttyAMA0 earlycon",
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

/// The guest's images, with their places.
pub fn images(config: &GuestConfig) -> Box<Ready<'static>> {
    debug_assert!(config.device_tree != DeviceTree::None);
    let region = |base| Region { base, size: 0x1000 };
    let hardware = Hardware {
        gic: Gic::V2 { distributor: region(DISTRIBUTOR), cpu_interface: region(CPU_INTERFACE) },
        timer: Timer::default(),
        cpu: "arm,cortex-a53",
        uart: Some(Device { region: region(UART), intid: UART_INTID }),
        rtc: None,
        power_button: None,
        virtio: &[],
        keep: &[],
        reserved: &[],
    };
    let files = Files { kernel: KERNEL, initrd: Some(INITRD), device_tree: None };
    match prepare(config, &hardware, files, &[]) {
        Ok(ready) => Box::new(ready),
        Err(error) => abort!("{error} (build with GUEST_KERNEL and GUEST_INITRD)"),
    }
}

/// Prints what there is.
pub fn tell(config: &GuestConfig, ready: &Ready<'_>) {
    let device = |name: &'static str, start| {
        let range = GuestRange::new(GuestAddress(start), 0x1000)?;
        Some(NamedRange { name: name.into(), range })
    };
    let devices = [device("gic", DISTRIBUTOR), device("gicv", CPU_INTERFACE), device("uart", UART)];
    let devices: alloc::vec::Vec<_> = devices.into_iter().flatten().collect();
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
