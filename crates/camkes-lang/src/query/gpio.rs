//! `gpio({"pins": [...]})`: the pins wanted, and the board's list of pins, which
//! is a YAML file.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use saphyr_parser::{Event, Parser};

use super::{Queries, dictionary, list};
use crate::ast::Query;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::value::{Key, Value, ValueKind};

/// The list is a few levels deep.
const DEPTH_LIMIT: usize = 32;

impl Queries<'_> {
    pub(super) fn gpio(
        &mut self,
        query: &Query,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let span = query.span;
        let pins = match query.arguments.as_slice() {
            [argument] => argument.get("pins"),
            _ => None,
        };
        let Some(pins) = pins else {
            diagnostics.push(
                Diagnostic::error(
                    "bad-query",
                    "`gpio()` takes one dictionary with the key `pins`",
                )
                .at(span)
                .help("write `gpio({\"pins\": [\"NAME\", ...]})`"),
            );
            return None;
        };
        if self.pins.is_none() {
            self.pins = Some(self.read_pins(span, diagnostics));
        }
        let all = self.pins.clone()??;
        let wanted = dictionary(vec![("desired_pins", pins.clone())], span);
        Some(dictionary(
            vec![("query", list(vec![wanted], span)), ("all_pins", all)],
            span,
        ))
    }

    fn read_pins(&mut self, span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
        let Some(path) = &self.options.gpio_list else {
            diagnostics.push(
                Diagnostic::error("no-gpio-list", "there is no list of GPIO pins to ask")
                    .at(span)
                    .help("give the board's list, a YAML file, with `--gpio`"),
            );
            return None;
        };
        self.files.push(path.clone());
        let result = std::fs::read_to_string(path)
            .map_err(|reason| reason.to_string())
            .and_then(|text| parse(&text, span));
        match result {
            Ok(value) => Some(value),
            Err(reason) => {
                diagnostics.push(
                    Diagnostic::error(
                        "bad-gpio-list",
                        format!("can't read the list of pins `{}`: {reason}", path.display()),
                    )
                    .at(span),
                );
                None
            }
        }
    }
}

/// Refuses what would use up the stack or the memory when it is loaded: the loader
/// recurses, and copies what an alias names.
fn check_structure(text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        match event.map_err(|reason| reason.to_string())?.0 {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::Alias(_) => return Err("it has an alias (`*name`)".to_owned()),
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return Err(format!("it is nested more than {DEPTH_LIMIT} deep"));
        }
    }
    Ok(())
}

/// The entry `gpio_list` of a YAML document.
fn parse(text: &str, span: Span) -> Result<Value, String> {
    check_structure(text)?;
    let documents = Yaml::load_from_str(text).map_err(|reason| reason.to_string())?;
    let document = documents.first().ok_or("it is empty")?;
    let value = convert(document, span)?;
    value
        .get("gpio_list")
        .cloned()
        .ok_or_else(|| "it has no entry `gpio_list`".to_owned())
}

/// Recurses as deep as the document is nested.
fn convert(yaml: &Yaml<'_>, span: Span) -> Result<Value, String> {
    let kind = match yaml {
        Yaml::Value(Scalar::Null) => ValueKind::String(String::new()),
        Yaml::Value(Scalar::Boolean(value)) => ValueKind::Integer(i128::from(*value)),
        Yaml::Value(Scalar::Integer(value)) => ValueKind::Integer(i128::from(*value)),
        Yaml::Value(Scalar::FloatingPoint(value)) => ValueKind::Float(value.into_inner()),
        Yaml::Value(Scalar::String(text)) => ValueKind::String(text.to_string()),
        Yaml::Sequence(items) => ValueKind::List(
            items
                .iter()
                .map(|item| convert(item, span))
                .collect::<Result<_, _>>()?,
        ),
        Yaml::Mapping(entries) => {
            let mut converted = Vec::new();
            for (key, value) in entries {
                let key = convert(key, span)?;
                let text = match key.as_str() {
                    Some(text) => text.to_owned(),
                    None => key.to_string(),
                };
                converted.push((Key { text, span }, convert(value, span)?));
            }
            ValueKind::Dict(converted)
        }
        _ => return Err("it has a value that is no scalar, list or mapping".to_owned()),
    };
    Ok(Value { kind, span })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn what_would_use_up_the_machine_is_refused() {
        let file = SourceMap::default().add(Path::new("a"), String::new);
        let span = Span {
            file,
            start: 0,
            end: 0,
        };
        let reason = |text: &str| parse(text, span).expect_err("it is refused");
        let deep = "it is nested more than 32 deep";
        assert_eq!(reason(&"[".repeat(40)), deep);
        assert_eq!(reason(&"- ".repeat(100_000)), deep);
        assert_eq!(reason("a: &x [1]\nb: *x\n"), "it has an alias (`*name`)");
    }

    #[test]
    fn the_list_is_read_from_yaml() {
        let file = SourceMap::default().add(Path::new("a"), String::new);
        let span = Span {
            file,
            start: 0,
            end: 0,
        };
        let value = parse("gpio_list:\n  - name: PA0\n    id: 3\n", span).expect("a list");
        assert_eq!(value.to_string(), "[{\"name\": \"PA0\", \"id\": 3}]");
        assert_eq!(
            parse("pins: []", span).expect_err("no list"),
            "it has no entry `gpio_list`"
        );
    }
}
