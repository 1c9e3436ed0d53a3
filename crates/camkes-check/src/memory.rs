//! Physical memory and I/O ports: each has one owner, unless sharing it is the purpose.

use camkes_lang::ast::EndType;
use camkes_lang::model::{Component, Connection, Instance, InstanceId};
use camkes_lang::{Diagnostic, Model, Span, Value};

use crate::context::{Context, interface_setting, is_virtual_machine, list};
use crate::nodes::nodes;
use crate::number::parse_number;

/// What a region lies in and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionKind {
    /// Registers of a device.
    Device,
    /// Memory that the system takes as untyped objects: a guest's RAM, or a device.
    Untyped,
    /// Memory of a dataport whose physical address is set.
    Shared,
    /// x86 I/O ports.
    Ports,
}

/// A range of physical addresses, or of I/O ports, that somebody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// What it is.
    pub kind: RegionKind,
    /// The first address or port.
    pub start: u64,
    /// The last address or port.
    pub last: u64,
    /// Who can reach it.
    pub owners: Vec<InstanceId>,
    /// Where it comes from, for people: `the node /pl011@9000000`.
    pub what: String,
    /// Where it is written.
    pub span: Span,
}

impl Region {
    /// Its size in bytes, or the number of ports. The whole address space counts as one less.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.last - self.start).saturating_add(1)
    }

    fn conflicts_with(&self, other: &Self) -> bool {
        let ports = RegionKind::Ports;
        (self.kind == ports) == (other.kind == ports)
            && !self.owners.iter().any(|owner| other.owners.contains(owner))
    }
}

const PAGE: u64 = 4096;

/// The virtual CPU interface of the GIC on each supported platform. It is the one device that
/// every guest gets, and that is banked by core.
const GIC_VIRTUAL_CPU_INTERFACES: [(u64, &str); 7] = [
    (0x0804_0000, "qemu-arm-virt"),
    (0x1048_6000, "exynos5410, exynos5422"),
    (0x5004_6000, "tk1, tx1"),
    (0x0388_6000, "tx2"),
    (0xc430_6000, "odroidc2"),
    (0xf906_0000, "zcu102, ultra96v2"),
    (0xf90c_0000, "zcu102 through the APU alias"),
];

/// Whether an address is in the GIC's virtual CPU interface of a known platform.
#[must_use]
pub fn is_gic_virtual_cpu_interface(address: u64) -> bool {
    GIC_VIRTUAL_CPU_INTERFACES
        .iter()
        .any(|(start, _)| (*start..*start + 2 * PAGE).contains(&address))
}

/// Every range of physical addresses and ports that the system gives to somebody, in the order of
/// the model. Entries that can't be understood are left out.
#[must_use]
pub fn regions(model: &Model) -> Vec<Region> {
    collect(&Context::new(model), &mut Vec::new())
}

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut regions = collect(context, found);
    regions.retain(|region| !is_gic_virtual_cpu_interface(region.start));
    regions.sort_by_key(|region| (region.start, region.last));

    let mut open: Vec<&Region> = Vec::new();
    for region in &regions {
        let first_page = page(region).0;
        open.retain(|other| page(other).1 >= first_page);
        // One message for each region is enough to find the mistake.
        if let Some(other) = open.iter().find(|other| region.conflicts_with(other)) {
            found.push(conflict(context.model, other, region));
        }
        open.push(region);
    }
}

/// The range with which a region is mapped: whole pages, but single ports.
fn page(region: &Region) -> (u64, u64) {
    match region.kind {
        RegionKind::Ports => (region.start, region.last),
        _ => (region.start & !(PAGE - 1), region.last | (PAGE - 1)),
    }
}

