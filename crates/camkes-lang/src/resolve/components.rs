//! Component types: their interfaces and attributes.

use std::collections::HashMap;

use crate::ast::{self, ComponentItem, Composition, CompositionItem, LockKind, Use};
use crate::diagnostics::Diagnostic;
use crate::model::{Component, ComponentId, Interface, InterfaceType, Lock};
use crate::source::Span;

use super::Resolver;
use super::types::files;

impl<'p> Resolver<'p> {
    /// Every declared component type, then what each is composed of.
    pub(super) fn components(&mut self) {
        let declarations: Vec<(&'p str, &'p ast::Component)> =
            self.symbols.components.iter().map(|(name, it)| (*name, *it)).collect();
        for (name, declaration) in &declarations {
            let id = self.component(name, declaration);
            self.symbols.component_ids.insert((*name).to_owned(), id);
        }
        for (index, (_, declaration)) in declarations.iter().enumerate() {
            self.component_body(ComponentId(index), declaration);
        }
    }

    /// A component type without its composition.
    pub(super) fn component(&mut self, name: &str, declaration: &'p ast::Component) -> ComponentId {
        let mut component = Component {
            name: name.to_owned(),
            control: false,
            hardware: false,
            interfaces: Vec::new(),
            attributes: Vec::new(),
            locks: Vec::new(),
            includes: Vec::new(),
            composite: false,
            span: declaration.span,
        };
        let mut attributes = Vec::new();
        for item in &declaration.items {
            match item {
                ComponentItem::Control(_) => component.control = true,
                ComponentItem::Hardware(_) => component.hardware = true,
                ComponentItem::Include(include) => {
                    component.includes.extend(files(std::slice::from_ref(include)));
                }
                ComponentItem::Attribute(attribute) => attributes.push(attribute.clone()),
                ComponentItem::Interface(interface) => {
                    let resolved = self.interface(interface);
                    self.add_interface(&mut component, resolved, interface.name.span);
                }
                ComponentItem::Lock(lock) => component.locks.push(Lock {
                    name: lock.name.text.clone(),
                    kind: lock.kind,
                    span: lock.name.span,
                }),
                ComponentItem::Composition(_) => component.composite = true,
                ComponentItem::Configuration(_) => {}
            }
        }
        component.attributes = self.attributes(&attributes);
        self.refuse_shared_names(&component);
        let id = ComponentId(self.model.components.len());
        self.model.components.push(component);
        self.bodies.push(None);
        id
    }

    /// Interfaces, locks and attributes of a component share one space of names: code and settings
    /// address all of them by name alone. Each kind's own duplicates are found elsewhere, but for
    /// those of locks.
    fn refuse_shared_names(&mut self, component: &Component) {
        let interfaces = component.interfaces.iter();
        let named = interfaces
            .map(|it| (it.name.as_str(), "an interface", it.span))
            .chain(component.locks.iter().map(|it| {
                let kind = match it.kind {
                    LockKind::Mutex => "a mutex",
                    LockKind::Semaphore => "a semaphore",
                    LockKind::BinarySemaphore => "a binary semaphore",
                };
                (it.name.as_str(), kind, it.span)
            }))
            .chain(
                component.attributes.iter().map(|it| (it.name.as_str(), "an attribute", it.span)),
            );
        let mut seen: HashMap<&str, (&str, Span)> = HashMap::new();
        for (name, kind, span) in named {
            let Some((first, place)) = seen.insert(name, (kind, span)) else {
                continue;
            };
            self.diagnostics.push(
                Diagnostic::error(
                    "duplicate-name",
                    format!(
                        "component `{}` uses the name `{name}` twice: for {first} and for {kind}",
                        component.name
                    ),
                )
                .at(span)
                .label(place, "the first one"),
            );
        }
    }

    /// A component type that stands for one that isn't declared.
    pub(super) fn placeholder_component(&mut self, path: &ast::Path) -> ComponentId {
        let id = ComponentId(self.model.components.len());
        let name = path.text();
        self.model.components.push(Component {
            name: name.clone(),
            control: false,
            hardware: false,
            interfaces: Vec::new(),
            attributes: Vec::new(),
            locks: Vec::new(),
            includes: Vec::new(),
            composite: false,
            span: path.span,
        });
        self.bodies.push(None);
        self.placeholders.insert(id);
        self.symbols.component_ids.insert(name, id);
        id
    }

    fn interface(&mut self, declaration: &ast::Interface) -> Interface {
        use ast::InterfaceKind::{Consumes, Dataport, Emits, Provides, Uses};
        let ty = match declaration.kind {
            Uses | Provides => {
                let name = declaration.ty.text();
                let known = self.symbols.procedure_ids.get(&name).copied();
                InterfaceType::Procedure(known.unwrap_or_else(|| {
                    let diagnostic = self.symbols.unknown(
                        "unknown-procedure",
                        "procedure",
                        &declaration.ty,
                        self.symbols.procedure_ids.keys().map(String::as_str),
                    );
                    self.diagnostics.push(diagnostic);
                    self.placeholder_procedure(&declaration.ty)
                }))
            }
            Emits | Consumes => InterfaceType::Event(declaration.ty.text()),
            Dataport => {
                InterfaceType::Dataport { ty: declaration.ty.text(), size: declaration.size }
            }
        };
        Interface {
            name: declaration.name.text.clone(),
            kind: declaration.kind,
            ty,
            optional: declaration.optional,
            exported: false,
            span: declaration.span,
        }
    }

    fn add_interface(&mut self, component: &mut Component, interface: Interface, at: Span) {
        let first = component
            .interface_named(&interface.name)
            .map(|index| component.interfaces[index].span);
        match first {
            Some(first) => self.diagnostics.push(
                Diagnostic::error(
                    "duplicate-interface",
                    format!(
                        "component `{}` has two interfaces `{}`",
                        component.name, interface.name
                    ),
                )
                .at(at)
                .label(first, "the first one"),
            ),
            None => component.interfaces.push(interface),
        }
    }

    /// Resolves what a component type is composed of.
    pub(super) fn component_body(&mut self, id: ComponentId, declaration: &'p ast::Component) {
        let mut compositions = Vec::new();
        let mut configurations = Vec::new();
        for item in &declaration.items {
            match item {
                ComponentItem::Composition(Use::Inline(composition)) => {
                    compositions.push(composition);
                }
                ComponentItem::Composition(Use::Named(path)) => {
                    compositions.extend(self.symbols.composition(path, self.diagnostics));
                }
                ComponentItem::Configuration(Use::Inline(configuration)) => {
                    configurations.push(configuration);
                }
                ComponentItem::Configuration(Use::Named(path)) => {
                    configurations.extend(self.symbols.configuration(path, self.diagnostics));
                }
                _ => {}
            }
        }
        self.mark_exports(id, &compositions);
        if compositions.is_empty() && configurations.is_empty() {
            return;
        }
        let body = self.body(Some(id), &compositions, &configurations);
        self.bodies[id.0] = Some(body);
    }

    fn mark_exports(&mut self, id: ComponentId, compositions: &[&Composition]) {
        for item in compositions.iter().flat_map(|composition| &composition.items) {
            if let CompositionItem::Export(export) = item {
                let name = export.destination.text();
                let interfaces = &mut self.model.components[id.0].interfaces;
                if let Some(found) = interfaces.iter_mut().find(|one| one.name == name) {
                    found.exported = true;
                }
            }
        }
    }
}
