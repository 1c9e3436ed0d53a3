//! Settings: declared, of the right type, in range, and read by somebody.

use std::collections::{BTreeSet, HashMap};

use camkes_lang::ast::LockKind;
use camkes_lang::diagnostics::MOST_SUGGESTIONS;
use camkes_lang::keys::{self, Key, Match, Names, Scope, Status};
use camkes_lang::model::{
    Attribute, AttributeType, Component, ComponentId, Instance, InstanceId, Origin, Setting,
};
use camkes_lang::{Diagnostic, Severity, Span};

use crate::context::Context;
use crate::value::{fits_attribute, fits_shape};

pub(crate) fn check(context: &Context<'_>, incomplete: bool, found: &mut Vec<Diagnostic>) {
    defaults(context, found);
    let mut checker = Checker {
        context,
        incomplete,
        attributes: context
            .model
            .components
            .iter()
            .flat_map(|component| &component.attributes)
            .map(|attribute| attribute.name.as_str())
            .collect(),
        interfaces: context
            .model
            .components
            .iter()
            .flat_map(|component| &component.interfaces)
            .map(|interface| interface.name.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        lookups: HashMap::new(),
        ineffective: Vec::new(),
        ineffective_by_key: HashMap::new(),
        found,
    };
    for (id, instance, component) in context.instances() {
        checker.instance(id, instance, component);
    }
    checker.connections();
    checker.unbound();
    checker.report_ineffective();
}

/// Settings of one key without effect. Macros set them on every instance: one note says it all.
struct Ineffective {
    span: Span,
    /// Where it is set: `vm0.simple`.
    settings: Vec<String>,
    notes: Vec<String>,
}

/// Attributes of the standard components that don't take every number.
const RANGES: [(&str, i128, i128); 1] = [("timers_per_client", 1, 1024)];

/// More settings without effect are not named one by one.
const MOST_NAMED: usize = 8;

/// The defaults of every attribute, once for each type.
fn defaults(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let components = model.components.iter().map(|c| (&c.name, &c.attributes));
    let connectors = model.connectors.iter().map(|c| (&c.name, &c.attributes));
    for (owner, attributes) in components.chain(connectors) {
        for attribute in attributes {
            if let Some(default) = &attribute.default
                && let Err(error) = fits_attribute(model, attribute, default)
            {
                found.push(error.diagnostic(&format!("{owner}.{}", attribute.name)));
            }
        }
    }
}

/// The names that the placeholders of keys may stand for in a component.
struct Vocabulary<'m> {
    interfaces: Vec<&'m str>,
    semaphores: Vec<&'m str>,
}

impl<'m> Vocabulary<'m> {
    fn new(component: &'m Component) -> Self {
        Self {
            interfaces: component.interfaces.iter().map(|i| i.name.as_str()).collect(),
            semaphores: component
                .locks
                .iter()
                .filter(|lock| lock.kind != LockKind::Mutex)
                .map(|lock| lock.name.as_str())
                .collect(),
        }
    }

    fn names(&self) -> Names<'_> {
        Names { interfaces: &self.interfaces, semaphores: &self.semaphores }
    }
}

struct Checker<'c, 'm> {
    context: &'c Context<'m>,
    incomplete: bool,
    /// The attributes of all component types.
    attributes: BTreeSet<&'m str>,
    /// The interfaces of all component types, sorted.
    interfaces: Vec<&'m str>,
    /// Keys that were looked up before: many instances have the same type and the same settings.
    lookups: HashMap<(ComponentId, &'m str), Option<(&'static Key, Match)>>,
    /// In the order of the first setting of each key.
    ineffective: Vec<Ineffective>,
    /// Indices into it by key and reason.
    ineffective_by_key: HashMap<(String, Vec<String>), usize>,
    found: &'c mut Vec<Diagnostic>,
}