fn conflict(model: &Model, first: &Region, second: &Region) -> Diagnostic {
    let owners = |region: &Region| {
        let names: Vec<&str> =
            region.owners.iter().map(|owner| model[*owner].name.as_str()).collect();
        names.join("`, `")
    };
    let noun = match second.kind {
        RegionKind::Ports => "I/O ports",
        _ => "physical memory",
    };
    let exact = first.last >= second.start;
    let message = if exact {
        format!(
            "`{}` and `{}` both get the {noun} {:#x} to {:#x}",
            owners(first),
            owners(second),
            second.start,
            second.last.min(first.last)
        )
    } else {
        format!(
            "`{}` and `{}` both get the page at {:#x}",
            owners(first),
            owners(second),
            page(second).0
        )
    };
    let range =
        |region: &Region| format!("{}: {:#x} to {:#x}", region.what, region.start, region.last);
    // Two guests that list the same device have been given it on purpose: chip identification
    // registers, for instance. What else overlaps is a mistake.
    let guests = |region: &Region| {
        let mut owners = region.owners.iter();
        owners.all(|owner| is_virtual_machine(model.component_of(*owner)))
    };
    let deliberate = (first.start, first.last) == (second.start, second.last)
        && first.kind == RegionKind::Device
        && second.kind == RegionKind::Device
        && guests(first)
        && guests(second);
    let diagnostic = if deliberate {
        Diagnostic::warning("shared-device", message)
            .note("what one guest writes there, the other one sees")
    } else {
        Diagnostic::error("overlapping-memory", message)
    };
    let diagnostic = diagnostic.at_with(second.span, range(second)).label(first.span, range(first));
    if exact {
        diagnostic
    } else {
        diagnostic.note("the ranges don't overlap, but memory is mapped in pages of 4 KiB")
    }
}

fn collect(context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Vec<Region> {
    let mut regions = Vec::new();
    for connection in &context.model.connections {
        of_connection(context, connection, &mut regions);
    }
    for (id, instance, component) in context.instances() {
        lists(id, instance, &mut regions, found);
        x86(id, instance, &mut regions);
        queries(context, id, instance, component, &mut regions);
    }
    regions
}

fn region(
    kind: RegionKind, start: u64, size: u64, owners: &[InstanceId], what: &str, span: Span,
) -> Option<Region> {
    let last = start.checked_add(size.checked_sub(1)?)?;
    Some(Region { kind, start, last, owners: owners.to_vec(), what: what.to_owned(), span })
}

/// Hardware components' dataports and ports, and dataports with an address of their own.
fn of_connection(context: &Context<'_>, connection: &Connection, regions: &mut Vec<Region>) {
    let model = context.model;
    let connector = context.connector(connection);
    let number = |value: &Value| value.as_u64();
    if !connector.to.hardware {
        let both = connection.settings.get("paddr").zip(connection.settings.get("size"));
        if let Some((start, size)) = both
            && let Some((from, bytes)) = number(&start.value).zip(number(&size.value))
        {
            let owners: Vec<InstanceId> =
                connection.from.iter().chain(&connection.to).map(|end| end.instance).collect();
            let what = format!("the connection `{}`", connection.name);
            regions.extend(region(RegionKind::Shared, from, bytes, &owners, &what, start.span));
        }
        return;
    }
    let owners: Vec<InstanceId> = connection.from.iter().map(|end| end.instance).collect();
    for end in &connection.to {
        let instance = &model[end.instance];
        let component = model.component_of(end.instance);
        let setting = |suffix| interface_setting(instance, component, end.interface, suffix);
        let what = format!("the device `{}`", model.end_name(end));
        if connector.to.ty == EndType::Dataport {
            if let Some((start, size)) = setting("paddr").zip(setting("size"))
                && let Some((from, bytes)) = number(&start.value).zip(number(&size.value))
            {
                regions.extend(region(RegionKind::Device, from, bytes, &owners, &what, start.span));
            }
        } else if let Some(ports) = setting("attributes")
            && let Some((first, last)) = port_range(ports.value.as_str().unwrap_or_default())
        {
            let count = last - first + 1;
            regions.extend(region(RegionKind::Ports, first, count, &owners, &what, ports.span));
        }
    }
}

/// `first:last`.
pub(crate) fn port_range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once(':')?;
    let number = |text| parse_number(text).and_then(|value| u64::try_from(value).ok());
    let (first, last) = (number(first)?, number(last)?);
    (first <= last && last <= 0xffff).then_some((first, last))
}

