//! Files through the C preprocessor that is installed: places, dependencies, failures.

use std::path::{Path, PathBuf};

use camkes_lang::{LoadOptions, Loaded, Preprocessor, load};

/// A directory of the test's own with these files in it.
fn files(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("preprocess").join(test);
    for (name, text) in files {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    directory
}

fn options(directory: &Path) -> LoadOptions {
    LoadOptions {
        main: directory.join("main.camkes"),
        include_paths: vec![directory.join("include")],
        import_paths: vec![directory.join("imports")],
        builtin_dir: Some(directory.join("builtin")),
        defines: vec!["NAME=a".to_owned(), "FLAG".to_owned()],
        ..LoadOptions::default()
    }
}

/// The first lines of the messages, the directory left out.
fn summaries(loaded: &Loaded, directory: &Path) -> Vec<String> {
    let prefix = format!("{}/", directory.display());
    loaded
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.summary(&loaded.sources).replace(&prefix, ""))
        .collect()
}

const MACROS: &str = "#ifndef CAMKES_TOOL_PROCESSING\n#error not for CAmkES\n#endif\n\
                      #define STRING_(x...) #x\n#define STRING(x...) STRING_(x)\n\
                      #define INSTANCE(n) component A inst##n; \\\n    component B other##n;\n";

const MAIN: &str = "\
#include <macros.h>
import <types.camkes>;
import \"local.camkes\";
assembly {
    composition {
        INSTANCE(0) /* the first */ component Bb wrong;
#ifdef FLAG
        component A NAME;
#endif
    }
    configuration {
        NAME.text = STRING(1, 2) \"it's
 two lines\";
        a.big = (1 << 4) +   LOST;
    }
}
";

fn project(test: &str) -> PathBuf {
    files(
        test,
        &[
            ("main.camkes", MAIN),
            ("include/macros.h", MACROS),
            ("builtin/types.camkes", "component A { attribute string text; }\n"),
            ("imports/types.camkes", "component Wrong { control; }\n"),
            ("local.camkes", "import <types.camkes>;\ncomponent B { control; }\n"),
        ],
    )
}

#[test]
fn places_are_those_of_the_original() {
    let directory = project("places");
    let loaded = load(&options(&directory));
    assert_eq!(
        summaries(&loaded, &directory),
        [
            "main.camkes:6:47: error: unknown component `Bb` [unknown-component]",
            "main.camkes:14:30: error: expected a number, found `LOST` [syntax]",
        ]
    );
    let text = loaded.diagnostics[0].render(&loaded.sources, false);
    assert!(
        text.contains("this line expands to: component A inst0; component B other0;"),
        "{text}"
    );
    let model = loaded.model.expect("a model");
    let a = &model[model.instance_named("a").expect("the instance")];
    let value = a.value("text").and_then(|value| value.as_str());
    assert_eq!(value, Some("1, 2it's\n two lines"));
}

#[test]
fn every_file_is_a_dependency() {
    let directory = project("dependencies");
    let loaded = load(&options(&directory));
    let names: Vec<PathBuf> = loaded
        .dependencies
        .iter()
        .filter_map(|path| path.strip_prefix(&directory).ok())
        .map(Path::to_path_buf)
        .collect();
    assert_eq!(
        names,
        ["builtin/types.camkes", "include/macros.h", "local.camkes", "main.camkes"]
            .map(PathBuf::from)
    );
}

#[test]
fn a_missing_header_is_reported_where_it_is_included() {
    let directory =
        files("missing", &[("main.camkes", "// x\n#include <no/such.h>\nassembly {}\n")]);
    let messages = summaries(&load(&options(&directory)), &directory);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("main.camkes:2:10: error: "), "{messages:?}");
    assert!(messages[0].contains("no/such.h"), "{messages:?}");
}

#[test]
fn a_missing_file_is_named() {
    let directory = files("nothing", &[]);
    let messages = summaries(&load(&options(&directory)), &directory);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].starts_with("error: can't read `main.camkes`: No such file"),
        "{messages:?}"
    );
}

#[test]
fn a_missing_import_says_where_it_was_looked_for() {
    let directory = files(
        "imports",
        &[
            ("main.camkes", "import <typse.camkes>;\nimport \"types.camkes\";\n"),
            ("imports/types.camkes", "component A { control; }\n"),
        ],
    );
    let loaded = load(&options(&directory));
    assert_eq!(
        summaries(&loaded, &directory),
        [
            "main.camkes:1:1: error: the imported file `typse.camkes` does not exist [unknown-import]",
            "main.camkes:2:1: error: the imported file `types.camkes` does not exist [unknown-import]",
        ]
    );
    assert_eq!(loaded.diagnostics[0].help, ["did you mean `types.camkes`?"]);
    assert!(loaded.diagnostics[0].notes[0].contains("/builtin`, "));
    assert_eq!(
        loaded.diagnostics[1].help,
        ["it is on the import path: write `import <types.camkes>;`"]
    );
}

#[test]
fn without_a_preprocessor_directives_are_skipped() {
    let directory =
        files("disabled", &[("main.camkes", "#include <no/such.h>\ncomponent A { contrl; }\n")]);
    let loaded = load(&LoadOptions { preprocessor: Preprocessor::Disabled, ..options(&directory) });
    assert_eq!(
        summaries(&loaded, &directory),
        ["main.camkes:2:15: error: expected a component statement, found `contrl` [syntax]"]
    );
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_a_place() {
    let directory = files("bytes", &[]);
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("main.camkes"), b"/* \xe9 */\ncomponent A { \xff control; }\n")
        .expect("a file");
    let messages = summaries(&load(&options(&directory)), &directory);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("main.camkes:2:15: error: "), "{messages:?}");
    assert!(messages[0].contains("has no meaning in CAmkES"), "{messages:?}");
}

#[test]
fn the_same_input_gives_the_same_result() {
    let directory = project("same");
    let show = || {
        let loaded = load(&options(&directory));
        format!("{:?} {:?} {:?}", loaded.model, loaded.diagnostics, loaded.dependencies)
    };
    assert_eq!(show(), show());
}
