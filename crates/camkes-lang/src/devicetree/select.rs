//! Which node a query means.
//!
//! A query is a dictionary with one or more of these keys:
//!
//! - `aliases`: the name of an alias;
//! - `chosen`: a property of `/chosen` that names a node by path or alias;
//! - `path`: a regular expression that is searched for in the path, upper and
//!   lower case being the same;
//! - `properties`: a dictionary of properties and their values. `name[i]` is
//!   the element of that index, `name[*]` all of them as a list.

use regex::RegexBuilder;

use super::tree::{Property, Tree};
use crate::diagnostics::{Diagnostic, nearest};
use crate::value::{Key, Value, ValueKind};

const KEYS: &[&str] = &["aliases", "chosen", "path", "properties"];

/// Compiled regular expressions larger than this are refused.
const REGEX_LIMIT: usize = 1 << 20;

/// Selects the first matching node. Nothing if no node matches, or if the
/// query asks for none; an error if it can't be understood.
pub(crate) fn select(tree: &Tree, query: &Value) -> Result<Option<usize>, Box<Diagnostic>> {
    let entries = query.as_dict().unwrap_or_default();
    for (key, _) in entries {
        if !KEYS.contains(&key.text.as_str()) {
            return Err(Box::new(
                error(key.span, format!("`dtb()` has no key `{}`", key.text))
                    .note(format!("its keys are: {}", KEYS.join(", ")))
                    .suggest(&key.text, KEYS.iter().copied()),
            ));
        }
    }
    if let Some(alias) = query.get("aliases") {
        return by_alias(tree, text(alias, "aliases")?, alias).map(Some);
    }
    if let Some(chosen) = query.get("chosen") {
        return by_chosen(tree, text(chosen, "chosen")?, chosen).map(Some);
    }
    let properties = query.get("properties");
    let candidates = match query.get("path") {
        Some(path) => by_path(tree, text(path, "path")?, path, properties.is_none())?,
        None if properties.is_none() => return Ok(None),
        None => tree.below_root().collect(),
    };
    let Some(properties) = properties else {
        return Ok(candidates.first().copied());
    };
    let Some(wanted) = properties.as_dict() else {
        let text = format!("`properties` is a dictionary, not {}", properties.describe());
        return Err(Box::new(error(properties.span, text)));
    };
    for index in candidates {
        let mut all = !wanted.is_empty();
        for (key, value) in wanted {
            all = all && matches(tree, index, key, value)?;
        }
        if all {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn error(span: crate::source::Span, text: String) -> Diagnostic {
    Diagnostic::error("bad-query", text).at(span)
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, Box<Diagnostic>> {
    value.as_str().ok_or_else(|| {
        let text = format!("`{key}` is a string, not {}", value.describe());
        Box::new(error(value.span, text))
    })
}

/// All nodes whose path matches, or only the first.
fn by_path(
    tree: &Tree, pattern: &str, value: &Value, first: bool,
) -> Result<Vec<usize>, Box<Diagnostic>> {
    let regex =
        RegexBuilder::new(pattern).case_insensitive(true).size_limit(REGEX_LIMIT).build().map_err(
            |reason| {
                let text = format!("`{pattern}` is not a regular expression");
                Box::new(error(value.span, text).note(reason.to_string()))
            },
        )?;
    let found = tree.below_root().filter(|index| regex.is_match(&tree.node(*index).path));
    Ok(if first { found.take(1).collect() } else { found.collect() })
}

fn by_alias(tree: &Tree, name: &str, value: &Value) -> Result<usize, Box<Diagnostic>> {
    let path = string_property(tree, "/aliases", name, value)?;
    node_at(tree, path, value, &format!("alias `{name}`"))
}

fn by_chosen(tree: &Tree, name: &str, value: &Value) -> Result<usize, Box<Diagnostic>> {
    let path = string_property(tree, "/chosen", name, value)?;
    // `stdout-path` has options after a colon.
    let path = path.split(':').next().unwrap_or(path);
    if path.starts_with('/') {
        node_at(tree, path, value, &format!("`{name}` of `/chosen`"))
    } else {
        by_alias(tree, path, value)
    }
}

fn string_property<'t>(
    tree: &'t Tree, node: &str, name: &str, value: &Value,
) -> Result<&'t str, Box<Diagnostic>> {
    let Some(index) = tree.find(node) else {
        let text = format!("the device tree has no node `{node}`");
        return Err(Box::new(error(value.span, text)));
    };
    let node_properties = &tree.node(index).properties;
    match tree.node(index).property(name) {
        Some(Property::Strings(strings)) if strings.len() == 1 => Ok(&strings[0]),
        Some(_) => {
            let text = format!("`{name}` of `{node}` is not a path");
            Err(Box::new(error(value.span, text)))
        }
        None => Err(Box::new(
            error(value.span, format!("`{node}` of the device tree has no property `{name}`"))
                .suggest(name, node_properties.iter().map(|(known, _)| known.as_str())),
        )),
    }
}

fn node_at(tree: &Tree, path: &str, value: &Value, what: &str) -> Result<usize, Box<Diagnostic>> {
    tree.find(path).ok_or_else(|| {
        let text = format!("{what} is `{path}`, which is not in the device tree");
        Box::new(error(value.span, text))
    })
}

/// Which elements of a property a key means.
enum Elements {
    At(usize),
    All,
}

fn parse_key(key: &Key) -> Result<(&str, Elements), Box<Diagnostic>> {
    let Some((name, index)) = key.text.split_once('[') else {
        return Ok((&key.text, Elements::At(0)));
    };
    let index = index.split_once(']').map(|(index, _)| index.trim());
    let parsed = match index {
        Some("*") => Some(Elements::All),
        Some(digits) => match digits.strip_prefix("0x") {
            Some(digits) => usize::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        }
        .map(Elements::At),
        None => None,
    };
    match parsed {
        Some(elements) => Ok((name, elements)),
        None => Err(Box::new(
            error(key.span, format!("`{}` has a bad index", key.text))
                .help("write `name[0]` for one element, or `name[*]` for all as a list"),
        )),
    }
}

/// Whether a node has the property with that value.
fn matches(tree: &Tree, node: usize, key: &Key, value: &Value) -> Result<bool, Box<Diagnostic>> {
    let (name, elements) = parse_key(key)?;
    let Some(property) = tree.node(node).property(name) else {
        return Ok(false);
    };
    let wanted = match (&elements, &value.kind) {
        (Elements::All, ValueKind::List(items)) => items.as_slice(),
        (Elements::All, _) => {
            let text = format!("`{}` takes a list, not {}", key.text, value.describe());
            return Err(Box::new(error(value.span, text)));
        }
        (Elements::At(_), _) => std::slice::from_ref(value),
    };
    Ok(match property {
        Property::Empty => wanted.iter().all(is_nothing),
        Property::Strings(strings) => {
            compare(strings, &elements, wanted, |string, value| value.as_str() == Some(string))
        }
        Property::Words(words) => compare(words, &elements, wanted, |word, value| {
            value.as_integer() == Some(i128::from(*word))
        }),
        Property::Bytes(bytes) => compare(bytes, &elements, wanted, |byte, value| {
            value.as_integer() == Some(i128::from(*byte))
        }),
    })
}

fn compare<T>(
    elements: &[T], which: &Elements, wanted: &[Value], equal: impl Fn(&T, &Value) -> bool,
) -> bool {
    match which {
        Elements::At(index) => {
            elements.get(*index).is_some_and(|element| equal(element, &wanted[0]))
        }
        Elements::All => {
            elements.len() == wanted.len() && elements.iter().zip(wanted).all(|(a, b)| equal(a, b))
        }
    }
}

/// What an empty property is equal to.
fn is_nothing(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Integer(value) => *value == 0,
        ValueKind::Float(_) => false,
        ValueKind::String(text) => text.is_empty(),
        ValueKind::List(items) => items.is_empty(),
        ValueKind::Dict(entries) => entries.is_empty(),
    }
}

/// The path that is nearest to a plain one that isn't there.
pub(crate) fn nearest_path<'t>(tree: &'t Tree, query: &Value) -> Option<&'t str> {
    nearest(query.get("path")?.as_str()?, tree.paths())
}