/// `untyped_mmios` and `mmios`: lists of texts.
fn lists(
    id: InstanceId, instance: &Instance, regions: &mut Vec<Region>, found: &mut Vec<Diagnostic>,
) {
    let numbers = |value: &Value| -> Option<Vec<u64>> {
        let parts = value.as_str()?.split(':');
        parts.map(|part| parse_number(part).and_then(|number| u64::try_from(number).ok())).collect()
    };
    let mut own: Vec<Region> = Vec::new();
    for value in list(instance, "untyped_mmios") {
        let Some([start, bits]) = numbers(value).and_then(|parts| <[u64; 2]>::try_from(parts).ok())
        else {
            continue;
        };
        let name = format!("`{}.untyped_mmios`", instance.name);
        if !(4..48).contains(&bits) {
            found.push(
                Diagnostic::error(
                    "out-of-range",
                    format!(
                        "{name}: 2^{bits} bytes is no size of an untyped object; expected 4 to 47"
                    ),
                )
                .at(value.span),
            );
            continue;
        }
        let size = 1_u64 << bits;
        if start % size != 0 {
            found.push(
                Diagnostic::error(
                    "misaligned",
                    format!("{name}: {start:#x} is not a multiple of its size, 2^{bits} bytes"),
                )
                .at(value.span)
                .help(format!(
                    "split it up into smaller pieces: {start:#x} is a multiple of 2^{}",
                    start.trailing_zeros()
                )),
            );
        }
        own.extend(region(RegionKind::Untyped, start, size, &[id], "`untyped_mmios`", value.span));
    }
    for value in list(instance, "mmios") {
        if let Some([start, size, _]) =
            numbers(value).and_then(|parts| <[u64; 3]>::try_from(parts).ok())
        {
            own.extend(region(RegionKind::Device, start, size, &[id], "`mmios`", value.span));
        }
    }
    own.sort_by_key(|region| (region.start, region.last));
    for pair in own.windows(2) {
        if let [first, second] = pair
            && first.last >= second.start
        {
            found.push(
                Diagnostic::warning(
                    "duplicate-memory",
                    format!(
                        "`{}` lists the physical memory {:#x} to {:#x} twice",
                        instance.name,
                        second.start,
                        second.last.min(first.last)
                    ),
                )
                .at(second.span)
                .label(first.span, "listed before"),
            );
        }
    }
    regions.append(&mut own);
}

/// The keys of x86 guests.
fn x86(id: InstanceId, instance: &Instance, regions: &mut Vec<Region>) {
    let field = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64);
    for value in list(instance, "ram") {
        let pair: Option<Vec<u64>> =
            value.as_list().and_then(|items| items.iter().map(Value::as_u64).collect());
        if let Some([start, bits @ 4..48]) = pair.as_deref() {
            regions.extend(region(
                RegionKind::Untyped,
                *start,
                1 << bits,
                &[id],
                "`ram`",
                value.span,
            ));
        }
    }
    let devices = list(instance, "pci_devices").iter();
    let bars = devices.flat_map(|device| {
        let memory = device.get("memory").and_then(Value::as_list);
        memory.unwrap_or_default()
    });
    for value in list(instance, "guest_mappings").iter().chain(bars) {
        if let Some((start, size)) = field(value, "paddr").zip(field(value, "size")) {
            regions.extend(region(
                RegionKind::Device,
                start,
                size,
                &[id],
                "mapped into the guest",
                value.span,
            ));
        }
    }
    for value in list(instance, "vm_ioports") {
        if let Some((first, last)) = field(value, "start").zip(field(value, "end"))
            && first <= last
        {
            regions.extend(region(
                RegionKind::Ports,
                first,
                last - first + 1,
                &[id],
                "`vm_ioports`",
                value.span,
            ));
        }
    }
    if let Some(setting) = instance.settings.get("ioports") {
        for part in setting.value.as_str().unwrap_or_default().split(',') {
            if let Some((first, last)) = port_range(part.trim()) {
                regions.extend(region(
                    RegionKind::Ports,
                    first,
                    last - first + 1,
                    &[id],
                    "`ioports`",
                    setting.span,
                ));
            }
        }
    }
}

/// The registers of the nodes that `dtb()` queries found.
fn queries(
    context: &Context<'_>, id: InstanceId, instance: &Instance, component: &Component,
    regions: &mut Vec<Region>,
) {
    let own = instance.settings.get("dtb").into_iter();
    let interfaces = instance
        .interface_settings
        .iter()
        .filter_map(|(index, settings)| Some((index, settings.get("dtb")?)))
        // A driver's interface that is not connected maps nothing.
        .filter(|(index, _)| {
            context.connection(id, **index).is_some() || component.interfaces[**index].exported
        })
        .map(|(_, setting)| setting);
    for setting in own.chain(interfaces) {
        for node in nodes(&setting.value) {
            let what = format!("the node {}", node.path);
            for (start, size) in node.registers {
                regions.extend(region(RegionKind::Device, start, size, &[id], &what, setting.span));
            }
        }
    }
}
