//! The configuration as a table, and its lookup with an error that helps.

use proc_macro2::Ident;
use syn::{Error, Result};

/// The value of one configuration key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A switch.
    Bool(bool),
    /// Everything else, numbers included.
    Text(&'static str),
}

include!(concat!(env!("OUT_DIR"), "/config.rs"));

/// All keys with their values, sorted by key.
pub(crate) fn entries() -> &'static [(&'static str, Value)] {
    CONFIG
}

/// The value of `key`, or an error at the key's place in the source that names similar keys.
pub(crate) fn lookup(key: &Ident) -> Result<Value> {
    let name = key.to_string();
    if let Ok(index) = CONFIG.binary_search_by(|(known, _)| (*known).cmp(name.as_str())) {
        return Ok(CONFIG[index].1);
    }
    let similar = CONFIG
        .iter()
        .map(|(known, _)| *known)
        .min_by_key(|known| distance(known, &name))
        .unwrap_or("none");
    Err(Error::new(
        key.span(),
        format!(
            "the kernel configuration has no key `{name}`; the nearest one is `{similar}` \
             (is SEL4_PREFIX the kernel you mean?)"
        ),
    ))
}

/// Levenshtein distance, to propose the key that was meant.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substitute = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn a_typo_gets_the_nearest_key() {
        let err = lookup(&Ident::new("KERNEL_MSC", Span::call_site())).unwrap_err();
        assert!(err.to_string().contains("nearest one is `KERNEL_MCS`"), "{err}");
    }

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(CONFIG.is_sorted_by_key(|(key, _)| *key));
    }
}
