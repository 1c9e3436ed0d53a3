//! Queries: values that come from somewhere else than the source.

mod gpio;

use std::path::PathBuf;

use crate::ast::Query;
use crate::devicetree::{self, Tree};
use crate::diagnostics::{Diagnostic, Severity};
use crate::options::{DeviceTreeSource, LoadOptions};
use crate::source::Span;
use crate::value::{Key, Value, ValueKind};

/// What answers queries.
pub(crate) struct Queries<'o> {
    options: &'o LoadOptions,
    /// Read when it is first asked; nothing if it can't be read.
    tree: Option<Option<Tree>>,
    pins: Option<Option<Value>>,
    /// The files that answers came from.
    pub files: Vec<PathBuf>,
}

impl<'o> Queries<'o> {
    pub fn new(options: &'o LoadOptions) -> Self {
        Self { options, tree: None, pins: None, files: Vec::new() }
    }

    /// A query's value; nothing if there is none, which has been reported.
    pub fn answer(&mut self, query: &Query, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
        match query.name.text.as_str() {
            "dtb" => self.dtb(query, diagnostics),
            "gpio" => self.gpio(query, diagnostics),
            other => {
                diagnostics.push(
                    Diagnostic::error("unknown-query", format!("unknown query `{other}()`"))
                        .at(query.name.span)
                        .note("the queries are: dtb, gpio")
                        .suggest(other, ["dtb", "gpio"]),
                );
                None
            }
        }
    }

    fn dtb(&mut self, query: &Query, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
        if self.tree.is_none() {
            self.tree = Some(self.read_tree(query.span, diagnostics));
        }
        let tree = self.tree.as_ref()?.as_ref()?;
        if query.arguments.is_empty() {
            diagnostics.push(
                Diagnostic::error("bad-query", "`dtb()` without a dictionary asks for nothing")
                    .at(query.span)
                    .help("write `dtb([{}])` for no node, or `dtb({\"path\": \"/soc/uart@0\"})`"),
            );
            return None;
        }
        let mut nodes = Vec::new();
        for argument in &query.arguments {
            nodes.push(self.node(tree, argument, query, diagnostics)?);
        }
        let span = query.span;
        if !query.lookup.is_empty() {
            let mut found = Vec::new();
            for node in &nodes {
                match look_up(node, &query.lookup) {
                    Ok(value) => found.push(Value { span, ..value }),
                    Err(error) => {
                        diagnostics
                            .push(Diagnostic::error("bad-lookup", error.text).at(error.span));
                        return None;
                    }
                }
            }
            return Some(list(found, span));
        }
        // Keys become C identifiers in the C tool.
        let nodes = nodes.into_iter().map(identifiers).collect();
        let size = i128::try_from(tree.size).unwrap_or(i128::MAX);
        let size = Value { kind: ValueKind::Integer(size), span };
        Some(dictionary(
            vec![("query", list(nodes, span)), ("dtb_size", list(vec![size], span))],
            span,
        ))
    }

    /// The properties of the node that one dictionary selects.
    fn node(
        &self, tree: &Tree, argument: &Value, query: &Query, diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let nothing = dictionary(Vec::new(), query.span);
        match devicetree::select(tree, argument) {
            Err(error) => {
                diagnostics.push(*error);
                None
            }
            Ok(Some(index)) => match devicetree::node_value(tree, index, query.span) {
                Ok(value) => Some(value),
                Err(reason) => {
                    diagnostics.push(Diagnostic::error("bad-node", reason).at(argument.span));
                    None
                }
            },
            Ok(None) => {
                if !argument.as_dict().unwrap_or_default().is_empty() {
                    diagnostics.push(self.no_node(tree, argument));
                }
                Some(nothing)
            }
        }
    }

