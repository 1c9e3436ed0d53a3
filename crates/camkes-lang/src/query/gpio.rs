//! `gpio({"pins": [...]})`: the pins wanted, and the board's list of pins, which
//! is a YAML file.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Queries, dictionary, list};
use crate::ast::Query;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::value::{Key, Value, ValueKind};

/// The list is a few levels deep.
const DEPTH_LIMIT: usize = 32;

impl Queries<'_> {
    pub(super) fn gpio(
        &mut self, query: &Query, diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let span = query.span;
        let pins = match query.arguments.as_slice() {
            [argument] => argument.get("pins"),
            _ => None,
        };
        let Some(pins) = pins else {
            diagnostics.push(
                Diagnostic::error("bad-query", "`gpio()` takes one dictionary with the key `pins`")
                    .at(span)
                    .help("write `gpio({\"pins\": [\"NAME\", ...]})`"),
            );
            return None;
        };
        if self.pins.is_none() {
            self.pins = Some(self.read_pins(span, diagnostics));
        }
        let all = self.pins.clone()??;
        unknown_pins(pins, &all, diagnostics);
        let wanted = dictionary(vec![("desired_pins", pins.clone())], span);
        Some(dictionary(vec![("query", list(vec![wanted], span)), ("all_pins", all)], span))
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

/// Says which of the wanted pins the board doesn't have, where the list is one of names.
fn unknown_pins(wanted: &Value, all: &Value, diagnostics: &mut Vec<Diagnostic>) {
    let names: Option<Vec<&str>> = match &all.kind {
        ValueKind::List(items) => items.iter().map(Value::as_str).collect(),
        ValueKind::Dict(entries) => {
            Some(entries.iter().map(|(key, _)| key.text.as_str()).collect())
        }
        _ => None,
    };
    let Some(names) = names else {
        return;
    };
    for pin in wanted.as_list().unwrap_or_default() {
        if let Some(name) = pin.as_str()
            && !names.contains(&name)
        {
            diagnostics.push(
                Diagnostic::error("unknown-pin", format!("the board has no GPIO pin `{name}`"))
                    .at(pin.span)
                    .suggest(name, names.iter().copied()),
            );
        }
    }
}

/// The entry `gpio_list` of a YAML document.
///
/// The document is built from the parser's events, since a loader would follow
/// any nesting on its stack.
fn parse(text: &str, span: Span) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|reason| reason.to_string())?;
        let kind = match event {
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Dict(Vec::new(), None));
                None
            }
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::Alias(_) => return Err("it has an alias (`*name`)".to_owned()),
            _ => None,
        };
        if open.len() > DEPTH_LIMIT {
            return Err(format!("it is nested more than {DEPTH_LIMIT} deep"));
        }
        let Some(kind) = kind else {
            continue;
        };
        let value = Value { kind, span };
        match open.last_mut() {
            Some(outer) => outer.add(value),
            // The first document is all.
            None => {
                return value
                    .get("gpio_list")
                    .cloned()
                    .ok_or_else(|| "it has no entry `gpio_list`".to_owned());
            }
        }
    }
    Err("it is empty".to_owned())
}

/// A list or mapping that is being read; of a mapping, the key that waits for
/// its value.
enum Open {
    List(Vec<Value>),
    Dict(Vec<(Key, Value)>, Option<Key>),
}

impl Open {
    fn add(&mut self, value: Value) {
        match self {
            Self::List(items) => items.push(value),
            Self::Dict(entries, waiting) => match waiting.take() {
                Some(key) => entries.push((key, value)),
                None => {
                    *waiting = Some(Key {
                        span: value.span,
                        text: match value.as_str() {
                            Some(text) => text.to_owned(),
                            None => value.to_string(),
                        },
                    });
                }
            },
        }
    }

    fn close(self) -> ValueKind {
        match self {
            Self::List(items) => ValueKind::List(items),
            Self::Dict(entries, _) => ValueKind::Dict(entries),
        }
    }
}

/// What a scalar means; in quotes it is text.
fn scalar(text: &str, style: ScalarStyle) -> ValueKind {
    if style == ScalarStyle::Plain {
        let integer = match text.strip_prefix("0x") {
            Some(digits) => i128::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        };
        if let Some(value) = integer {
            return ValueKind::Integer(value);
        }
        match text {
            "true" | "True" => return ValueKind::Integer(1),
            "false" | "False" => return ValueKind::Integer(0),
            "null" | "~" => return ValueKind::String(String::new()),
            _ => {}
        }
        let digits = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
        if let (true, Ok(value)) = (digits, text.parse()) {
            return ValueKind::Float(value);
        }
    }
    ValueKind::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn what_would_use_up_the_machine_is_refused() {
        let file = SourceMap::default().add(Path::new("a"), String::new);
        let span = Span { file, start: 0, end: 0 };
        let reason = |text: &str| parse(text, span).expect_err("it is refused");
        let deep = "it is nested more than 32 deep";
        assert_eq!(reason(&"[".repeat(40)), deep);
        assert_eq!(reason(&"- ".repeat(100_000)), deep);
        assert_eq!(reason("a: &x [1]\nb: *x\n"), "it has an alias (`*name`)");
    }

    #[test]
    fn wanted_pins_are_on_the_list() {
        let file = SourceMap::default().add(Path::new("a"), String::new);
        let span = Span { file, start: 0, end: 0 };
        let found = |all: &str, wanted: &str| {
            let list = |text: &str| parse(&format!("gpio_list: {text}"), span).expect("a list");
            let mut diagnostics = Vec::new();
            unknown_pins(&list(wanted), &list(all), &mut diagnostics);
            let messages = diagnostics.into_iter().map(|it| it.message + &it.help.join(""));
            messages.collect::<Vec<_>>()
        };
        assert_eq!(
            found("[PIN_A0, PIN_A1]", "[PIN_A1, PIN_B1, ELSE]"),
            [
                "the board has no GPIO pin `PIN_B1`did you mean `PIN_A1`?",
                "the board has no GPIO pin `ELSE`"
            ]
        );
        assert_eq!(found("{PIN_A0: 1}", "[PIN_A0]"), [""; 0]);
        assert_eq!(found("[{name: PIN_A0}]", "[PIN_A7]"), [""; 0]);
    }

    #[test]
    fn the_list_is_read_from_yaml() {
        let file = SourceMap::default().add(Path::new("a"), String::new);
        let span = Span { file, start: 0, end: 0 };
        let text =
            "gpio_list:\n  - name: PA0\n    id: 0x3\n    on: true\n    ratio: 0.5\n  - {1: '2'}\n";
        assert_eq!(
            parse(text, span).expect("a list").to_string(),
            "[{\"name\": \"PA0\", \"id\": 3, \"on\": 1, \"ratio\": 0.5}, {\"1\": \"2\"}]"
        );
        for (text, reason) in [
            ("pins: []", "it has no entry `gpio_list`"),
            ("", "it is empty"),
            ("a: &x 1\nb: *x", "it has an alias (`*name`)"),
        ] {
            assert_eq!(parse(text, span).expect_err("no list"), reason, "{text}");
        }
        for deep in [": ".repeat(10_000), "[".repeat(40), "- ".repeat(10_000)] {
            assert_eq!(parse(&deep, span).expect_err("too deep"), "it is nested more than 32 deep");
        }
    }
}
