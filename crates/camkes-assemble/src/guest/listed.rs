//! What a VM's lists give to its guest: memory of devices that no node has (`mmios`,
//! `untyped_mmios`), and nodes without devices (`plat_keep_devices`).

use camkes_lang::Diagnostic;
use component_config::Region;
use component_config::model::guest::{Device, Gic, GicProcessors, Kept};
use system_spec::model::Rights;

use crate::assembly::{Assembly, Site};
use crate::builder::AddressSpace;
use crate::geometry::{PAGE, pages};
use crate::image::UNCACHED;
use crate::plan::{Client, Purpose};
use crate::settings::{self, list};

/// Where the guest has a device already. A GIC's virtual CPU interface is there for the guest at
/// the place of the real one, and nowhere else.
pub fn taken(
    assembly: &Assembly<'_>, site: Site, gic: Gic, devices: &[Device],
) -> Result<Vec<Region>, Diagnostic> {
    let (GicProcessors::Interface(of_processors) | GicProcessors::Redistributors(of_processors)) =
        gic.processors;
    let mut taken = vec![gic.distributor, of_processors];
    taken.extend(devices.iter().flat_map(|device| device.registers.iter().copied()));
    let controllers = |node: &fdt::tree::Node<'_>| fdt::interrupt::is_gic(node);
    taken.extend(registers(assembly, site, controllers)?);
    Ok(taken)
}

/// Maps the memory of the lists into the guest at its own addresses, but for what is `taken`. Those
/// who are to see it see all of it from the start: nothing is mapped when a guest asks for it.
///
/// Upstream, `untyped_mmios` are what the component's and the guest's memory is taken from as well, so
/// RAM in it is none of the guest's.
pub fn memory(
    assembly: &mut Assembly<'_>, site: Site, space: &mut AddressSpace, ram: Region,
    mut taken: Vec<Region>,
) -> Result<Vec<Device>, Diagnostic> {
    let instance = &assembly.model[site.instance];
    let own = own_devices(assembly, site)?;
    let mut wanted = Vec::new();
    for value in list(instance, "mmios") {
        let (start, size) = settings::mmio(instance, value)?;
        let wrong = |text: &str| {
            let text = format!("`{}.mmios`: {value} {text}", instance.name);
            Diagnostic::error("bad-memory", text).at(value.span)
        };
        let whole = without(start, size, [].iter());
        let overlaps = |other: &Region| without(start, size, [other].into_iter()) != whole;
        if size == 0 {
            return Err(wrong("has no bytes"));
        } else if overlaps(&ram) {
            return Err(wrong("is where the guest has its memory"));
        } else if own.iter().any(overlaps) {
            return Err(wrong("is of a device that the component has itself"));
        }
        wanted.push(((start, size), value.span, false));
    }
    for value in list(instance, "untyped_mmios") {
        wanted.push((settings::untyped_mmio(instance, value)?, value.span, true));
    }
    let is_ram = |node: &fdt::tree::Node<'_>| node.text("device_type") == Some("memory");
    let mut not_untyped = registers(assembly, site, is_ram)?;
    not_untyped.push(ram);
    not_untyped.extend(own);
    let owner = assembly.plan(site)?.id;
    let mut devices = Vec::new();
    for ((start, size), span, untyped) in wanted {
        let others = if untyped { not_untyped.as_slice() } else { &[] };
        for part in without(start, size, taken.iter().chain(others)) {
            let memory = assembly.memory_at("device", part.address, part.size, span)?;
            assembly.builder.used_by(memory, owner);
            let extent = assembly.builder.extent(memory);
            space.map_at(part.address, extent, Rights::READ_WRITE, UNCACHED);
            devices.push(Device { registers: vec![part], ..Device::default() });
            taken.push(part);
        }
    }
    Ok(devices)
}

/// `plat_keep_devices` and `plat_keep_devices_and_subtree`.
pub fn kept(assembly: &Assembly<'_>, site: Site) -> Result<Vec<Kept>, Diagnostic> {
    let instance = &assembly.model[site.instance];
    let mut kept = Vec::new();
    for (key, subtree) in [("plat_keep_devices", false), ("plat_keep_devices_and_subtree", true)] {
        for value in list(instance, key) {
            let wrong = |text: String| {
                let text = format!("`{}.{key}`: {text}", instance.name);
                Diagnostic::error("bad-node", text).at(value.span)
            };
            let path = value.as_str().ok_or_else(|| wrong(format!("{value} is no path")))?;
            let tree = assembly.tree.as_ref();
            let tree = tree.ok_or_else(|| wrong("the board has no device tree".into()))?;
            tree.find(path).map_err(|error| wrong(error.to_string()))?;
            kept.push(Kept { path: path.to_owned(), subtree });
        }
    }
    Ok(kept)
}

