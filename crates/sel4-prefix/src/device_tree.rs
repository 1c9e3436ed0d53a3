//! From the machine's device tree to the kernel's.

use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, Property};

use crate::error::{Error, Result};
use crate::kernel_config::KernelConfig;
use crate::platform::{Platform, ReservedMemory};
use crate::regions::{Region, Regions};

/// What a machine's device tree gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The memory map.
    pub regions: Regions,
    /// The device tree for `support/kernel.dtb`: the machine's, with reserved memory and the
    /// platform's properties of `/chosen`.
    pub device_tree: Vec<u8>,
}

/// Derives memory map and device tree from the machine's device tree blob, as QEMU dumps it.
///
/// The tree must agree with the platform: the kernel's devices at their addresses.
pub fn read_machine(blob: &[u8], platform: &Platform, config: &KernelConfig) -> Result<Machine> {
    let wrong = |reason: String| Error::format(format!("device tree of {}", platform.name), reason);
    let fdt = Fdt::new(blob)
        .map_err(|error| wrong(format!("no device tree blob (Devicetree 0.4, 5): {error}")))?;
    for device in platform.kernel_devices.with_gic(config.gic) {
        let regs = registers(&fdt, &device.node).map_err(wrong)?;
        let found = regs.get(device.reg).map(|region| region.start);
        if found != Some(device.address) {
            let found = found.map_or_else(|| String::from("missing"), |at| format!("{at:#x}"));
            return Err(wrong(format!(
                "reg {} of {} is {found}, the platform expects {:#x}",
                device.reg, device.node, device.address
            )));
        }
    }
    let ram = memory_banks(&fdt).map_err(wrong)?;
    let regions = platform.divide(config, &ram)?;

    let mut tree = DeviceTree::from_fdt(&fdt);
    if !platform.reserved_memory.is_empty() {
        let node = reserved_memory(&platform.reserved_memory).map_err(wrong)?;
        tree.root.add_child(node);
    }
    if tree.find_node("/chosen").is_none() {
        tree.root.add_child(DeviceTreeNode::new_unchecked("chosen"));
    }
    for (name, paths) in &platform.chosen {
        if let Some(path) = paths.iter().find(|path| fdt.find_node(path).is_none()) {
            return Err(wrong(format!(
                "there is no node {path}, which the platform's \"{name}\" names"
            )));
        }
        let value: Vec<u8> = paths.iter().flat_map(|path| path.bytes().chain([0])).collect();
        let property = new_property(name, value).map_err(wrong)?;
        if let Some(chosen) = tree.find_node_mut("/chosen") {
            chosen.add_property(property);
        }
    }
    Ok(Machine { regions, device_tree: tree.to_dtb() })
}

fn registers(fdt: &Fdt<'_>, path: &str) -> std::result::Result<Vec<Region>, String> {
    match fdt.find_node(path) {
        Some(node) => node_registers(node).map_err(|reason| format!("{path}: {reason}")),
        None => Err(format!("there is no node {path}, which the platform expects")),
    }
}

fn node_registers(node: FdtNode<'_>) -> std::result::Result<Vec<Region>, String> {
    let Some(regs) = node.reg().map_err(|error| error.to_string())? else {
        return Err(String::from("no property \"reg\", expected one"));
    };
    regs.map(|reg| {
        let address = reg.address::<u64>().map_err(|error| error.to_string())?;
        let size = reg.size::<u64>().map_err(|error| error.to_string())?;
        Ok(Region::with_size(address, size))
    })
    .collect()
}

/// The RAM of all nodes with the device type "memory".
fn memory_banks(fdt: &Fdt<'_>) -> std::result::Result<Vec<Region>, String> {
    let mut banks = Vec::new();
    for node in fdt.root().children() {
        let is_memory =
            node.property("device_type").is_some_and(|property| property.value() == b"memory\0");
        if is_memory {
            banks.extend(node_registers(node)?);
        }
    }
    if banks.is_empty() {
        return Err(String::from("no node has the device_type \"memory\", expected at least one"));
    }
    banks.sort_by_key(|bank| bank.start);
    Ok(banks)
}

fn reserved_memory(memory: &[ReservedMemory]) -> std::result::Result<DeviceTreeNode, String> {
    let mut parent = DeviceTreeNode::new_unchecked("reserved-memory");
    parent.add_property(new_property("#address-cells", 2_u32)?);
    parent.add_property(new_property("#size-cells", 2_u32)?);
    parent.add_property(new_property("ranges", Vec::<u8>::new())?);
    for part in memory {
        let name = format!("{}@{:x}", part.name, part.start);
        let mut node = DeviceTreeNode::new(name).map_err(|error| error.to_string())?;
        let reg = [part.start.to_be_bytes(), part.size.to_be_bytes()].concat();
        node.add_property(new_property("reg", reg)?);
        node.add_property(new_property("no-map", Vec::<u8>::new())?);
        parent.add_child(node);
    }
    Ok(parent)
}

fn new_property<T: dtoolkit::ToPropertyValue>(
    name: &str, value: T,
) -> std::result::Result<DeviceTreeProperty, String> {
    DeviceTreeProperty::new(name, value).map_err(|error| format!("property \"{name}\": {error}"))
}

#[cfg(test)]
#[path = "device_tree_test.rs"]
pub(crate) mod test;
