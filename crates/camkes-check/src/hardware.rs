//! Hardware components: their addresses and interrupts must be known.

use camkes_lang::Diagnostic;
use camkes_lang::model::{Connector, End};

use crate::context::{Context, Side, interface_setting};
use crate::memory::port_range;

pub(crate) fn check(context: &Context<'_>, incomplete: bool, found: &mut Vec<Diagnostic>) {
    for component in context.model.components.iter().filter(|c| c.hardware) {
        let name = &component.name;
        if component.control {
            found.push(
                Diagnostic::error(
                    "hardware-with-code",
                    format!("the component `{name}` is both `control` and `hardware`"),
                )
                .at(component.span)
                .note("a hardware component stands for a device and has no code"),
            );
        }
        if let Some(lock) = component.locks.first() {
            found.push(
                Diagnostic::error(
                    "hardware-with-code",
                    format!("the hardware component `{name}` has the lock `{}`", lock.name),
                )
                .at(lock.span)
                .note("a hardware component stands for a device and has no code"),
            );
        }
    }
    if incomplete {
        return;
    }
    for connection in &context.model.connections {
        let connector = context.connector(connection);
        for end in &connection.from {
            device(context, connector, end, Side::From, found);
        }
        for end in &connection.to {
            device(context, connector, end, Side::To, found);
        }
    }
}

/// A setting's suffix, and what it says.
type Needed = &'static [(&'static str, &'static str)];

/// What the standard library's connectors need to know of a device. Others look after themselves.
/// `irq_type` is the setting of that name.
fn needed(connector: &Connector, side: Side, irq_type: Option<&str>) -> Needed {
    match (connector.name.as_str(), side) {
        ("seL4HardwareMMIO", Side::To) => {
            &[("paddr", "physical address"), ("size", "size in bytes")]
        }
        ("seL4HardwareIOPort", Side::To) => &[("attributes", "range of ports, \"first:last\"")],
        (
            "seL4HardwareInterrupt"
            | "seL4IOAPICHardwareInterrupt"
            | "seL4GlobalAsynchHardwareInterrupt",
            Side::From,
        ) => match irq_type.unwrap_or("simple") {
            "simple" | "arm" => &[("irq_number", "number of the interrupt")],
            "isa" | "pci" | "ioapic" => &[
                ("irq_ioapic", "number of the I/O APIC"),
                ("irq_ioapic_pin", "pin of the I/O APIC"),
                ("irq_vector", "interrupt vector"),
            ],
            _ => &[],
        },
        _ => &[],
    }
}

fn device(
    context: &Context<'_>, connector: &Connector, end: &End, side: Side,
    found: &mut Vec<Diagnostic>,
) {
    let model = context.model;
    let (instance, component) = (&model[end.instance], model.component_of(end.instance));
    if !component.hardware {
        return;
    }
    let interface = &component.interfaces[end.interface];
    let irq_type = interface_setting(instance, component, end.interface, "irq_type")
        .and_then(|setting| setting.value.as_str());
    for (suffix, meaning) in needed(connector, side, irq_type) {
        if interface_setting(instance, component, end.interface, suffix).is_some() {
            continue;
        }
        let key = format!("{}.{}_{suffix}", instance.name, interface.name);
        found.push(
            Diagnostic::error("missing-setting", format!("`{key}` is not set"))
                .at_with(end.span, format!("`{}` needs the {meaning}", connector.name))
                .label(interface.span, "the device's interface"),
        );
    }
    if connector.name == "seL4HardwareIOPort"
        && side == Side::To
        && let Some(setting) = interface_setting(instance, component, end.interface, "attributes")
        && let Some(text) = setting.value.as_str()
        && port_range(text).is_none()
    {
        found.push(
            Diagnostic::error(
                "bad-ports",
                format!(
                    "`{}.{}_attributes`: \"{text}\" is no range of I/O ports; expected something like \"0x3f8:0x3ff\"",
                    instance.name, interface.name
                ),
            )
            .at(setting.value.span),
        );
    }
    if connector.name != "seL4HardwareMMIO" || side != Side::To {
        return;
    }
    for suffix in ["paddr", "size"] {
        let setting = interface_setting(instance, component, end.interface, suffix);
        if let Some(setting) = setting
            && let Some(number) = setting.value.as_u64()
            && (number % 4096 != 0 || (suffix == "size" && number == 0))
        {
            found.push(
                Diagnostic::error(
                    "misaligned",
                    format!(
                        "`{}.{}_{suffix}`: {number:#x} is not a multiple of 4096, and devices are mapped in pages",
                        instance.name, interface.name
                    ),
                )
                .at(setting.value.span),
            );
        }
    }
}
