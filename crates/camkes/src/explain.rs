//! `camkes explain`.

use std::fmt::Write as _;
use std::path::Path;

use camkes_lang::keys::{self, Arch, Key, Names, Scope, Status};
use serde_json::json;

use crate::attributes::{self, Attribute};
use crate::{Outcome, print};

pub fn run(name: &str, library: Option<&Path>, json: bool) -> Result<Outcome, String> {
    // `vm0.heap_size` is the key `heap_size`; a pattern has no dots.
    let key = name.rsplit('.').next().unwrap_or(name);
    let found = keys::explain(key);
    let (attributes, others): (Vec<Attribute>, Vec<Attribute>) = library
        .map_or_else(Vec::new, attributes::all)
        .into_iter()
        .partition(|attribute| attribute.is_about(key));
    if found.is_empty() && attributes.is_empty() {
        return Err(unknown(key, &others));
    }
    if json {
        let list: Vec<_> = found.iter().map(|key| as_json(key)).collect();
        let attributes: Vec<_> = attributes.iter().map(Attribute::as_json).collect();
        let report = json!({ "schema": 1, "keys": list, "attributes": attributes });
        let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
        text.push('\n');
        print(&text);
    } else {
        let keys = found.iter().map(|key| as_text(key));
        let texts: Vec<String> = keys.chain(attributes.iter().map(Attribute::as_text)).collect();
        print(&texts.join("\n"));
    }
    Ok(Outcome::Good)
}

fn unknown(key: &str, attributes: &[Attribute]) -> String {
    let mut message = format!(
        "no configuration key `{key}` is declared, and no standard component has such an attribute"
    );
    let names: Vec<&str> = attributes.iter().flat_map(Attribute::names).collect();
    let near = [Scope::Instance, Scope::Interface, Scope::Connection]
        .into_iter()
        .find_map(|scope| keys::nearest(scope, key, Names::default(), &names));
    let near = near.or_else(|| {
        let patterns: Vec<String> = keys::all().iter().map(|key| key.pattern.to_string()).collect();
        let names = patterns.iter().map(String::as_str);
        camkes_lang::diagnostics::nearest(key, names).map(str::to_owned)
    });
    match near {
        Some(near) => _ = write!(message, "; did you mean `{near}`?"),
        None => message.push_str(
            "; it may be an attribute of one of your components: look into its .camkes file",
        ),
    }
    message
}

fn as_text(key: &Key) -> String {
    let mut out = format!("{} (set on an {})\n", key.pattern, key.scope.as_str());
    if key.scope == Scope::Connection {
        out = format!("{} (set on a connection)\n", key.pattern);
    }
    // Writing to a string can't fail.
    let mut line = |label: &str, text: &str| _ = writeln!(out, "  {label:<9} {text}");
    line("type:", &key.shape.to_string());
    if let Some(range) = range(key) {
        line("range:", &range);
    }
    if let Some(default) = &key.default {
        line("default:", default);
    }
    if !key.read_by.is_empty() {
        let readers = wrap(&key.read_by.join(", "), 78).replace("\n  ", "\n            ");
        line("read by:", readers.trim());
    }
    match key.arch {
        Some(Arch::Arm) => line("only on:", "ARM"),
        Some(Arch::X86) => line("only on:", "x86"),
        None => {}
    }
    match key.status {
        Status::Live => {}
        Status::Ignored => line("status:", "accepted, and has no effect"),
        Status::Dead => line("status:", "nothing ever read it"),
    }
    for paragraph in key.note.iter().chain([&key.doc]) {
        out.push('\n');
        for text in paragraph.split("\n\n") {
            out.push_str(&wrap(text, 78));
        }
    }
    out
}

fn range(key: &Key) -> Option<String> {
    match (key.min, key.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    }
}

/// Breaks a paragraph into indented lines.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > width {
            if column != 0 {
                out.push('\n');
            }
            out.push_str("  ");
            column = 2;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

fn as_json(key: &Key) -> serde_json::Value {
    json!({
        "name": key.pattern.to_string(),
        "scope": key.scope.as_str(),
        "type": key.shape.to_string(),
        "default": key.default,
        "min": key.min,
        "max": key.max,
        "read_by": key.read_by,
        "connectors": key.connectors,
        "status": match key.status {
            Status::Live => "live",
            Status::Ignored => "ignored",
            Status::Dead => "dead",
        },
        "note": key.note,
        "doc": key.doc,
    })
}

#[cfg(test)]
mod tests {
    use camkes_lang::keys;

    use super::{as_text, unknown, wrap};

    #[test]
    fn a_key_is_described() {
        let text = as_text(keys::explain("heap_size")[0]);
        assert!(text.starts_with("heap_size (set on an instance)\n  type:     int\n"), "{text}");
    }

    #[test]
    fn a_near_name_is_suggested() {
        assert!(unknown("heap_sise", &[]).ends_with("did you mean `heap_size`?"));
        assert!(unknown("utterly_unknown", &[]).contains("it may be an attribute"));
    }

    #[test]
    fn lines_are_broken_at_words() {
        assert_eq!(wrap("aa bb cc", 7), "  aa bb\n  cc\n");
    }
}