/// The devices that the component has by its interfaces, to emulate others on them.
fn own_devices(assembly: &mut Assembly<'_>, site: Site) -> Result<Vec<Region>, Diagnostic> {
    let plan = assembly.plan(site)?;
    let dataports = plan.dataports.iter().filter(|it| it.purpose == Purpose::Registers);
    let dataports = dataports.filter_map(|it| Some((it.paddr?, it.mapped.size)));
    let registers = plan.registers.iter().map(|it| (it.paddr, it.mapped.size));
    let all = dataports.chain(registers);
    Ok(all.map(|(address, size)| Region { address, size }).collect())
}

/// Where the guest has emulated devices: at the places of those that the component has itself, of
/// the board's console if its own is on a SerialServer's line, and of the board's GPIO controller if
/// it has a power button. Devices of an application's modules are not known here.
pub fn emulated(assembly: &mut Assembly<'_>, site: Site) -> Result<Vec<Region>, Diagnostic> {
    let mut found = own_devices(assembly, site)?;
    let plan = assembly.plan(site)?;
    let named =
        |index: usize, names: &[&str]| names.contains(&&*plan.component.interfaces[index].name);
    let on_a_line = |it: &Client| named(it.interface, &["batch", "guest_putchar"]);
    let has_console = plan.clients.iter().any(on_a_line);
    let has_button = plan.consumed.iter().any(|it| named(it.interface, &["power_button"]));
    let tree = assembly.tree.as_ref();
    let console = tree.filter(|_| has_console).and_then(|tree| tree.stdout().ok());
    let controller =
        |node: &fdt::tree::Node<'_>| node.is_compatible("arm,pl061") && node.is_enabled();
    let controller = tree
        .filter(|_| has_button)
        .and_then(|tree| tree.places().into_iter().find(|place| controller(place.node())));
    // Without such a node, or without registers of it, the component says so when it starts.
    for place in console.into_iter().chain(controller) {
        let first = place.regions().ok().and_then(|regions| regions.first().copied());
        found.extend(first.map(|first| Region { address: first.base, size: PAGE }));
    }
    Ok(found)
}

/// The registers of the nodes of the board's tree that `picks` wants.
fn registers(
    assembly: &Assembly<'_>, site: Site, picks: impl Fn(&fdt::tree::Node<'_>) -> bool,
) -> Result<Vec<Region>, Diagnostic> {
    let mut found = Vec::new();
    let places = assembly.tree.as_ref().map(|tree| tree.places()).unwrap_or_default();
    for place in places.iter().filter(|place| picks(place.node())) {
        let regions = place.regions().map_err(|error| {
            Diagnostic::error("bad-node", format!("{}: {error}", place.path())).at(site.span)
        })?;
        found.extend(regions.iter().map(|it| Region { address: it.base, size: it.size }));
    }
    Ok(found)
}

/// The pages from `start` on of which nothing is in `others`, in as few pieces as there can be.
fn without<'r>(start: u64, size: u64, others: impl Iterator<Item = &'r Region>) -> Vec<Region> {
    let first = start / PAGE * PAGE;
    let end = first.saturating_add(pages(start.saturating_sub(first).saturating_add(size)));
    let mut left = vec![(first, end)];
    for other in others.filter(|other| other.size > 0) {
        let from = other.address / PAGE * PAGE;
        let to = other.address.saturating_add(other.size).next_multiple_of(PAGE);
        let pieces =
            left.iter().flat_map(|&(first, end)| [(first, end.min(from)), (first.max(to), end)]);
        left = pieces.filter(|(first, end)| first < end).collect();
    }
    left.iter().map(|&(first, end)| Region { address: first, size: end - first }).collect()
}

#[cfg(test)]
mod test {
    use super::*;

    fn left(start: u64, size: u64, others: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let others: Vec<Region> =
            others.iter().map(|&(address, size)| Region { address, size }).collect();
        let left = without(start, size, others.iter());
        left.iter().map(|region| (region.address, region.size)).collect()
    }

    #[test]
    fn whole_pages_are_left() {
        assert_eq!(left(0x1_0010, 0x20, &[]), [(0x1_0000, 0x1000)]);
        assert_eq!(left(0x1_0ff0, 0x20, &[]), [(0x1_0000, 0x2000)]);
    }

    #[test]
    fn what_is_taken_is_left_out() {
        assert_eq!(left(0x1000, 0x4000, &[(0x2800, 0x10)]), [(0x1000, 0x1000), (0x3000, 0x2000)]);
        assert_eq!(left(0x1000, 0x4000, &[(0, 0x2000), (0x4fff, 1)]), [(0x2000, 0x2000)]);
        assert_eq!(left(0x1000, 0x1000, &[(0, 0x8000)]), []);
        assert_eq!(left(0x1000, 0x1000, &[(0x1000, 0), (0x2000, 0x1000)]), [(0x1000, 0x1000)]);
    }
}