impl<'m> Checker<'_, 'm> {
    fn instance(&mut self, id: InstanceId, instance: &'m Instance, component: &'m Component) {
        for (name, setting) in &instance.settings {
            if setting.origin == Origin::Default {
                continue;
            }
            let full = format!("{}.{name}", instance.name);
            if let Some(attribute) = component.attribute(name) {
                self.attribute(&full, attribute, setting);
                continue;
            }
            let component_id = instance.component;
            let hit = self.lookups.entry((component_id, name)).or_insert_with(|| {
                keys::lookup(Scope::Instance, name, Vocabulary::new(component).names())
            });
            match hit.clone() {
                Some((key, matched)) => {
                    self.key(&full, key, setting);
                    self.read_by_connector(id, component, key, &matched, &full, setting);
                }
                None => self.unknown(name, &full, component, setting),
            }
        }
        for (&index, settings) in &instance.interface_settings {
            let interface = &component.interfaces[index].name;
            for (name, setting) in settings {
                let full = format!("{}.{interface}.{name}", instance.name);
                self.scoped(Scope::Interface, &[], name, &full, setting);
            }
        }
        for attribute in &component.attributes {
            // A struct that is left out is left out as a whole: the VM has two of which one is
            // enough, and says itself when it misses one.
            // What a hierarchical component leaves open, its inner settings refer to with `<-`,
            // and fall back to defaults of their own.
            if self.incomplete
                || component.composite
                || matches!(attribute.ty, AttributeType::Struct(_))
                || instance.settings.contains_key(&attribute.name)
            {
                continue;
            }
            self.found.push(
                Diagnostic::warning(
                    "no-value",
                    format!(
                        "the attribute `{}.{}` has no default and is not set",
                        instance.name, attribute.name
                    ),
                )
                .at(instance.name_span)
                .label(attribute.span, "the attribute is declared here"),
            );
        }
    }

    fn attribute(&mut self, full: &str, attribute: &Attribute, setting: &Setting) {
        if let Err(error) = fits_attribute(self.context.model, attribute, &setting.value) {
            self.found.push(
                error.diagnostic(full).label(attribute.span, "the attribute is declared here"),
            );
            return;
        }
        let known = RANGES.iter().find(|(name, ..)| *name == attribute.name);
        if let Some((_, least, most)) = known
            && let Some(number) = setting.value.as_integer()
            && !(*least..=*most).contains(&number)
        {
            self.found.push(
                Diagnostic::error(
                    "out-of-range",
                    format!("`{full}`: {number} is out of range; expected {least} to {most}"),
                )
                .at(setting.value.span)
                .label(attribute.span, "the attribute is declared here"),
            );
        }
    }

    fn key(&mut self, full: &str, key: &Key, setting: &Setting) {
        let query = setting.origin == Origin::Query;
        if let Err(error) = fits_shape(&key.shape, &setting.value, query) {
            let explain = format!("`camkes explain {}` describes it", key.pattern);
            self.found.push(error.diagnostic(full).help(explain));
            return;
        }
        if let Some(number) = setting.value.as_integer() {
            let least = key.min.map(i128::from);
            let most = key.max.map(i128::from);
            if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                let range = match (least, most) {
                    (Some(least), Some(most)) => format!("from {least} to {most}"),
                    (Some(least), None) => format!("at least {least}"),
                    (_, most) => format!("at most {}", most.unwrap_or_default()),
                };
                self.found.push(
                    Diagnostic::error(
                        "out-of-range",
                        format!("`{full}`: {number} is out of range; expected {range}"),
                    )
                    .at(setting.value.span),
                );
                return;
            }
        }
        if key.status != Status::Live {
            let name = key.pattern.to_string();
            self.no_effect(name, full, setting, key.note.iter().cloned().collect());
        }
    }

    fn no_effect(&mut self, key: String, full: &str, setting: &Setting, notes: Vec<String>) {
        let next = self.ineffective.len();
        let index = *self.ineffective_by_key.entry((key, notes.clone())).or_insert(next);
        if index == next {
            self.ineffective.push(Ineffective { span: setting.span, settings: Vec::new(), notes });
        }
        self.ineffective[index].settings.push(full.to_owned());
    }

    fn report_ineffective(&mut self) {
        for group in std::mem::take(&mut self.ineffective) {
            let (first, rest) = group.settings.split_at(1);
            let message = match (first, rest) {
                ([first], []) => format!("`{first}` has no effect"),
                ([first], [second]) => format!("`{first}` and `{second}` have no effect"),
                ([first], more) => {
                    format!("`{first}` and {} others like it have no effect", more.len())
                }
                _ => continue,
            };
            let mut diagnostic =
                Diagnostic::new(Severity::Note, "no-effect", message).at(group.span);
            for note in group.notes {
                diagnostic = diagnostic.note(note);
            }
            if rest.len() > 1 {
                let mut others = rest.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>();
                if rest.len() > MOST_NAMED {
                    others.push("...".to_owned());
                }
                diagnostic = diagnostic.note(format!("the others are {}", others.join(", ")));
            }
            self.found.push(diagnostic);
        }
    }

    /// A key of an interface is read by some connectors only.
    fn read_by_connector(
        &mut self, id: InstanceId, component: &Component, key: &Key, matched: &Match, full: &str,
        setting: &Setting,
    ) {
        let Match::Interface(interface) = matched else {
            return;
        };
        let Some(index) = component.interface_named(interface) else {
            return;
        };
        if key.connectors.is_empty() || key.status != Status::Live {
            return;
        }
        let why = match self.context.connection(id, index) {
            Some((connection, _)) => {
                let connector = &self.context.connector(connection).name;
                if key.connectors.contains(connector) {
                    return;
                }
                format!(
                    "the interface `{interface}` is connected by `{connector}`, which does not read it"
                )
            }
            // An exported interface's connection belongs to the inner component.
            None if component.interfaces[index].exported => return,
            None => format!("the interface `{interface}` is not connected"),
        };
        let readers = format!("it is read by {}", key.connectors.join(", "));
        self.no_effect(key.pattern.to_string(), full, setting, vec![why, readers]);
    }

    /// A setting of an interface or a connection.
    fn scoped(
        &mut self, scope: Scope, attributes: &[Attribute], name: &str, full: &str,
        setting: &Setting,
    ) {
        if let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) {
            self.attribute(full, attribute, setting);
            return;
        }
        if let Some((key, _)) = keys::lookup(scope, name, Names::default()) {
            self.key(full, key, setting);
            return;
        }
        let also: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
        let nearest = keys::nearest(scope, name, Names::default(), &also);
        let diagnostic = Diagnostic::error(
            "unknown-key",
            format!("`{full}`: there is no key `{name}` for {}s", scope.as_str()),
        )
        .at_with(setting.span, "nothing reads this");
        let declaring = self.context.model.connectors.iter().find(|connector| {
            scope == Scope::Connection && connector.attributes.iter().any(|a| a.name == name)
        });
        self.found.push(match (declaring, nearest) {
            (Some(connector), _) => diagnostic.help(format!(
                "it is an attribute of connectors such as `{}`: use one that has it, or declare it in a connector of your own",
                connector.name
            )),
            (None, Some(near)) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, None) => diagnostic,
        });
    }

    fn unknown(&mut self, name: &str, full: &str, component: &Component, setting: &Setting) {
        if self.attributes.contains(name) {
            let why = format!(
                "other components have the attribute `{name}`, but `{}` does not",
                component.name
            );
            self.no_effect(name.to_owned(), full, setting, vec![why]);
            return;
        }
        // A macro that sets up every VM is used on other components as well.
        let elsewhere = Names { interfaces: &self.interfaces, ..Names::default() };
        if let Some((key, Match::Interface(interface))) =
            keys::lookup(Scope::Instance, name, elsewhere)
        {
            let why = format!("`{}` has no interface `{interface}`", component.name);
            self.no_effect(key.pattern.to_string(), full, setting, vec![why]);
            return;
        }
        let vocabulary = Vocabulary::new(component);
        let own: Vec<&str> = component.attributes.iter().map(|a| a.name.as_str()).collect();
        let near = keys::nearest(Scope::Instance, name, vocabulary.names(), &own);
        let diagnostic = Diagnostic::error(
            "unknown-key",
            format!(
                "unknown key `{name}`: `{}` has no such attribute, and nothing reads it",
                component.name
            ),
        )
        .at_with(setting.span, "nothing reads this");
        let possible: Vec<_> =
            keys::explain(name).into_iter().filter(|key| key.scope == Scope::Instance).collect();
        self.found.push(match (near, possible.first()) {
            (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, Some(key)) => diagnostic.help(format!(
                "a key `{}` exists, but `{}` has the interfaces {} only",
                key.pattern,
                component.name,
                vocabulary.interfaces.join(", ")
            )),
            (None, None) => diagnostic.help(format!(
                "declare it in `{}` if the component's own code is to read it: `attribute <type> {name};`",
                component.name
            )),
        });
    }

    fn connections(&mut self) {
        for connection in &self.context.model.connections {
            let connector = self.context.connector(connection);
            for (name, setting) in &connection.settings {
                if setting.origin != Origin::Default {
                    let full = format!("{}.{name}", connection.name);
                    self.scoped(Scope::Connection, &connector.attributes, name, &full, setting);
                }
            }
        }
    }

    fn unbound(&mut self) {
        let model = self.context.model;
        for unbound in &model.unbound {
            let names =
                model
                    .instances
                    .iter()
                    .map(|instance| instance.name.as_str())
                    .chain(model.connections.iter().flat_map(|connection| {
                        connection.parts.iter().map(|part| part.name.as_str())
                    }))
                    .filter(|_| self.found.len() < MOST_SUGGESTIONS);
            self.found.push(
                Diagnostic::error(
                    "unknown-target",
                    format!(
                        "there is no instance or connection `{}` to set `{}` on",
                        unbound.target, unbound.attribute
                    ),
                )
                .at_with(unbound.target_span, "not declared")
                .suggest(&unbound.target, names),
            );
        }
    }
}
