//! The nearest known name to a wrong one.

use super::{Names, Scope, all};

/// The known name that is most like `wrong`: a key declared for `scope` with the instance's own `names` put in,
/// or one of `also` (the component's attributes). `None` if nothing is close enough to be worth suggesting.
///
/// ```
/// use camkes_lang::keys::{Names, Scope, nearest};
///
/// let near = nearest(Scope::Instance, "heap_sise", Names::default(), &[]);
/// assert_eq!(near.as_deref(), Some("heap_size"));
/// ```
pub fn nearest(scope: Scope, wrong: &str, names: Names<'_>, also: &[&str]) -> Option<String> {
    let digits: String = wrong.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse().ok();
    let keys = all().iter().filter(|key| key.scope == scope);
    let mut candidates: Vec<String> =
        keys.flat_map(|key| key.pattern.concrete(names, number)).collect();
    candidates.extend(also.iter().map(|&name| name.to_owned()));
    // Sorted, so that of two equally near names the same one is always suggested.
    candidates.sort();
    let distance = |name: &String| strsim::damerau_levenshtein(wrong, name);
    let near = candidates
        .into_iter()
        .map(|name| (distance(&name), name))
        .min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, name)| {
        (1..wrong.chars().count()).contains(distance) && *distance <= 1 + name.len() / 5
    })
    .map(|(_, name)| name)
}
