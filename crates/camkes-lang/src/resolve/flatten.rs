//! The hierarchy made flat.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::ast::SettingValue;
use crate::diagnostics::Diagnostic;
use crate::model::{ConnectorId, End, Instance, InstanceId};
use crate::query::Queries;
use crate::source::Span;

use super::Resolver;
use super::bodies::{Body, BodyTarget, LinkEnd};

/// Deeper hierarchies than this are refused.
const DEPTH_LIMIT: usize = 64;

/// More instances than this are refused: a small hierarchy can multiply.
const INSTANCE_LIMIT: usize = 200_000;

/// The flat system, before settings have values.
#[derive(Default)]
pub(super) struct Flat {
    pub links: Vec<FlatLink>,
    pub settings: Vec<FlatSetting>,
    /// Inner interfaces by the outer ones that stand for them.
    aliases: HashMap<(InstanceId, usize), (InstanceId, usize)>,
    too_many: bool,
}

/// A connection.
pub(super) struct FlatLink {
    pub name: String,
    pub connector: ConnectorId,
    pub from: Vec<End>,
    pub to: Vec<End>,
    pub span: Span,
}

/// A setting.
pub(super) struct FlatSetting {
    pub target: Target,
    pub target_span: Span,
    pub attribute: String,
    pub value: SettingValue,
    pub span: Span,
    /// The instance whose configuration it is in.
    pub scope: Option<InstanceId>,
}

/// What a setting is on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Instance(InstanceId),
    Interface(InstanceId, usize),
    /// Index into [`Flat::links`].
    Link(usize),
    Unknown(String),
}

impl Resolver<'_> {
    /// Builds everything of the model that depends on the assembly.
    pub(super) fn finish(&mut self, assembly: Body, queries: &mut Queries<'_>) {
        let mut flat = Flat::default();
        let bodies = std::mem::take(&mut self.bodies);
        let mut stack = vec![(None, &assembly)];
        while let Some((scope, body)) = stack.pop() {
            let first = self.model.instances.len();
            self.copy(scope, body, &mut flat);
            // Children of the first instance come first, so it goes on top.
            for index in (first..self.model.instances.len()).rev() {
                let id = InstanceId(index);
                let component = self.model[id].component;
                if let Some(inner) = &bodies[component.0]
                    && self.may_expand(id, &mut flat)
                {
                    stack.push((Some(id), inner));
                }
            }
        }
        for link in &mut flat.links {
            for end in link.from.iter_mut().chain(&mut link.to) {
                let mut key = (end.instance, end.interface);
                // Aliases lead to ever deeper instances, so this ends.
                while let Some(inner) = flat.aliases.get(&key) {
                    key = *inner;
                }
                (end.instance, end.interface) = key;
            }
        }
        self.unknown_parameter_types();
        let values = self.settings(&mut flat, queries);
        self.merge(flat.links, values);
    }

    /// Copies a body into the model.
    fn copy(&mut self, scope: Option<InstanceId>, body: &Body, flat: &mut Flat) {
        let prefix = scope.map_or(String::new(), |id| format!("{}.", self.model[id].name));
        let first = self.model.instances.len();
        for child in &body.children {
            self.model.instances.push(Instance {
                name: format!("{prefix}{}", child.name),
                component: child.component,
                parent: scope,
                settings: IndexMap::new(),
                interface_settings: IndexMap::new(),
                span: child.span,
                name_span: child.name_span,
            });
        }
        let ends = |ends: &[LinkEnd]| -> Vec<End> {
            ends.iter()
                .filter_map(|end| {
                    Some(End {
                        instance: match end.child {
                            Some(child) => InstanceId(first + child),
                            None => scope?,
                        },
                        interface: end.interface,
                        span: end.span,
                    })
                })
                .collect()
        };
        let first_link = flat.links.len();
        for link in &body.connections {
            flat.links.push(FlatLink {
                name: format!("{prefix}{}", link.name),
                connector: link.connector,
                from: ends(&link.from),
                to: ends(&link.to),
                span: link.span,
            });
        }
        if let Some(scope) = scope {
            for alias in &body.exports {
                let inner = (InstanceId(first + alias.child), alias.inner);
                flat.aliases.insert((scope, alias.outer), inner);
            }
        }
        for setting in &body.settings {
            let target = match (&setting.target, scope) {
                (BodyTarget::Child(child), _) => Target::Instance(InstanceId(first + child)),
                (BodyTarget::Link(link), _) => Target::Link(first_link + link),
                (BodyTarget::Interface(interface), Some(scope)) => {
                    Target::Interface(scope, *interface)
                }
                (BodyTarget::Interface(_), None) => continue,
                (BodyTarget::Unknown(name), _) => Target::Unknown(format!("{prefix}{name}")),
            };
            flat.settings.push(FlatSetting {
                target,
                target_span: setting.target_span,
                attribute: setting.attribute.clone(),
                value: setting.value.clone(),
                span: setting.span,
                scope,
            });
        }
    }

    /// Whether the inside of an instance can be built: it must not contain
    /// itself, and there must be an end.
    fn may_expand(&mut self, id: InstanceId, flat: &mut Flat) -> bool {
        let component = self.model[id].component;
        let mut depth = 0;
        let mut ancestor = self.model[id].parent;
        while let Some(outer) = ancestor {
            depth += 1;
            if self.model[outer].component == component || depth > DEPTH_LIMIT {
                let name = self.model[component].name.clone();
                let text = if depth > DEPTH_LIMIT {
                    format!("components are nested more than {DEPTH_LIMIT} deep")
                } else {
                    format!("component `{name}` contains itself")
                };
                let diagnostic = Diagnostic::error("recursive-component", text)
                    .at(self.model[id].span)
                    .label(self.model[component].span, format!("`{name}` is declared here"));
                if !self.diagnostics.contains(&diagnostic) {
                    self.diagnostics.push(diagnostic);
                }
                return false;
            }
            ancestor = self.model[outer].parent;
        }
        if self.model.instances.len() > INSTANCE_LIMIT {
            if !flat.too_many {
                flat.too_many = true;
                let span = self.model[id].span;
                self.error(
                    "too-many-instances",
                    format!("there are more than {INSTANCE_LIMIT} instances"),
                    span,
                );
            }
            return false;
        }
        true
    }
}
