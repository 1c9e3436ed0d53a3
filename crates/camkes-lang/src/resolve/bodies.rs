//! Compositions and configurations with indices instead of names.

use std::collections::HashMap;

use crate::ast::{self, Composition, CompositionItem, Configuration, Use};
use crate::diagnostics::{Diagnostic, MOST_SUGGESTIONS};
use crate::model::{ComponentId, ConnectorId};
use crate::source::Span;

use super::Resolver;

/// What an assembly or a hierarchical component is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub children: Vec<Child>,
    pub connections: Vec<Link>,
    pub exports: Vec<Alias>,
    pub settings: Vec<BodySetting>,
    /// Names of groups, which are no part of the names of instances here.
    pub groups: Vec<String>,
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub name: String,
    pub component: ComponentId,
    pub span: Span,
    pub name_span: Span,
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub name: String,
    pub connector: ConnectorId,
    pub from: Vec<LinkEnd>,
    pub to: Vec<LinkEnd>,
    pub span: Span,
}

/// An interface of a child, or of the component itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkEnd {
    pub child: Option<usize>,
    pub interface: usize,
    pub span: Span,
}

/// An interface of the component that stands for one of a child.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    pub outer: usize,
    pub child: usize,
    pub inner: usize,
    pub span: Span,
}

/// A setting.
#[derive(Clone, Debug)]
pub(super) struct BodySetting {
    pub target: BodyTarget,
    pub target_span: Span,
    pub attribute: String,
    pub value: ast::SettingValue,
    pub span: Span,
}

/// What a setting is on.
#[derive(Clone, Debug)]
pub(super) enum BodyTarget {
    Child(usize),
    Link(usize),
    /// An interface of the component itself.
    Interface(usize),
    Unknown(String),
}

