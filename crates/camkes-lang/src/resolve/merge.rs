//! Connections that share an end are one connection.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::ctypes::{self, CType};
use crate::diagnostics::Diagnostic;
use crate::model::{
    Attribute, AttributeType, Connection, ConnectionPart, End, InstanceId, InterfaceType, Origin,
    ParameterType, ProcedureId, Setting, StructId,
};

use super::Resolver;
use super::flatten::FlatLink;

impl Resolver<'_> {
    /// Enters the connections into the model; `values` are their settings.
    pub(super) fn merge(&mut self, links: Vec<FlatLink>, values: Vec<IndexMap<String, Setting>>) {
        let groups = groups(&links);
        // By the first of the links that are merged, the connection.
        let mut made: IndexMap<usize, Merged> = IndexMap::new();
        for (index, (link, settings)) in links.into_iter().zip(values).enumerate() {
            let part = ConnectionPart { name: link.name.clone(), span: link.span };
            match made.get_mut(&groups[index]) {
                None => {
                    let mut merged = Merged {
                        connection: Connection {
                            name: link.name,
                            connector: link.connector,
                            from: Vec::new(),
                            to: Vec::new(),
                            settings,
                            parts: vec![part],
                            span: link.span,
                        },
                        known: [HashSet::new(), HashSet::new()],
                    };
                    merged.add_ends(&link.from, &link.to);
                    made.insert(groups[index], merged);
                }
                Some(merged) => {
                    let connection = &mut merged.connection;
                    if connection.connector != link.connector {
                        let diagnostic = Diagnostic::error(
                            "mixed-connectors",
                            format!(
                                "connections `{}` and `{}` share an interface but have different \
                                 connectors, `{}` and `{}`",
                                connection.parts[0].name,
                                link.name,
                                self.model[connection.connector].name,
                                self.model[link.connector].name
                            ),
                        )
                        .at(link.span)
                        .label(connection.span, "the other connection");
                        self.diagnostics.push(diagnostic);
                        continue;
                    }
                    connection.parts.push(part);
                    for (name, setting) in settings {
                        merge_setting(self.diagnostics, connection, &name, setting);
                    }
                    merged.add_ends(&link.from, &link.to);
                }
            }
        }
        for (_, merged) in made {
            let mut connection = merged.connection;
            if connection.parts.len() > 1 {
                let mut names: Vec<&str> =
                    connection.parts.iter().map(|part| part.name.as_str()).collect();
                names.sort_unstable();
                connection.name = names.join(".");
            }
            self.both_ends(&connection);
            self.connection_defaults(&mut connection);
            self.model.connections.push(connection);
        }
    }

    /// An interface can't be on both sides.
    fn both_ends(&mut self, connection: &Connection) {
        let to: HashMap<(InstanceId, usize), &End> =
            connection.to.iter().map(|end| ((end.instance, end.interface), end)).collect();
        for end in &connection.from {
            if let Some(other) = to.get(&(end.instance, end.interface)) {
                let diagnostic = Diagnostic::error(
                    "both-ends",
                    format!("`{}` is at both ends of a connection", self.model.end_name(end)),
                )
                .at_with(other.span, "`to` here")
                .label(end.span, "`from` here")
                .help("connections that share an interface are one: name it on the same side");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn connection_defaults(&mut self, connection: &mut Connection) {
        for attribute in &self.model[connection.connector].attributes {
            if let Some(value) = &attribute.default {
                connection.settings.entry(attribute.name.clone()).or_insert_with(|| Setting {
                    value: value.clone(),
                    origin: Origin::Default,
                    span: attribute.span,
                });
            }
        }
    }

    /// Types that are not known are an error where the procedure is in use.
    pub(super) fn unknown_parameter_types(&mut self) {
        let mut used = vec![false; self.model.procedures.len()];
        for instance in &self.model.instances {
            let component = &self.model[instance.component];
            if component.hardware {
                continue;
            }
            for interface in &component.interfaces {
                if let InterfaceType::Procedure(id) = interface.ty {
                    used[id.0] = true;
                }
            }
        }
        for (index, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            let procedure = &self.model[ProcedureId(index)];
            for method in &procedure.methods {
                let returns = method.returns.iter().map(|ty| (ty, method.span));
                let parameters = method.parameters.iter().map(|it| (&it.ty, it.span));
                let name = format!("{}.{}", procedure.name, method.name);
                for (ty, span) in returns.chain(parameters) {
                    let found = match (ty.ty, ty.declared) {
                        (Some(_), _) => continue,
                        (None, None) => unknown_type(&name, ty),
                        (None, Some(declared)) => match self.without_layout(declared) {
                            None => continue,
                            Some(field) => Diagnostic::error(
                                "struct-layout",
                                format!(
                                    "method `{name}` can't pass the struct `{}`: its field `{}` has no fixed size",
                                    ty.name, field.name
                                ),
                            )
                            .label(field.span, "the field is declared here")
                            .help("what a method passes consists of numbers, and of structs of numbers"),
                        },
                    };
                    self.diagnostics.push(found.at(span));
                }
            }
        }
    }

    /// The first field of a struct that C could not lay out: a string, a list, a dictionary.
    fn without_layout(&self, id: StructId) -> Option<&Attribute> {
        self.model[id].fields.iter().find_map(|field| {
            if field.array {
                return Some(field);
            }
            match &field.ty {
                AttributeType::Struct(inner) => self.without_layout(*inner),
                AttributeType::Scalar(_, CType::String)
                | AttributeType::List
                | AttributeType::Dict => Some(field),
                // One that is not known has its own error.
                AttributeType::Scalar(..) | AttributeType::Unknown(_) => None,
            }
        })
    }
}

fn unknown_type(method: &str, ty: &ParameterType) -> Diagnostic {
    let bare = ty.name.trim_start_matches("struct ");
    let diagnostic = Diagnostic::error(
        "unknown-type",
        format!("method `{method}` has the unknown type `{}`", ty.name),
    )
    .note("no C compiler reads the headers that are included: only the types of C, of seL4 and of its platform library are known")
    .suggest(&ty.name, ctypes::names());
    if diagnostic.help.is_empty() {
        diagnostic.help(format!(
            "declare it beside the procedure, with the fields that the C header gives it: `struct {bare} {{ uint32_t first; uint8_t second; }}`"
        ))
    } else {
        diagnostic
    }
}

/// For each link the first one that it is connected to through shared ends.
fn groups(links: &[FlatLink]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..links.len()).collect();
    let mut owner: HashMap<(InstanceId, usize), usize> = HashMap::new();
    for (index, link) in links.iter().enumerate() {
        for end in link.from.iter().chain(&link.to) {
            let other = *owner.entry((end.instance, end.interface)).or_insert(index);
            let a = root(&mut parent, other);
            let b = root(&mut parent, index);
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..links.len()).map(|index| root(&mut parent, index)).collect()
}

fn root(parent: &mut [usize], mut index: usize) -> usize {
    while parent[index] != index {
        parent[index] = parent[parent[index]];
        index = parent[index];
    }
    index
}

/// A connection in the making, and the ends that each side has already.
struct Merged {
    connection: Connection,
    known: [HashSet<(InstanceId, usize)>; 2],
}

impl Merged {
    fn add_ends(&mut self, from: &[End], to: &[End]) {
        let [known_from, known_to] = &mut self.known;
        add_ends(&mut self.connection.from, known_from, from);
        add_ends(&mut self.connection.to, known_to, to);
    }
}

fn add_ends(ends: &mut Vec<End>, known: &mut HashSet<(InstanceId, usize)>, more: &[End]) {
    for end in more {
        if known.insert((end.instance, end.interface)) {
            ends.push(*end);
        }
    }
}

fn merge_setting(
    diagnostics: &mut Vec<Diagnostic>, connection: &mut Connection, name: &str, setting: Setting,
) {
    match connection.settings.get(name) {
        Some(first) if first.value != setting.value => diagnostics.push(
            Diagnostic::error(
                "conflicting-settings",
                format!("`{name}` is set to different values on connections that are one"),
            )
            .at(setting.span)
            .label(first.span, "the other value")
            .note("connections that share an interface are merged"),
        ),
        Some(_) => {}
        None => {
            connection.settings.insert(name.to_owned(), setting);
        }
    }
}
