//! Texts of the picture.

use std::fmt::Write as _;

use camkes_lang::model::{Connection, InstanceId, Interface, InterfaceType, Origin, Setting};
use camkes_lang::{Model, Value};

use crate::json::kind;

/// Longest text of a value in a hover text.
const LONGEST: usize = 160;

/// A size in the largest unit that leaves no remainder.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    for (shift, unit) in UNITS {
        if bytes >> shift > 0 && bytes.trailing_zeros() >= shift {
            return format!("{} {unit}", bytes >> shift);
        }
    }
    format!("{bytes} B")
}

/// The type of an interface.
pub fn type_name(model: &Model, interface: &Interface) -> String {
    match &interface.ty {
        InterfaceType::Procedure(id) => model[*id].name.clone(),
        InterfaceType::Event(name) => name.clone(),
        InterfaceType::Dataport { ty, .. } => ty.clone(),
    }
}

/// `provides FileServerInterface fs_ctrl`, and the methods.
pub fn interface_hover(model: &Model, interface: &Interface) -> String {
    let mut text =
        format!("{} {} {}", kind(interface.kind), type_name(model, interface), interface.name);
    if let InterfaceType::Procedure(id) = &interface.ty {
        for method in &model[*id].methods {
            let _ = write!(text, "\n{}()", method.name);
        }
    }
    text
}

/// The connector, the ends and the settings.
pub fn link_hover(model: &Model, connection: &Connection) -> String {
    let mut text = format!("{} {}", model[connection.connector].name, connection.name);
    for end in &connection.from {
        let _ = write!(text, "\nfrom {}", model.end_name(end));
    }
    for end in &connection.to {
        let _ = write!(text, "\nto {}", model.end_name(end));
    }
    for (name, setting) in &connection.settings {
        if setting.origin != Origin::Default {
            let _ = write!(text, "\n{name} = {}", short(&setting.value));
        }
    }
    text
}

/// The type and every setting; then what is not connected.
pub fn node_hover(model: &Model, id: InstanceId, connected: &[Option<&Connection>]) -> String {
    let (instance, component) = (&model[id], model.component_of(id));
    let mut text = format!("{} {}", component.name, instance.name);
    for (name, setting) in &instance.settings {
        let _ = write!(text, "\n{name} = {}", setting_text(setting));
    }
    for (index, settings) in &instance.interface_settings {
        for (name, setting) in settings {
            let interface = &component.interfaces[*index].name;
            let _ = write!(text, "\n{interface}.{name} = {}", setting_text(setting));
        }
    }
    let open: Vec<&str> = component
        .interfaces
        .iter()
        .zip(connected)
        .filter(|(interface, connection)| connection.is_none() && !interface.exported)
        .map(|(interface, _)| interface.name.as_str())
        .collect();
    if !open.is_empty() {
        let _ = write!(text, "\nnot connected: {}", open.join(", "));
    }
    text
}

fn setting_text(setting: &Setting) -> String {
    let note = match setting.origin {
        Origin::Default => " (default)",
        _ => "",
    };
    let text = match setting.origin {
        // The nodes' properties would fill the screen.
        Origin::Query => query(&setting.value),
        _ => short(&setting.value),
    };
    format!("{text}{note}")
}

fn query(value: &Value) -> String {
    let nodes = value.get("query").and_then(Value::as_list).unwrap_or_default();
    let paths: Vec<&str> =
        nodes.iter().filter_map(|node| node.get("this_node_path")?.as_str()).collect();
    cut(&paths.join(", "))
}

fn short(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{cut, size};

    #[test]
    fn sizes_are_exact() {
        assert_eq!(size(4096), "4 KiB");
        assert_eq!(size(0x2000_0000), "512 MiB");
        assert_eq!(size(1 << 30), "1 GiB");
        assert_eq!(size(0x800_1000), "131076 KiB");
        assert_eq!(size(100), "100 B");
        assert_eq!(size(0), "0 B");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"é".repeat(200)).chars().count(), 161);
    }
}
