//! The attributes that the standard library's components and connectors declare, for
//! `camkes explain`.

use std::path::{Path, PathBuf};

use camkes_lang::ast::{self, ComponentItem, Item, Type};
use camkes_lang::{LoadOptions, SourceMap, Span, parse_file};
use serde_json::json;

/// An attribute of the standard library.
#[derive(Debug, PartialEq)]
pub struct Attribute {
    /// `component` or `connector`.
    kind: &'static str,
    /// The component or connector that declares it.
    owner: String,
    /// The attribute's name.
    pub name: String,
    /// The type, as it is written.
    ty: String,
    /// The names of a struct's fields.
    fields: Vec<String>,
    /// The value when it isn't set.
    default: Option<String>,
    /// The file, from the library's folder, and the line.
    file: String,
    line: u32,
    /// The comment above the declaration.
    doc: String,
}

/// The headers that files are read with: those of the first platform that a file has no mistakes
/// with. Attributes are the same on all platforms.
const HEADERS: &[[&str; 2]] = &[
    ["components/VM_Arm", "platforms/qemu-arm-virt/include"],
    ["components/VM", "platforms/pc99/include"],
];

/// Every attribute that the library declares, in the order of the files' names.
pub fn all(library: &Path) -> Vec<Attribute> {
    let mut found = Vec::new();
    for file in files(library) {
        let parsed = HEADERS.iter().find_map(|headers| {
            // Each architecture has a VM, and its headers.
            let foreign = HEADERS
                .iter()
                .any(|other| other != headers && file.starts_with(library.join(other[0])));
            if foreign {
                return None;
            }
            let mut include_paths: Vec<PathBuf> = vec![library.join("interfaces/include")];
            include_paths.extend(headers.iter().map(|folder| library.join(folder)));
            let options =
                LoadOptions { main: file.clone(), include_paths, ..LoadOptions::default() };
            let (items, loaded) = parse_file(&options);
            (!loaded.has_errors()).then_some((items, loaded.sources))
        });
        let Some((items, sources)) = parsed else {
            continue;
        };
        for item in &items {
            collect(item, library, &sources, &mut found);
        }
    }
    found
}

fn files(library: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.flatten().map(|entry| entry.path()).collect()
    };
    let mut files = inside(&library.join("interfaces"));
    for folder in inside(&library.join("components")) {
        files.extend(inside(&folder));
    }
    files.retain(|file| file.extension().is_some_and(|it| it == "camkes"));
    files.sort();
    files
}

fn collect(item: &Item, library: &Path, sources: &SourceMap, found: &mut Vec<Attribute>) {
    let (kind, owner, attributes): (_, _, Vec<&ast::Attribute>) = match item {
        Item::Component(component) => {
            let attributes = component.items.iter().filter_map(|item| match item {
                ComponentItem::Attribute(attribute) => Some(attribute),
                _ => None,
            });
            ("component", &component.name, attributes.collect())
        }
        Item::Connector(connector) => {
            ("connector", &connector.name, connector.attributes.iter().collect())
        }
        _ => return,
    };
    for attribute in attributes {
        let place = sources.position(attribute.span);
        let file = place.path.strip_prefix(library).unwrap_or(&place.path);
        found.push(Attribute {
            kind,
            owner: owner.as_ref().map_or_else(String::new, |it| it.text.clone()),
            name: attribute.name.text.clone(),
            ty: ty(attribute),
            fields: fields(&attribute.ty),
            default: attribute.default.as_ref().map(ToString::to_string),
            file: file.display().to_string(),
            line: place.line,
            doc: comment(sources, attribute.span),
        });
    }
}

fn fields(ty: &Type) -> Vec<String> {
    match ty {
        Type::Struct(it) => it.fields.iter().map(|field| field.name.text.clone()).collect(),
        _ => Vec::new(),
    }
}

/// `string[]`, `struct { int a; }`.
fn ty(attribute: &ast::Attribute) -> String {
    let name = match &attribute.ty {
        Type::Named(path) => path.text(),
        Type::CStruct(name) => format!("struct {}", name.text),
        Type::Struct(it) => {
            let fields = it.fields.iter().map(|field| {
                let default = field.default.as_ref();
                let default = default.map_or_else(String::new, |it| format!(" = {it}"));
                format!("{} {}{default};", ty(field), field.name.text)
            });
            format!("struct {{ {} }}", fields.collect::<Vec<_>>().join(" "))
        }
    };
    let array = if attribute.array { "[]" } else { "" };
    name + array
}

/// The comment lines right above. What comes out of a macro has none: those are the macro's.
fn comment(sources: &SourceMap, span: Span) -> String {
    if sources.expansion(span).is_some() {
        return String::new();
    }
    let file = sources.file(span.file);
    let mut lines: Vec<&str> = (0..file.line_of(span.start))
        .rev()
        .map_while(|line| file.text().get(file.line_range(line)?)?.trim().strip_prefix("//"))
        .map(str::trim)
        .collect();
    lines.reverse();
    lines.join(" ")
}

impl Attribute {
    /// Whether this is the attribute of that name, or has a field of that name.
    pub fn is_about(&self, name: &str) -> bool {
        self.name == name || self.fields.iter().any(|field| field == name)
    }

    /// What can be asked for: the attribute and its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.fields).map(String::as_str)
    }

    /// In several lines, like a key.
    pub fn as_text(&self) -> String {
        let mut out = format!(
            "{} (attribute of the {} {})\n  type:     {}\n",
            self.name,
            self.kind,
            self.owner,
            // A line for each field of a struct.
            self.ty
                .replace("{ ", "{\n              ")
                .replace("; }", ";\n            }")
                .replace("; ", ";\n              ")
        );
        if let Some(default) = &self.default {
            out.push_str(&format!("  default:  {default}\n"));
        }
        out.push_str(&format!("  declared: {}:{}\n", self.file, self.line));
        if !self.doc.is_empty() {
            out.push('\n');
            out.push_str(&crate::explain::wrap(&self.doc, 78));
        }
        out
    }

    /// For `--json`.
    pub fn as_json(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "kind": self.kind,
            "owner": self.owner,
            "type": self.ty,
            "default": self.default,
            "file": self.file,
            "line": self.line,
            "doc": self.doc,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::all;

    #[test]
    fn the_library_is_read_whole() {
        let found = all(Path::new("../.."));
        let owners = |name: &str| -> Vec<&str> {
            let of = found.iter().filter(|it| it.name == name);
            of.map(|it| it.owner.as_str()).collect()
        };
        assert_eq!(owners("num_vcpus"), ["VM"]);
        assert_eq!(owners("heap_size"), ["SerialServer", "TimeServer"]);
        assert_eq!(
            owners("disable_interface_type_checking"),
            ["seL4VirtQueues", "seL4RPCCallNoType"]
        );
        assert_eq!(owners("pci_bdfs"), ["Sataserver"]);
        let of_field: Vec<&str> = found
            .iter()
            .filter(|it| it.is_about("kernel_bootcmdline"))
            .map(|it| it.name.as_str())
            .collect();
        assert!(of_field.contains(&"vm_image_config"), "{of_field:?}");
    }

    #[test]
    fn an_attribute_is_described() {
        let found = all(Path::new("../.."));
        let attribute = found.iter().find(|it| it.owner == "TimeServer" && it.name == "heap_size");
        let text = attribute.expect("it is declared").as_text();
        assert!(
            text.starts_with(
                "heap_size (attribute of the component TimeServer)\n  type:     int\n  \
                 default:  65536\n  declared: components/TimeServer/TimeServer.camkes:"
            ),
            "{text}"
        );
    }
}
