//! Broken systems, and what is said about them.
//!
//! Each `broken/*.camkes` has a `.txt` beside it with all that `camkes check` prints. After a
//! deliberate change of messages, `BLESS=1 cargo test -p camkes --test broken` writes them anew:
//! read the difference before committing it.

mod common;

use std::fs;
use std::path::Path;

use camkes_lang::Severity;

#[test]
fn broken_systems_get_the_expected_messages() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    let files = common::systems("broken");
    assert!(files.len() >= 60, "only {} broken systems", files.len());
    for file in &files {
        let loaded = common::load(file);
        let found: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|diagnostic| match &diagnostic.primary {
                // The words are the installed preprocessor's.
                Some(label) if diagnostic.code == "preprocessor" => {
                    format!("line {} [preprocessor]", loaded.sources.position(label.span).line)
                }
                None if diagnostic.code == "preprocessor" => "[preprocessor]".to_owned(),
                _ => diagnostic.render(&loaded.sources, false),
            })
            .collect();
        let found = found.join("\n");
        let expected = file.with_extension("txt");
        if bless {
            fs::write(&expected, &found).expect("the expectation can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{} gets\n{found}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n\n{}", wrong.len(), wrong.join("\n"));
}

/// Every broken system has an error, and the first line of each message says where: in the file
/// itself, unless it is another file that is to blame.
#[test]
fn first_lines_name_file_line_and_mistake() {
    for file in common::systems("broken") {
        let loaded = common::load(&file);
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(!errors.is_empty(), "{} has no error", file.display());
        for diagnostic in &loaded.diagnostics {
            let text = diagnostic.render(&loaded.sources, false);
            let first = text.lines().next().unwrap_or_default();
            assert!(!diagnostic.message.contains('\n'), "{first}");
            assert!(first.ends_with(&format!("[{}]", diagnostic.code)), "{first}");
            let Some(label) = &diagnostic.primary else {
                let known = ["no-assembly", "preprocessor"];
                assert!(known.contains(&diagnostic.code), "no place: {first}");
                continue;
            };
            let position = loaded.sources.position(label.span);
            assert!(first.starts_with(&position.to_string()), "{first}");
            assert!(Path::new(&position.path).exists(), "{first}");
            assert!(position.line > 0 && position.column > 0, "{first}");
        }
    }
}

/// A name that is nearly right gets the right one suggested.
#[test]
fn near_names_are_suggested() {
    let cases = [
        ("import_near_name", "std_connector.camkes"),
        ("queue_unknown_end", "vm1.recv"),
        ("setting_unknown_attribute", "retries"),
        ("setting_unknown_field", "size"),
        ("setting_unknown_key", "heap_size"),
        ("setting_unknown_target", "client"),
        ("unknown_component", "Server"),
        ("unknown_connector", "seL4RPCCall"),
        ("unknown_instance", "server"),
        ("unknown_interface", "adder"),
        ("unknown_procedure", "Adder"),
    ];
    for (name, near) in cases {
        let loaded = common::load(Path::new(&format!("tests/broken/{name}.camkes")));
        let help: Vec<&String> = loaded.diagnostics.iter().flat_map(|d| &d.help).collect();
        let wanted = format!("did you mean `{near}`?");
        assert!(help.contains(&&wanted), "{name}: expected {wanted}, found {help:?}");
    }
}

/// Warnings are no errors unless that is asked for.
#[test]
fn strictness_makes_errors_of_warnings() {
    let file = Path::new("tests/broken/call_circle.camkes");
    let severities = |strict| -> Vec<Severity> {
        let loaded = common::load_with(file, strict);
        loaded.diagnostics.iter().map(|d| d.severity).collect()
    };
    assert_eq!(severities(false), [Severity::Warning]);
    assert_eq!(severities(true), [Severity::Error]);
}