    fn no_node(&self, tree: &Tree, argument: &Value) -> Diagnostic {
        let severity = if self.options.strict { Severity::Error } else { Severity::Warning };
        let diagnostic = Diagnostic::new(
            severity,
            "no-such-node",
            format!("the device tree has no node for {argument}"),
        )
        .at(argument.span);
        match devicetree::nearest_path(tree, argument) {
            Some(path) => diagnostic.help(format!("did you mean `{path}`?")),
            None => diagnostic,
        }
    }

    fn read_tree(&mut self, span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Tree> {
        let (name, bytes) = match &self.options.device_tree {
            None => {
                diagnostics.push(
                    Diagnostic::error("no-device-tree", "there is no device tree to ask")
                        .at(span)
                        .help("give the platform's device tree, a `.dtb` file, with `--dtb`"),
                );
                return None;
            }
            Some(DeviceTreeSource::Bytes { name, bytes }) => (name.clone(), bytes.clone()),
            Some(DeviceTreeSource::File(path)) => {
                self.files.push(path.clone());
                match std::fs::read(path) {
                    Ok(bytes) => (path.display().to_string(), bytes),
                    Err(reason) => {
                        diagnostics.push(
                            Diagnostic::error(
                                "unreadable-file",
                                format!(
                                    "can't read the device tree `{}`: {reason}",
                                    path.display()
                                ),
                            )
                            .at(span),
                        );
                        return None;
                    }
                }
            }
        };
        match Tree::parse(&bytes) {
            Ok(tree) => Some(tree),
            Err(reason) => {
                diagnostics.push(
                    Diagnostic::error(
                        "bad-device-tree",
                        format!("`{name}` is not a flattened device tree: {reason}"),
                    )
                    .at(span)
                    .help("device tree sources (`.dts`) are compiled with `dtc` first"),
                );
                None
            }
        }
    }
}

/// Why a look-up gives nothing.
#[derive(Debug)]
pub(crate) struct LookupError {
    pub text: String,
    pub span: Span,
}

/// Follows keys into dictionaries and lists. A key that is not beside `query`
/// in a query's result is looked for in the node, if the result has only one.
pub(crate) fn look_up(value: &Value, keys: &[Value]) -> Result<Value, LookupError> {
    let mut value = value;
    for key in keys {
        let next = match (&value.kind, &key.kind) {
            (ValueKind::Dict(_), ValueKind::String(name)) => {
                value.get(name).or_else(|| only_node(value)?.get(name))
            }
            (ValueKind::Dict(_), _) => value.get(&key.to_string()),
            (ValueKind::List(items), ValueKind::Integer(index)) => {
                usize::try_from(*index).ok().and_then(|index| items.get(index))
            }
            _ => {
                return Err(LookupError {
                    text: format!("can't look up {key} in {}", value.describe()),
                    span: key.span,
                });
            }
        };
        value = next.ok_or_else(|| LookupError { text: missing(value, key), span: key.span })?;
    }
    Ok(value.clone())
}

fn only_node(result: &Value) -> Option<&Value> {
    match result.get("query")?.as_list()? {
        [node] => Some(node),
        _ => None,
    }
}

fn missing(value: &Value, key: &Value) -> String {
    match value.as_list() {
        Some(items) => format!("there is no element {key}: the list has {}", items.len()),
        None => format!("there is no {key} in the dictionary"),
    }
}

fn list(items: Vec<Value>, span: Span) -> Value {
    Value { kind: ValueKind::List(items), span }
}

fn dictionary(entries: Vec<(&str, Value)>, span: Span) -> Value {
    let entries = entries
        .into_iter()
        .map(|(name, value)| {
            let text = name.to_owned();
            (Key { text, span }, value)
        })
        .collect();
    Value { kind: ValueKind::Dict(entries), span }
}

/// The dictionary with keys that are C identifiers.
fn identifiers(mut value: Value) -> Value {
    if let ValueKind::Dict(entries) = &mut value.kind {
        for (key, _) in entries {
            key.text = key
                .text
                .chars()
                .map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' })
                .collect();
        }
    }
    value
}
