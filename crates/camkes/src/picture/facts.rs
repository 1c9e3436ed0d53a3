//! What is shown below a box's interfaces: a guest's memory and images, devices, interrupts.

use camkes_graph::scene::Fact;
use camkes_lang::model::{Instance, InstanceId};
use camkes_lang::{Model, Value};

use super::words::size;

/// More entries of one kind are counted instead of listed.
const MOST: usize = 6;

/// The facts of an instance.
pub fn facts(model: &Model, id: InstanceId) -> Vec<Fact> {
    let (instance, component) = (&model[id], model.component_of(id));
    if component.hardware {
        return Vec::new();
    }
    let mut facts = Vec::new();
    if camkes_check::is_virtual_machine(component) {
        guest(instance, &mut facts);
    }
    devices(instance, &mut facts);
    memory(instance, &mut facts);
    interrupts(instance, &mut facts);
    facts
}

fn fact(label: &str, value: String) -> Fact {
    Fact { label: label.to_owned(), hover: value.clone(), value }
}

fn guest(instance: &Instance, facts: &mut Vec<Fact>) {
    let memory = camkes_check::guest_memory(instance);
    if let Some(memory) = &memory {
        let mut ram = fact("RAM", format!("{} at {:#x}", size(memory.ram_size), memory.ram_base));
        let mut hover = ram.value.clone();
        for (what, address) in [("device tree", memory.dtb), ("initrd", memory.initrd)] {
            if let Some(address) = address {
                hover.push_str(&format!("\n{what} at {address:#x}"));
            }
        }
        ram.hover = hover;
        facts.push(ram);
    } else if let Some(mebibytes) = instance.value("guest_ram_mb").and_then(Value::as_u64) {
        facts.push(fact("RAM", format!("{mebibytes} MiB")));
    }
    if let Some(number) = instance.value("num_vcpus").and_then(Value::as_u64) {
        facts.push(fact("vCPUs", number.to_string()));
    }
    // Both generations of configuration keys, and x86.
    let written = |key: &str| {
        instance
            .settings
            .get(key)
            .filter(|setting| setting.origin != camkes_lang::model::Origin::Default)
            .map(|setting| &setting.value)
    };
    let new = written("vm_image_config");
    let old = written("linux_image_config");
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let image = |new_name: &str, old_name: &str, plain: &str| {
        text(new.and_then(|config| config.get(new_name)))
            .or_else(|| text(old.and_then(|config| config.get(old_name))))
            .or_else(|| text(instance.value(plain)))
    };
    let images = [
        ("kernel", image("kernel_name", "linux_name", "kernel_image")),
        ("initrd", image("initrd_name", "initrd_name", "initrd_image")),
        ("cmdline", image("kernel_bootcmdline", "linux_bootcmdline", "kernel_cmdline")),
    ];
    for (label, value) in images {
        facts.extend(value.map(|value| fact(label, value)));
    }
}

/// Adds entries of one kind; the last one stands for those that are too many.
fn add_list(label: &str, entries: &[String], facts: &mut Vec<Fact>) {
    if entries.len() <= MOST {
        facts.extend(entries.iter().map(|entry| fact(label, entry.clone())));
        return;
    }
    let (shown, rest) = entries.split_at(MOST - 1);
    facts.extend(shown.iter().map(|entry| fact(label, entry.clone())));
    let mut more = fact(label, format!("and {} more", rest.len()));
    more.hover = rest.join("\n");
    facts.push(more);
}

/// Paths of the device tree nodes that queries found.
fn devices(instance: &Instance, facts: &mut Vec<Fact>) {
    let own = instance.settings.get("dtb").into_iter();
    let of_interfaces =
        instance.interface_settings.values().filter_map(|settings| settings.get("dtb"));
    let mut paths: Vec<String> = Vec::new();
    for setting in own.chain(of_interfaces) {
        for path in camkes_check::node_paths(&setting.value) {
            if !paths.iter().any(|known| known == path) {
                paths.push(path.to_owned());
            }
        }
    }
    add_list("device", &paths, facts);
}

fn memory(instance: &Instance, facts: &mut Vec<Fact>) {
    let mut entries = Vec::new();
    for key in ["untyped_mmios", "mmios"] {
        let list = instance.value(key).and_then(Value::as_list);
        for text in list.unwrap_or_default().iter().filter_map(Value::as_str) {
            let mut parts = text.split(':');
            let start = parts.next().unwrap_or_default();
            let number = parts.next().and_then(camkes_check::parse_number);
            let number = number.and_then(|number| u64::try_from(number).ok());
            let bytes = match (key, number) {
                ("untyped_mmios", Some(bits @ 0..64)) => Some(1_u64 << bits),
                ("mmios", size) => size,
                _ => None,
            };
            let address = camkes_check::parse_number(start).and_then(|n| u64::try_from(n).ok());
            let start = address.map_or_else(|| start.to_owned(), |address| format!("{address:#x}"));
            let gic = address.is_some_and(camkes_check::is_gic_virtual_cpu_interface);
            entries.push(match bytes {
                Some(_) if gic => format!("{start}, interrupt controller"),
                Some(bytes) => format!("{start}, {}", size(bytes)),
                None => text.to_owned(),
            });
        }
    }
    add_list("memory", &entries, facts);
}

fn interrupts(instance: &Instance, facts: &mut Vec<Fact>) {
    let mut numbers = Vec::new();
    for key in ["irqs", "dtb_irqs"] {
        let list = instance.value(key).and_then(Value::as_list);
        let list = list.unwrap_or_default().iter().filter_map(Value::as_u64);
        numbers.extend(list.map(|number| number.to_string()));
    }
    let list = instance.value("vm_irqs").and_then(Value::as_list);
    for entry in list.unwrap_or_default() {
        let name = entry.get("name").and_then(Value::as_str).unwrap_or("?");
        let pin = entry.get("source").and_then(Value::as_u64).unwrap_or(0);
        numbers.push(format!("{name} {pin}"));
    }
    if !numbers.is_empty() {
        facts.push(fact("IRQ", numbers.join(", ")));
    }
}

/// The address and size, ports or interrupt of a hardware component's interface.
pub fn device_note(instance: &Instance, interface: &str) -> String {
    let number = |suffix: &str| {
        let value = instance.value(&format!("{interface}_{suffix}"))?;
        value.as_u64()
    };
    if let Some(address) = number("paddr") {
        return match number("size") {
            Some(bytes) => format!("{address:#x}, {}", size(bytes)),
            None => format!("{address:#x}"),
        };
    }
    if let Some(line) = number("irq_number").or_else(|| number("irq_ioapic_pin")) {
        return format!("IRQ {line}");
    }
    let ports = instance.value(&format!("{interface}_attributes"));
    ports.and_then(Value::as_str).unwrap_or_default().to_owned()
}
