//! Devices from the device tree: registers and interrupts of the nodes that an interface selects.

use camkes_lang::model::{Connection, End};
use camkes_lang::{Diagnostic, Span};
use fdt::interrupt::{Kind, Trigger};
use system_spec::model::{Interrupt, MemoryAttributes, Rights};

use super::Connector;
use crate::assembly::Assembly;
use crate::geometry::PAGE;
use crate::image::UNCACHED;
use crate::plan::{Node, Registers};

/// `seL4DTBHardware` and its kin: the nodes of the interface's `dtb` setting.
pub struct DeviceTreeHardware;
/// `seL4InitHardware`: the nodes of the component's `fdt_bind_driver_paths`.
pub struct InitHardware;

impl Connector for DeviceTreeHardware {
    fn names(&self) -> &'static [&'static str] {
        &["seL4DTBHardware", "seL4DTBHardwareThreadless", "seL4DTBHW", "seL4DTBHWThreadless"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        for to in &connection.to {
            let name = assembly.model.end_name(to);
            let plan = assembly.plan(to)?;
            let flag = |suffix: &str| {
                let setting = plan.setting(to.interface, suffix);
                setting.and_then(|setting| setting.value.as_bool()).unwrap_or(false)
            };
            let wishes =
                Wishes { interrupts: flag("generate_interrupts"), cached: flag("hardware_cached") };
            let Some(setting) = plan.setting(to.interface, "dtb") else {
                return Err(Diagnostic::error(
                    "missing-setting",
                    format!("`{name}` selects no device: its setting `dtb` is missing"),
                )
                .at(to.span)
                .help("set it in the component's configuration: `dtb({\"path\": \"/...\"})`"));
            };
            let span = setting.span;
            let paths: Vec<String> =
                camkes_check::node_paths(&setting.value).iter().map(|&path| path.into()).collect();
            for path in paths {
                device(assembly, to, &path, wishes, span)?;
            }
        }
        Ok(())
    }
}

impl Connector for InitHardware {
    fn names(&self) -> &'static [&'static str] {
        &["seL4InitHardware"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        for to in &connection.to {
            let plan = assembly.plan(to)?;
            let Some(setting) = plan.instance.settings.get("fdt_bind_driver_paths") else {
                continue;
            };
            let list = setting.value.as_list().unwrap_or_default();
            for (path, span) in list.iter().filter_map(|it| Some((it.as_str()?, it.span))) {
                device(assembly, to, path, Wishes { interrupts: true, cached: false }, span)?;
            }
        }
        Ok(())
    }
}

/// What is wanted of a device besides its registers.
#[derive(Clone, Copy)]
struct Wishes {
    interrupts: bool,
    cached: bool,
}

fn device(
    assembly: &mut Assembly<'_>, to: &End, path: &str, wishes: Wishes, span: Span,
) -> Result<(), Diagnostic> {
    let wrong = |error: fdt::Error| Diagnostic::error("bad-node", error.to_string()).at(span);
    let (regions, interrupts, compatible) = {
        let tree = assembly.tree.as_ref().ok_or_else(|| {
            Diagnostic::error("no-device-tree", "there is no device tree to look into").at(span)
        })?;
        let place = tree.find(path).map_err(wrong)?;
        let regions = place.regions().map_err(wrong)?;
        let interrupts = match wishes.interrupts {
            true => place.interrupts().map_err(wrong)?,
            false => Vec::new(),
        };
        let compatible = place.node().texts("compatible").map(str::to_owned).collect();
        (regions, interrupts, compatible)
    };
    let interface = to.interface;
    assembly.plan(to)?.nodes.push(Node { interface, path: path.to_owned(), compatible });
    let attributes = MemoryAttributes { cached: wishes.cached, ..UNCACHED };
    for region in regions.iter().filter(|region| region.size > 0) {
        let memory = assembly.memory_at(path, region.base, region.size, span)?;
        let part = (region.base % PAGE, region.size);
        let mapped = assembly.map(to, memory, part, Rights::READ_WRITE, attributes)?;
        let registers = Registers {
            interface: Some(interface),
            mapped,
            paddr: region.base,
            cached: wishes.cached,
        };
        assembly.plan(to)?.registers.push(registers);
    }
    // Private interrupts belong to a core, and the kernel keeps most of them.
    let shared = |kind: Kind| matches!(kind, Kind::Spi | Kind::ExtendedSpi);
    let mut shared: Vec<_> = interrupts.iter().filter(|it| shared(it.kind)).collect();
    shared.dedup_by_key(|interrupt| interrupt.intid);
    if shared.is_empty() {
        return Ok(());
    }
    let known = assembly.plan(to)?.interrupts.iter().find(|it| it.interface == Some(interface));
    let bit = match known.map(|interrupt| interrupt.bit) {
        Some(bit) => bit,
        None => assembly.event(to)?,
    };
    for interrupt in shared {
        let interrupt = Interrupt {
            number: interrupt.intid,
            edge: interrupt.trigger == Trigger::Edge,
            target: 0,
            notification: None,
        };
        assembly.interrupt(to, Some(interface), interrupt, bit, span)?;
    }
    Ok(())
}
