//! Guests: what a VM component needs beyond what every component has.
//!
//! A guest has an address space of its own, with its RAM, the virtual CPU interface of the interrupt
//! controller and the devices that it is given; a thread for each virtual processor, whose faults
//! arrive at the VM component's endpoint. The component sees the RAM, handles the devices'
//! interrupts, and has a timer to wake idle processors with, or a time server.

mod devices;
mod listed;
mod processors;
pub(crate) mod shared;

use camkes_lang::model::{Instance, InstanceId, Origin};
use camkes_lang::{Diagnostic, Span};
use component_config::model::guest::{Gic, GicProcessors, Guest, Memory};
use component_config::{Region, slot};
use fdt::address::Region as Registers;
use system_spec::model::{MemoryAttributes, Rights};

use crate::assembly::{Assembly, Site};
use crate::builder::{AddressSpace, Backing};
use crate::geometry::{PAGE, pages};
use crate::image::{CACHED, UNCACHED};

/// A guest fetches instructions from all of its memory.
const RAM: MemoryAttributes = MemoryAttributes { cached: true, executable: true };

/// Makes the guests of all VM components. Comes after connectors, which may take interrupts.
pub(crate) fn make_all(assembly: &mut Assembly<'_>) {
    let guests: Vec<InstanceId> = assembly
        .with_code()
        .filter(|plan| camkes_check::is_virtual_machine(plan.component))
        .map(|plan| plan.model)
        .collect();
    for id in guests {
        if let Err(error) = make(assembly, id) {
            assembly.diagnostics.push(error);
        }
    }
}

fn make(assembly: &mut Assembly<'_>, id: InstanceId) -> Result<(), Diagnostic> {
    let instance = &assembly.model[id];
    let site = Site { instance: id, span: instance.name_span };
    // What is wrong with it was said by the checks.
    let Some(layout) = camkes_check::guest_memory(instance) else {
        return Ok(());
    };
    let owner = assembly.plan(site)?.id;
    let name = format!("{}.guest", instance.name);
    let mut space = assembly.builder.space(&name, Some(owner));

    let size = pages(layout.ram_size);
    let end = assembly.builder.geometry.end();
    if layout.ram_base.checked_add(size).is_none_or(|ram_end| ram_end > end) {
        let text = format!(
            "the RAM of `{}` ({size:#x} bytes at {:#x}) is not below {end:#x}, where a guest's \
             addresses end",
            instance.name, layout.ram_base
        );
        return Err(Diagnostic::error("bad-ram", text).at(layout_span(instance)));
    }
    let physical =
        maps_one_to_one(instance, &assembly.kernel.platform).then_some(layout.ram_paddr_base);
    let ram = match physical {
        Some(start) => assembly.memory_at(&format!("{name}.ram"), start, size, site.span)?,
        None => {
            let backing = Backing::Anywhere { phase: layout.ram_base };
            assembly.builder.memory(format!("{name}.ram"), Some(owner), size, backing)
        }
    };
    assembly.builder.used_by(ram, owner);
    space.map_at(layout.ram_base, assembly.builder.extent(ram), Rights::READ_WRITE, RAM);
    let window = assembly.map(site, ram, (0, size), Rights::READ_WRITE, CACHED)?;
    let window = Region { address: window.address, size };

    let gic = interrupt_controller(assembly, site, &mut space)?;
    let guest_ram = Region { address: layout.ram_base, size };
    let emulated = listed::emulated(assembly, site)?;
    beside_devices(&assembly.model[id], guest_ram, gic, &emulated)?;
    let timer = devices::timer(assembly, site)?;
    let mut devices = devices::all(assembly, site, &mut space)?;
    let taken = listed::taken(assembly, site, gic, &devices)?;
    devices.extend(listed::memory(assembly, site, &mut space, guest_ram, taken)?);
    let mut taken = listed::taken(assembly, site, gic, &devices)?;
    taken.push(guest_ram);
    taken.extend(emulated);
    shared::memory(assembly, site, &mut space, taken)?;
    let kept = listed::kept(assembly, site)?;
    let vcpus = processors::all(assembly, site, &space)?;
    let board_tree = board_tree(assembly, site)?;
    let plan = assembly.plan(site)?;
    plan.guest = Some(Guest {
        memory: vec![Memory { guest: layout.ram_base, window, physical }],
        gic,
        timer,
        devices,
        kept,
        vcpus,
        board_tree,
    });
    // The component makes VCPU objects in slots of its own.
    plan.cspace.put_own(slot::CNODE);
    assembly.builder.put_space(space);
    Ok(())
}

