//! From syntax trees to the model.
//!
//! 1. All declarations are entered into tables ([`symbols`]).
//! 2. Structs, procedures, connectors and component types are resolved, each
//!    for itself ([`types`], [`components`]).
//! 3. Compositions and configurations are resolved into [`bodies`], in which
//!    everything has an index instead of a name.
//! 4. The hierarchy is flattened by copying the bodies ([`flatten`]).
//! 5. Settings get their values ([`settings`]) and connections that share an
//!    end are merged ([`merge`]).

mod bodies;
mod components;
mod defaults;
mod flatten;
mod merge;
mod settings;
mod symbols;
#[cfg(test)]
mod test;
mod types;

use std::collections::{HashMap, HashSet};

use crate::ast::{Assembly, AssemblyItem, Item, Schedule, Use};
use crate::diagnostics::Diagnostic;
use crate::model::{self, ComponentId, Model};
use crate::query::Queries;
use crate::source::Span;
use bodies::Body;
use symbols::Symbols;

/// The state of a run.
struct Resolver<'p> {
    symbols: Symbols<'p>,
    model: Model,
    diagnostics: &'p mut Vec<Diagnostic>,
    /// Component types that stand for unknown ones: nothing about them is an
    /// error of its own.
    placeholders: HashSet<ComponentId>,
    /// By component type, what it is composed of.
    bodies: Vec<Option<Body>>,
}

/// Resolves a program. Gives nothing if it has no assembly.
pub(crate) fn resolve(
    items: &[Item], queries: &mut Queries<'_>, diagnostics: &mut Vec<Diagnostic>,
) -> Option<Model> {
    let symbols = Symbols::collect(items, diagnostics);
    let mut resolver = Resolver {
        symbols,
        model: Model::default(),
        diagnostics,
        placeholders: HashSet::new(),
        bodies: Vec::new(),
    };
    resolver.types();
    resolver.components();
    let assemblies: Vec<&Assembly> = items
        .iter()
        .filter_map(|item| match item {
            Item::Assembly(assembly) => Some(assembly),
            _ => None,
        })
        .collect();
    if assemblies.is_empty() {
        // After another error, the assembly may only have been overlooked.
        if !resolver.diagnostics.iter().any(Diagnostic::is_error) {
            resolver.diagnostics.push(
                Diagnostic::error("no-assembly", "there is no assembly").help(
                    "a system is described by \
                     `assembly { composition { ... } configuration { ... } }`",
                ),
            );
        }
        return None;
    }
    resolver.assembly_names(&assemblies);
    let body = resolver.assembly_body(&assemblies);
    resolver.schedule(&assemblies);
    resolver.finish(body, queries);
    Some(resolver.model)
}

impl<'p> Resolver<'p> {
    fn error(&mut self, code: &'static str, message: impl Into<String>, at: Span) {
        self.diagnostics.push(Diagnostic::error(code, message).at(at));
    }

    /// Assemblies without a name are merged; those with a name are told apart.
    fn assembly_names(&mut self, assemblies: &[&Assembly]) {
        let mut names: HashMap<&str, Span> = HashMap::new();
        for name in assemblies.iter().filter_map(|it| it.name.as_ref()) {
            let first = *names.entry(&name.text).or_insert(name.span);
            if first != name.span {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-declaration",
                        format!("assembly `{}` is declared twice", name.text),
                    )
                    .at(name.span)
                    .label(first, "the first declaration")
                    .help("leave the names out: all assemblies are merged"),
                );
            }
        }
    }

    /// All assemblies as one body.
    fn assembly_body(&mut self, assemblies: &[&'p Assembly]) -> Body {
        let mut compositions = Vec::new();
        let mut configurations = Vec::new();
        for item in assemblies.iter().flat_map(|assembly| &assembly.items) {
            match item {
                AssemblyItem::Composition(Use::Inline(composition)) => {
                    compositions.push(composition);
                }
                AssemblyItem::Composition(Use::Named(path)) => {
                    compositions.extend(self.symbols.composition(path, self.diagnostics));
                }
                AssemblyItem::Configuration(Use::Inline(configuration)) => {
                    configurations.push(configuration);
                }
                AssemblyItem::Configuration(Use::Named(path)) => {
                    configurations.extend(self.symbols.configuration(path, self.diagnostics));
                }
                AssemblyItem::Schedule(_) => {}
            }
        }
        if compositions
            .iter()
            .all(|composition| composition.items.is_empty())
            // What could not be read may have been instances.
            && !self.diagnostics.iter().any(Diagnostic::is_error)
            && let Some(assembly) = assemblies.first()
        {
            self.error("no-instances", "the assembly has no instances", assembly.span);
        }
        self.body(None, &compositions, &configurations)
    }

    fn schedule(&mut self, assemblies: &[&Assembly]) {
        let mut schedules =
            assemblies.iter().flat_map(|assembly| &assembly.items).filter_map(|item| match item {
                AssemblyItem::Schedule(schedule) => Some(schedule),
                _ => None,
            });
        let Some(first) = schedules.next() else {
            return;
        };
        for other in schedules {
            self.diagnostics.push(
                Diagnostic::error("duplicate-schedule", "the schedule is given twice")
                    .at(other.span)
                    .label(first.span, "the first one"),
            );
        }
        self.model.schedule = Some(self.slices(first));
    }

    fn slices(&mut self, schedule: &Schedule) -> model::Schedule {
        let mut slices = Vec::new();
        for slice in &schedule.slices {
            let domain = slice.domain.as_u64();
            let length = slice.length.as_u64().filter(|length| *length > 0);
            if domain.is_none() {
                let text = format!("a domain is a number from 0, not {}", slice.domain);
                self.error("bad-schedule", text, slice.domain.span);
            }
            if length.is_none() {
                let text = format!("a time slice has a positive length, not {}", slice.length);
                self.error("bad-schedule", text, slice.length.span);
            }
            if let (Some(domain), Some(length)) = (domain, length) {
                slices.push(model::Slice { domain, length, unit: slice.unit, span: slice.span });
            }
        }
        model::Schedule { slices, span: schedule.span }
    }
}
