//! Small systems, and all that is made of them.
//!
//! Each `golden/*.camkes` has a `.cdl` beside it. After a deliberate change,
//! `BLESS=1 cargo test -p camkes-assemble --test golden` writes them anew: read the difference
//! before committing it.

mod common;

use std::fs;

use camkes_assemble::output::capdl;

#[test]
fn small_systems_are_what_they_were() {
    let folder = common::root().join("crates/camkes-assemble/tests/golden");
    let bless = std::env::var_os("BLESS").is_some();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "camkes"))
        .collect();
    files.sort();
    assert!(files.len() >= 3);
    let mut wrong = Vec::new();
    for file in files {
        let source = common::Source::new(&fs::read_to_string(&file).unwrap());
        let text = capdl::text(&source.system());
        let expected = file.with_extension("cdl");
        if bless {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(format!("{} gives\n{text}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
