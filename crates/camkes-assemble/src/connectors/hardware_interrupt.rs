//! Interrupts of a device that a hardware component stands for.

use camkes_lang::Diagnostic;
use camkes_lang::model::{Connection, Setting};
use system_spec::model::Interrupt;

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::plan::{Consumed, interface_setting};

/// The kernel counts shared peripheral interrupts from here.
const FIRST_SHARED: u64 = 32;

/// `seL4HardwareInterrupt` and its kin.
pub struct HardwareInterrupt;

impl Connector for HardwareInterrupt {
    fn names(&self) -> &'static [&'static str] {
        &["seL4HardwareInterrupt", "seL4GlobalAsynchHardwareInterrupt"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let model = assembly.model;
        let from = only(connection, &connection.from, "from")?;
        let to = only(connection, &connection.to, "to")?;
        let (device, component) = (&model[from.instance], model.component_of(from.instance));
        let name = model.end_name(from);
        let get = |suffix: &str| interface_setting(device, component, from.interface, suffix);
        let text = |setting: Option<&'a Setting>| setting.and_then(|it| it.value.as_str());
        let kind = text(get("irq_type")).unwrap_or("simple");
        if !["simple", "arm"].contains(&kind) {
            return Err(Diagnostic::error(
                "wrong-architecture",
                format!(
                    "`{name}_irq_type` is \"{kind}\", which PCs have; expected \"simple\" or \"arm\""
                ),
            )
            .at(get("irq_type").map_or(from.span, |setting| setting.span)));
        }
        let Some(setting) = get("irq_number") else {
            let text = format!("`{name}_irq_number` is not set");
            return Err(Diagnostic::error("missing-setting", text).at(from.span));
        };
        let mut line = number(&format!("{name}_irq_number"), &setting.value)?;
        if get("spi_number").is_some_and(|spi| spi.value.as_u64() == Some(0)) {
            line = line.saturating_add(FIRST_SHARED);
        }
        let narrow = |value: u64| {
            u32::try_from(value).map_err(|_| {
                Diagnostic::error("bad-value", format!("`{name}`: {value} is no interrupt's"))
                    .at(setting.span)
            })
        };
        let target = match get("irq_target") {
            Some(setting) => narrow(number(&format!("{name}_irq_target"), &setting.value)?)?,
            None => 0,
        };
        let interrupt = Interrupt {
            number: narrow(line)?,
            edge: text(get("irq_trigger")) == Some("edge"),
            target,
            notification: None,
        };
        let bit = assembly.event(to)?;
        assembly.plan(to)?.consumed.push(Consumed { interface: to.interface, bit });
        assembly.interrupt(to, Some(to.interface), interrupt, bit, setting.span)
    }
}
