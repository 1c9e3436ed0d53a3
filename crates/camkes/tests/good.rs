//! Systems that are legal, and stay so. Each has a `.txt` beside it with the warnings and notes
//! that it gets; most get none. `BLESS=1` writes them anew.

mod common;

use std::fs;

#[test]
fn good_systems_have_no_errors() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for file in common::systems("good") {
        let loaded = common::load(&file);
        let found: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.render(&loaded.sources, false))
            .collect();
        let found = found.join("\n");
        let expected = file.with_extension("txt");
        let known = fs::read_to_string(&expected).unwrap_or_default();
        if loaded.has_errors() {
            wrong.push(format!("{} has errors:\n{found}", file.display()));
        } else if bless && !found.is_empty() {
            fs::write(&expected, &found).expect("the expectation can be written");
        } else if !bless && known != found {
            wrong.push(format!("{} gets\n{found}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
