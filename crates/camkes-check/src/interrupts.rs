//! Interrupts: each has one owner.

use std::collections::BTreeMap;

use camkes_lang::ast::EndType;
use camkes_lang::model::InstanceId;
use camkes_lang::{Diagnostic, Model, Span, Value};

use crate::context::{Context, interface_setting, list};
use crate::nodes::nodes;

/// An interrupt that somebody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// On ARM the interrupt's number as the kernel counts it. On x86 the pin of the I/O APIC.
    pub number: u64,
    /// On x86 the number of the I/O APIC.
    pub ioapic: Option<u64>,
    /// Who handles it.
    pub owner: InstanceId,
    /// Where it comes from, for people.
    pub what: String,
    /// Where it is written.
    pub span: Span,
}

/// Every interrupt that the system gives to somebody, in the order of the model.
#[must_use]
pub fn interrupts(model: &Model) -> Vec<Interrupt> {
    collect(&Context::new(model))
}

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let mut owners: BTreeMap<(Option<u64>, u64), Interrupt> = BTreeMap::new();
    for interrupt in collect(context) {
        let key = (interrupt.ioapic, interrupt.number);
        let Some(first) = owners.get(&key) else {
            owners.insert(key, interrupt);
            continue;
        };
        if first.owner == interrupt.owner {
            continue;
        }
        found.push(
            Diagnostic::error(
                "shared-interrupt",
                format!(
                    "`{}` and `{}` both get the interrupt {}",
                    model[first.owner].name, model[interrupt.owner].name, interrupt.number
                ),
            )
            .at_with(interrupt.span, interrupt.what)
            .label(first.span, first.what.clone()),
        );
    }
}

fn collect(context: &Context<'_>) -> Vec<Interrupt> {
    let mut interrupts = Vec::new();
    of_hardware(context, &mut interrupts);
    for (id, instance, _) in context.instances() {
        let mut add = |number: u64, ioapic: Option<u64>, what: &str, span: Span| {
            interrupts.push(Interrupt { number, ioapic, owner: id, what: what.to_owned(), span });
        };
        for key in ["irqs", "dtb_irqs"] {
            for value in list(instance, key) {
                if let Some(number) = value.as_u64() {
                    add(number, None, key, value.span);
                }
            }
        }
        for value in list(instance, "vm_irqs") {
            let field = |name| value.get(name).and_then(Value::as_u64);
            if let Some((ioapic, source)) = field("ioapic").zip(field("source")) {
                add(source, Some(ioapic), "vm_irqs", value.span);
            }
        }
        if let Some(setting) = instance.settings.get("dtb") {
            for node in nodes(&setting.value) {
                for number in node.interrupts {
                    add(number, None, &format!("the node {}", node.path), setting.span);
                }
            }
        }
        for settings in instance.interface_settings.values() {
            let wanted = settings
                .get("generate_interrupts")
                .and_then(|setting| setting.value.as_bool())
                .unwrap_or(false);
            let Some(setting) = settings.get("dtb").filter(|_| wanted) else {
                continue;
            };
            for node in nodes(&setting.value) {
                for number in node.interrupts {
                    add(number, None, &format!("the node {}", node.path), setting.span);
                }
            }
        }
    }
    interrupts
}

/// Events that hardware components emit.
fn of_hardware(context: &Context<'_>, interrupts: &mut Vec<Interrupt>) {
    let model = context.model;
    for connection in &context.model.connections {
        let connector = context.connector(connection);
        if !connector.from.hardware || connector.from.ty != EndType::Event {
            continue;
        }
        let Some(owner) = connection.to.first().map(|end| end.instance) else {
            continue;
        };
        for end in &connection.from {
            let instance = &model[end.instance];
            let component = model.component_of(end.instance);
            let number = |suffix| {
                let setting = interface_setting(instance, component, end.interface, suffix)?;
                Some((setting.value.as_u64()?, setting.span))
            };
            let kind = interface_setting(instance, component, end.interface, "irq_type");
            let kind = kind.and_then(|setting| setting.value.as_str()).unwrap_or("simple");
            let pin = matches!(kind, "isa" | "pci" | "ioapic");
            let Some((mut line, span)) = number(if pin { "irq_ioapic_pin" } else { "irq_number" })
            else {
                continue;
            };
            // Written the way a device tree does: the kernel counts shared interrupts from 32.
            if number("spi_number").is_some_and(|(spi, _)| spi == 0) {
                line += 32;
            }
            let ioapic = number("irq_ioapic").map_or(0, |(number, _)| number);
            interrupts.push(Interrupt {
                number: line,
                ioapic: pin.then_some(ioapic),
                owner,
                what: format!("the device `{}`", model.end_name(end)),
                span,
            });
        }
    }
}