impl<'p> Resolver<'p> {
    /// Resolves the names in the compositions and configurations of a
    /// component type, or of the assembly if `owner` is nothing.
    pub(super) fn body(
        &mut self, owner: Option<ComponentId>, compositions: &[&'p Composition],
        configurations: &[&'p Configuration],
    ) -> Body {
        let mut body = Body::default();
        let mut children = HashMap::new();
        let mut links = HashMap::new();
        let items = || compositions.iter().flat_map(|composition| &composition.items);
        // Instances first: connections may be written before them.
        for item in items() {
            match item {
                CompositionItem::Instance(instance) => {
                    self.child(&mut body, &mut children, instance);
                }
                CompositionItem::Group(group) => self.group(&mut body, &mut children, group),
                _ => {}
            }
        }
        for item in items() {
            match item {
                CompositionItem::Connection(connection) => {
                    self.link(owner, &mut body, &children, &mut links, connection);
                }
                CompositionItem::Export(export) => {
                    self.export(owner, &mut body, &children, export);
                }
                _ => {}
            }
        }
        for setting in configurations.iter().flat_map(|it| &it.settings) {
            let name = setting.target.text.as_str();
            let target = if let Some(child) = children.get(name) {
                BodyTarget::Child(*child)
            } else if let Some(link) = links.get(name) {
                BodyTarget::Link(*link)
            } else if let Some(interface) =
                owner.and_then(|owner| self.model[owner].interface_named(name))
            {
                BodyTarget::Interface(interface)
            } else {
                BodyTarget::Unknown(name.to_owned())
            };
            body.settings.push(BodySetting {
                target,
                target_span: setting.target.span,
                attribute: setting.attribute.text.clone(),
                value: setting.value.clone(),
                span: setting.target.span.to(setting.attribute.span),
            });
        }
        body
    }

    fn child(
        &mut self, body: &mut Body, children: &mut HashMap<String, usize>,
        instance: &'p ast::Instance,
    ) {
        let name = &instance.name;
        if let Some(first) = children.get(&name.text) {
            self.diagnostics.push(
                Diagnostic::error(
                    "duplicate-instance",
                    format!("there are two instances `{}`", name.text),
                )
                .at(name.span)
                .label(body.children[*first].name_span, "the first one"),
            );
            return;
        }
        let component = match &instance.ty {
            Use::Inline(declaration) => {
                let id = self.component(&name.text, declaration);
                self.component_body(id, declaration);
                id
            }
            Use::Named(path) => self.component_type(path),
        };
        children.insert(name.text.clone(), body.children.len());
        body.children.push(Child {
            name: name.text.clone(),
            component,
            span: instance.span,
            name_span: name.span,
        });
    }

    fn component_type(&mut self, path: &ast::Path) -> ComponentId {
        if let Some(id) = self.symbols.component_ids.get(&path.text()) {
            return *id;
        }
        let diagnostic = self.symbols.unknown(
            "unknown-component",
            "component",
            path,
            self.symbols.component_ids.keys().map(String::as_str),
        );
        self.diagnostics.push(diagnostic);
        self.placeholder_component(path)
    }

    fn group(
        &mut self, body: &mut Body, children: &mut HashMap<String, usize>, group: &'p ast::Group,
    ) {
        self.diagnostics.push(
            Diagnostic::error("group", "`group` is not supported")
                .at(group.span)
                .note("each instance has an address space of its own, and a group would share one")
                .help(
                    "declare the instances outside of the group, and connect them with \
                     `seL4RPCCall` instead of `seL4DirectCall`",
                ),
        );
        body.groups.extend(group.name.iter().map(|name| name.text.clone()));
        for instance in &group.instances {
            self.child(body, children, instance);
        }
    }

    fn link(
        &mut self, owner: Option<ComponentId>, body: &mut Body, children: &HashMap<String, usize>,
        links: &mut HashMap<&'p str, usize>, connection: &'p ast::Connection,
    ) {
        let name = &connection.name;
        if let Some(first) = links.get(name.text.as_str()) {
            self.diagnostics.push(
                Diagnostic::error(
                    "duplicate-connection",
                    format!("there are two connections `{}`", name.text),
                )
                .at(name.span)
                .label(body.connections[*first].span, "the first one"),
            );
            return;
        }
        // A setting of that name could mean either.
        if let Some(child) = children.get(&name.text) {
            self.diagnostics.push(
                Diagnostic::error(
                    "duplicate-name",
                    format!("`{}` is both an instance and a connection", name.text),
                )
                .at(name.span)
                .label(body.children[*child].name_span, "the instance"),
            );
        }
        let connector = match &connection.connector {
            Use::Inline(declaration) => Some(self.connector(&name.text, declaration)),
            Use::Named(path) => self.connector_type(path),
        };
        let mut ends = |paths: &[ast::Path]| -> Vec<LinkEnd> {
            paths.iter().filter_map(|path| self.end(owner, body, children, path)).collect()
        };
        let from = ends(&connection.from);
        let to = ends(&connection.to);
        let Some(connector) = connector else {
            return;
        };
        // What was dropped has been reported; a connection with too few ends
        // would only be reported again.
        if from.len() < connection.from.len() || to.len() < connection.to.len() {
            return;
        }
        links.insert(&name.text, body.connections.len());
        body.connections.push(Link {
            name: name.text.clone(),
            connector,
            from,
            to,
            span: connection.span,
        });
    }

    fn connector_type(&mut self, path: &ast::Path) -> Option<ConnectorId> {
        let known = self.symbols.connector_ids.get(&path.text()).copied();
        if known.is_none() {
            let diagnostic = self.symbols.unknown(
                "unknown-connector",
                "connector",
                path,
                self.symbols.connector_ids.keys().map(String::as_str),
            );
            self.diagnostics.push(diagnostic);
        }
        known
    }

    /// The interface that a connection or export names.
    fn end(
        &mut self, owner: Option<ComponentId>, body: &Body, children: &HashMap<String, usize>,
        path: &ast::Path,
    ) -> Option<LinkEnd> {
        let parts = match path.parts.as_slice() {
            [group, rest @ ..] if rest.len() == 2 && body.groups.contains(&group.text) => rest,
            parts => parts,
        };
        match parts {
            [interface] => {
                let Some(owner) = owner else {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "no-instance",
                            format!("`{}` names no instance", interface.text),
                        )
                        .at(path.span)
                        .help(format!(
                            "write `instance.{}`; only inside a component may the instance be left out",
                            interface.text
                        )),
                    );
                    return None;
                };
                self.interface_index(owner, interface).map(|index| LinkEnd {
                    child: None,
                    interface: index,
                    span: path.span,
                })
            }
            [instance, interface] => {
                let Some(child) = children.get(&instance.text) else {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "unknown-instance",
                            format!("unknown instance `{}`", instance.text),
                        )
                        .at(instance.span)
                        .suggest(
                            &instance.text,
                            body.children
                                .iter()
                                .filter(|_| self.diagnostics.len() < MOST_SUGGESTIONS)
                                .map(|child| child.name.as_str()),
                        ),
                    );
                    return None;
                };
                self.interface_index(body.children[*child].component, interface)
                    .map(|index| LinkEnd { child: Some(*child), interface: index, span: path.span })
            }
            _ => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "inner-instance",
                        format!("`{}` is inside another instance", path.text()),
                    )
                    .at(path.span)
                    .help("let the outer component `export` the interface, and connect that"),
                );
                None
            }
        }
    }

    fn interface_index(&mut self, component: ComponentId, name: &ast::Name) -> Option<usize> {
        let declared = &self.model[component];
        let found = declared.interface_named(&name.text);
        if found.is_none() && !self.placeholders.contains(&component) {
            let diagnostic = Diagnostic::error(
                "unknown-interface",
                format!("component `{}` has no interface `{}`", declared.name, name.text),
            )
            .at(name.span)
            .label(declared.span, format!("`{}` is declared here", declared.name))
            .suggest(&name.text, declared.interfaces.iter().map(|one| one.name.as_str()));
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn export(
        &mut self, owner: Option<ComponentId>, body: &mut Body, children: &HashMap<String, usize>,
        export: &ast::Export,
    ) {
        let Some(owner) = owner else {
            self.diagnostics.push(
                Diagnostic::error("export", "an assembly has nobody to export to")
                    .at(export.span)
                    .help("`export` belongs into the composition of a component"),
            );
            return;
        };
        let [destination] = export.destination.parts.as_slice() else {
            self.diagnostics.push(
                Diagnostic::error(
                    "export",
                    format!(
                        "`{}` is not an interface of component `{}` itself",
                        export.destination.text(),
                        self.model[owner].name
                    ),
                )
                .at(export.destination.span),
            );
            return;
        };
        let outer = self.interface_index(owner, destination);
        let source = self.end(Some(owner), body, children, &export.source);
        let (Some(outer), Some(source)) = (outer, source) else {
            return;
        };
        let Some(child) = source.child else {
            self.diagnostics.push(
                Diagnostic::error(
                    "export",
                    format!("`{}` names no inner instance", export.source.text()),
                )
                .at(export.source.span)
                .help("an export is written `export instance.interface -> interface;`"),
            );
            return;
        };
        let alias = Alias { outer, child, inner: source.interface, span: export.span };
        self.check_export(owner, body, alias);
        body.exports.push(alias);
    }

    fn check_export(&mut self, owner: ComponentId, body: &Body, alias: Alias) {
        let own = &self.model[owner].interfaces[alias.outer];
        let inner_type = &self.model[body.children[alias.child].component];
        let inner = &inner_type.interfaces[alias.inner];
        if let Some(first) = body.exports.iter().find(|other| other.outer == alias.outer) {
            let diagnostic = Diagnostic::error(
                "export",
                format!("interface `{}` stands for two inner interfaces", own.name),
            )
            .at(alias.span)
            .label(first.span, "the first one");
            self.diagnostics.push(diagnostic);
        } else if own.kind != inner.kind || own.ty != inner.ty {
            let diagnostic = Diagnostic::error(
                "export",
                format!(
                    "interface `{}` can't stand for `{}.{}`, which is declared otherwise",
                    own.name, body.children[alias.child].name, inner.name
                ),
            )
            .at(alias.span)
            .label(own.span, "this interface")
            .label(inner.span, "the inner interface");
            self.diagnostics.push(diagnostic);
        }
    }
}
