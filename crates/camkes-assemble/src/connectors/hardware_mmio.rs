//! Registers of a device that a hardware component stands for.

use camkes_lang::Diagnostic;
use camkes_lang::model::Connection;
use system_spec::model::{MemoryAttributes, Rights};

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::geometry::PAGE;
use crate::image::UNCACHED;
use crate::plan::{Dataport, Mapped, Purpose, interface_setting};

/// `seL4HardwareMMIO`.
pub struct HardwareMmio;

impl Connector for HardwareMmio {
    fn names(&self) -> &'static [&'static str] {
        &["seL4HardwareMMIO"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let model = assembly.model;
        let to = only(connection, &connection.to, "to")?;
        let (device, component) = (&model[to.instance], model.component_of(to.instance));
        let name = model.end_name(to);
        let get = |suffix: &str| interface_setting(device, component, to.interface, suffix);
        let needed = |suffix: &str| {
            get(suffix).ok_or_else(|| {
                Diagnostic::error("missing-setting", format!("`{name}_{suffix}` is not set"))
                    .at(to.span)
            })
        };
        let paddr = needed("paddr")?;
        let start = number(&format!("{name}_paddr"), &paddr.value)?;
        let size = number(&format!("{name}_size"), &needed("size")?.value)?;
        let memory = assembly.memory_at(&name, start, size, paddr.value.span)?;
        let cached = get("hardware_cached").and_then(|setting| setting.value.as_bool());
        let attributes = MemoryAttributes { cached: cached.unwrap_or(false), ..UNCACHED };
        for from in &connection.from {
            let part = (start % PAGE, size);
            let mapped: Mapped =
                assembly.map(from, memory, part, Rights::READ_WRITE, attributes)?;
            assembly.plan(from)?.dataports.push(Dataport {
                interface: from.interface,
                mapped,
                paddr: Some(start),
                cached: attributes.cached,
                purpose: Purpose::Registers,
                id: None,
            });
        }
        Ok(())
    }
}
