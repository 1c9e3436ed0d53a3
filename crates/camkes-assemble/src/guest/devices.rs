//! A guest's devices, and the timer of its component.

use camkes_lang::{Diagnostic, Span};
use component_config::Region;
use component_config::model::Irq;
use component_config::model::guest::{Device, Interrupt};
use fdt::interrupt::{Kind, Trigger};
use system_spec::model::{Interrupt as Object, Rights};

use crate::assembly::{Assembly, Site};
use crate::builder::AddressSpace;
use crate::connectors::number;
use crate::geometry::PAGE;
use crate::image::UNCACHED;
use crate::settings::list;

/// The EL1 physical timer's interrupt, by the kernel's number (Arm BSA, private interrupts).
const PHYSICAL_TIMER: u32 = 30;

/// The interface of a VM component by which a time server wakes it.
const TIME_SERVER: &str = "timer";

/// What wakes idle processors: the board's timer, unless the component has a time server for that.
pub fn timer(assembly: &mut Assembly<'_>, site: Site) -> Result<Option<Interrupt>, Diagnostic> {
    let plan = assembly.plan(site)?;
    let name = plan.name;
    let interface = plan.component.interface_named(TIME_SERVER);
    let server = plan.clients.iter().find(|client| Some(client.interface) == interface);
    match server.map(|client| client.event) {
        Some(Some(_)) => Ok(None),
        Some(None) => Err(Diagnostic::error(
            "no-event",
            format!("`{name}.{TIME_SERVER}` gets no event from the time server"),
        )
        .at(site.span)
        .help("connect it with seL4TimeServer")),
        None => {
            let timer = interrupt(assembly, site, PHYSICAL_TIMER, false, site.span);
            timer.map(Some).map_err(|error| {
                error.help(format!(
                    "it is the board's timer, which wakes idle guests and has one owner: a \
                     TimeServer, for more than one; connect each VM to that with `connection \
                     seL4TimeServer {name}_timer(from {name}.{TIME_SERVER}, to time_server.the_timer)`"
                ))
            })
        }
    }
}

/// The devices of the settings `dtb`, `dtb_irqs` and `irqs`: registers in the guest at their own
/// addresses, interrupts as events of the component.
pub fn all(
    assembly: &mut Assembly<'_>, site: Site, space: &mut AddressSpace,
) -> Result<Vec<Device>, Diagnostic> {
    let instance = &assembly.model[site.instance];
    let mut devices = Vec::new();
    if let Some(setting) = instance.settings.get("dtb") {
        let span = setting.span;
        let mut paths = camkes_check::node_paths(&setting.value);
        // Files name a path twice.
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(*path));
        for path in paths {
            devices.push(device(assembly, site, space, path, span)?);
        }
    }
    for key in ["dtb_irqs", "irqs"] {
        for value in list(instance, key) {
            let wanted = number(key, value)?;
            let wanted = u32::try_from(wanted).map_err(|_| {
                Diagnostic::error("bad-value", format!("{wanted} is no interrupt's number"))
                    .at(value.span)
            })?;
            let interrupt = interrupt(assembly, site, wanted, false, value.span)?;
            devices.push(Device { interrupts: vec![interrupt], ..Device::default() });
        }
    }
    Ok(devices)
}

fn device(
    assembly: &mut Assembly<'_>, site: Site, space: &mut AddressSpace, path: &str, span: Span,
) -> Result<Device, Diagnostic> {
    let wrong = |error: fdt::Error| Diagnostic::error("bad-node", error.to_string()).at(span);
    let (regions, interrupts) = {
        let tree = assembly.tree.as_ref().ok_or_else(|| {
            Diagnostic::error("no-device-tree", "there is no device tree to look into").at(span)
        })?;
        let place = tree.find(path).map_err(wrong)?;
        (place.regions().map_err(wrong)?, place.interrupts().map_err(wrong)?)
    };
    let owner = assembly.plan(site)?.id;
    let mut device = Device { path: Some(path.to_owned()), ..Device::default() };
    for region in regions.iter().filter(|region| region.size > 0) {
        let memory = assembly.memory_at(path, region.base, region.size, span)?;
        assembly.builder.used_by(memory, owner);
        let base = region.base / PAGE * PAGE;
        space.map_at(base, assembly.builder.extent(memory), Rights::READ_WRITE, UNCACHED);
        device.registers.push(Region { address: region.base, size: region.size });
    }
    // Private interrupts belong to a core, and the kernel keeps those that a guest could use.
    let shared = |kind: Kind| matches!(kind, Kind::Spi | Kind::ExtendedSpi);
    for it in interrupts.iter().filter(|interrupt| shared(interrupt.kind)) {
        let edge = it.trigger == Trigger::Edge;
        device.interrupts.push(interrupt(assembly, site, it.intid, edge, span)?);
    }
    Ok(device)
}

/// Gives an interrupt to the component, as an event that belongs to no interface.
fn interrupt(
    assembly: &mut Assembly<'_>, site: Site, number: u32, edge: bool, span: Span,
) -> Result<Interrupt, Diagnostic> {
    let bit = assembly.event(site)?;
    let object = Object { number, edge, target: 0, notification: None };
    assembly.interrupt(site, None, object, bit, span)?;
    // The guest's node tells it, and nothing else.
    let handler = assembly.plan(site)?.interrupts.pop().map_or(0, |handled| handled.slot);
    let bit = u8::try_from(bit).unwrap_or(u8::MAX);
    Ok(Interrupt { irq: Irq { number, handler }, bit, edge })
}
