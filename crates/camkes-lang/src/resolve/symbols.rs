//! Declarations by name.

use indexmap::IndexMap;

use crate::ast::{
    Component, Composition, Configuration, Connector, Item, Name, Path, Procedure, Struct,
};
use crate::diagnostics::Diagnostic;
use crate::model::{ComponentId, ConnectorId, ProcedureId, StructId};
use crate::source::Span;

/// What is declared at the top level. Each kind of thing has its own names.
#[derive(Default)]
pub(super) struct Symbols<'p> {
    pub structs: IndexMap<&'p str, &'p Struct>,
    pub procedures: IndexMap<&'p str, &'p Procedure>,
    pub components: IndexMap<&'p str, &'p Component>,
    pub connectors: IndexMap<&'p str, &'p Connector>,
    compositions: IndexMap<&'p str, &'p Composition>,
    configurations: IndexMap<&'p str, &'p Configuration>,
    /// Filled in as they are resolved.
    pub struct_ids: IndexMap<String, StructId>,
    pub procedure_ids: IndexMap<String, ProcedureId>,
    pub component_ids: IndexMap<String, ComponentId>,
    pub connector_ids: IndexMap<String, ConnectorId>,
}

impl<'p> Symbols<'p> {
    pub fn collect(items: &'p [Item], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut symbols = Self::default();
        for item in items {
            match item {
                Item::Struct(it) => enter(
                    "struct",
                    &mut symbols.structs,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Procedure(it) => enter(
                    "procedure",
                    &mut symbols.procedures,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Component(it) => enter(
                    "component",
                    &mut symbols.components,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Connector(it) => enter(
                    "connector",
                    &mut symbols.connectors,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Composition(it) => enter(
                    "composition",
                    &mut symbols.compositions,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Configuration(it) => enter(
                    "configuration",
                    &mut symbols.configurations,
                    it.name.as_ref(),
                    it,
                    |it| it.span,
                    diagnostics,
                ),
                Item::Assembly(_) | Item::Import(_) => {}
            }
        }
        symbols
    }

    /// The composition that `composition name;` means.
    pub fn composition(
        &self, path: &Path, diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'p Composition> {
        find("composition", &self.compositions, path, diagnostics)
    }

    /// The configuration that `configuration name;` means.
    pub fn configuration(
        &self, path: &Path, diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'p Configuration> {
        find("configuration", &self.configurations, path, diagnostics)
    }

    /// What else has that name: for "is a procedure, not a component".
    pub fn other_kind(&self, name: &str, wanted: &str) -> Option<&'static str> {
        [
            ("struct", self.structs.contains_key(name)),
            ("procedure", self.procedures.contains_key(name)),
            ("component", self.components.contains_key(name)),
            ("connector", self.connectors.contains_key(name)),
        ]
        .into_iter()
        .find(|(kind, known)| *known && *kind != wanted)
        .map(|(kind, _)| kind)
    }

    /// An error for a name that is not declared as what it should be.
    pub fn unknown<'a>(
        &self, code: &'static str, kind: &'static str, path: &Path,
        known: impl Iterator<Item = &'a str>,
    ) -> Diagnostic {
        let name = path.text();
        let diagnostic = Diagnostic::error(code, format!("unknown {kind} `{name}`")).at(path.span);
        match self.other_kind(&name, kind) {
            Some(other) => diagnostic.note(format!("`{name}` is a {other}")),
            None => diagnostic.suggest(&name, known),
        }
    }
}

fn enter<'p, T>(
    kind: &str, table: &mut IndexMap<&'p str, &'p T>, name: Option<&'p Name>, item: &'p T,
    span: impl Fn(&T) -> Span, diagnostics: &mut Vec<Diagnostic>,
) {
    // Nobody can refer to a declaration without a name.
    let Some(name) = name else {
        return;
    };
    if let Some(first) = table.get(name.text.as_str()) {
        diagnostics.push(
            Diagnostic::error(
                "duplicate-declaration",
                format!("{kind} `{}` is declared twice", name.text),
            )
            .at(name.span)
            .label(span(first), "the first declaration"),
        );
        return;
    }
    table.insert(&name.text, item);
}

fn find<'p, T>(
    kind: &str, table: &IndexMap<&'p str, &'p T>, path: &Path, diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'p T> {
    let name = path.text();
    let found = table.get(name.as_str()).copied();
    if found.is_none() {
        diagnostics.push(
            Diagnostic::error("unknown-declaration", format!("unknown {kind} `{name}`"))
                .at(path.span)
                .suggest(&name, table.keys().copied()),
        );
    }
    found
}