/// RAM can't be where the guest has its interrupt controller or emulated devices, which are at the
/// board's addresses.
fn beside_devices(
    instance: &Instance, ram: Region, gic: Gic, emulated: &[Region],
) -> Result<(), Diagnostic> {
    let last = |region: Region| region.address.saturating_add(region.size.saturating_sub(1));
    let (GicProcessors::Interface(processors) | GicProcessors::Redistributors(processors)) =
        gic.processors;
    let gic = [gic.distributor, processors].map(|part| ("the interrupt controller", part));
    let devices = emulated.iter().map(|device| ("an emulated device", *device));
    let mut parts = gic.into_iter().chain(devices);
    let Some((what, part)) = parts.find(|(_, part)| part.overlaps(ram)) else {
        return Ok(());
    };
    let text = format!(
        "the RAM of `{}` ({:#x} to {:#x}) is where its guest has {what} ({:#x} to {:#x})",
        instance.name,
        ram.address,
        last(ram),
        part.address,
        last(part)
    );
    Err(Diagnostic::error("device-in-ram", text).at(layout_span(instance)))
}

/// Where the assembly says how a guest's memory is laid out.
fn layout_span(instance: &Instance) -> Span {
    let layouts = ["vm_address_config", "linux_address_config"];
    let mut set = layouts.iter().filter_map(|key| instance.settings.get(*key));
    set.find(|it| it.origin != Origin::Default).map_or(instance.name_span, |it| it.span)
}

/// `map_one_to_one`; with the older attributes, what camkes-vm does on the platform.
fn maps_one_to_one(instance: &Instance, platform: &str) -> bool {
    let is_set =
        |key: &str| instance.settings.get(key).is_some_and(|it| it.origin != Origin::Default);
    if is_set("linux_address_config") && !is_set("vm_address_config") {
        return platform.starts_with("exynos5") || ["qemu-arm-virt", "tx2"].contains(&platform);
    }
    let image = instance.value("vm_image_config");
    image.and_then(|config| config.get("map_one_to_one")?.as_bool()).unwrap_or(false)
}

/// The GIC as the guest sees it: at the board's addresses, and a GICv2's virtual CPU interface in the
/// place of the real one.
fn interrupt_controller(
    assembly: &mut Assembly<'_>, site: Site, space: &mut AddressSpace,
) -> Result<Gic, Diagnostic> {
    let wrong = |text: String| Diagnostic::error("no-gic", text).at(site.span);
    let (distributor, cpu_interface, virtual_interface) = {
        let tree = assembly.tree.as_ref();
        let tree =
            tree.ok_or_else(|| wrong("there is no device tree to find the GIC in".into()))?;
        let gic = tree.places().into_iter().find(|place| fdt::interrupt::is_gic(place.node()));
        let gic = gic.ok_or_else(|| wrong("the board's device tree has no GIC".into()))?;
        let regions = gic.regions().map_err(|error| wrong(error.to_string()))?;
        let region = |it: Registers| Region { address: it.base, size: it.size };
        match (gic.node().is_compatible("arm,gic-v3"), &regions[..]) {
            (true, [distributor, redistributors, ..]) => {
                return Ok(Gic {
                    distributor: region(*distributor),
                    processors: GicProcessors::Redistributors(region(*redistributors)),
                });
            }
            (false, [distributor, cpu_interface, _, virtual_interface]) => {
                (*distributor, *cpu_interface, *virtual_interface)
            }
            (is_v3, _) => {
                let expected = if is_v3 {
                    "those of the distributor and of the redistributors"
                } else {
                    "4, of which the last is the virtual CPU interface"
                };
                return Err(wrong(format!(
                    "{} has {} ranges of registers, expected {expected}",
                    gic.path(),
                    regions.len()
                )));
            }
        }
    };
    let base = virtual_interface.base;
    let memory = assembly.memory_at("gic.virtual-cpu-interface", base, PAGE, site.span)?;
    let owner = assembly.plan(site)?.id;
    // Each guest has it: the kernel switches what is behind it.
    assembly.builder.used_by(memory, owner);
    let extent = assembly.builder.extent(memory);
    space.map_at(cpu_interface.base, extent, Rights::READ_WRITE, UNCACHED);
    Ok(Gic {
        distributor: Region { address: distributor.base, size: distributor.size },
        processors: GicProcessors::Interface(Region { address: cpu_interface.base, size: PAGE }),
    })
}

/// The board's device tree, which a generated one takes devices from.
fn board_tree(assembly: &mut Assembly<'_>, site: Site) -> Result<Option<Region>, Diagnostic> {
    let Some(blob) = assembly.input.device_tree else {
        return Ok(None);
    };
    let plan = assembly.plan(site)?;
    let (name, owner) = (plan.name.to_owned(), plan.id);
    let content = assembly.builder.content(format!("{name}.board-tree"), blob.to_vec());
    let memory = assembly.builder.memory_with(format!("{name}.board-tree"), Some(owner), content);
    let mapped = assembly.map(site, memory, (0, blob.len() as u64), Rights::READ, CACHED)?;
    Ok(Some(Region { address: mapped.address, size: mapped.size }))
}
