use std::fs;

use super::{Finding, Verdict, examine, json, text};

/// Examines a folder with these files.
fn app(files: &[(&str, &str)]) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    examine(folder.path()).expect("an application")
}

fn work(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.verdict != Verdict::Works)
        .map(|finding| format!("{}:{}: {}", finding.path.display(), finding.line, finding.what))
        .collect()
}

#[test]
fn a_declarative_application_works() {
    let findings = app(&[
        ("app.camkes", "assembly {}"),
        (
            "CMakeLists.txt",
            "include(${CAMKES_VM_HELPERS_PATH})\nDeclareCAmkESVM(Init0)\n\
             AddToFileServer(\"bzimage\" ${kernel})\nDeclareCAmkESVMRootServer(app.camkes)\n",
        ),
    ]);
    assert!(work(&findings).is_empty(), "{findings:?}");
    assert!(text("app".as_ref(), &findings).starts_with("app: everything works as it is"));
}

#[test]
fn sources_templates_and_connectors_need_porting() {
    let findings = app(&[
        ("app.camkes", "connector Mine {\n  from Event; to Event;\n}\n"),
        ("CMakeLists.txt", "DeclareCAmkESComponent(Pilot SOURCES src/pilot.c)\n"),
        ("src/pilot.c", "#include <camkes.h>\nint run(void) { return 0; }\n"),
        ("src/module.c", "#include <camkes.h>\nDEFINE_MODULE(a, NULL, b)\n"),
        ("src/user/tool.c", "int main(void) { return 0; }\n"),
        ("templates/Mine-from.template.c", "/*- if x -*/"),
    ]);
    assert_eq!(
        work(&findings),
        [
            "CMakeLists.txt:1: calls DeclareCAmkESComponent",
            "app.camkes:1: declares the connector Mine",
            "src/module.c:2: is a module of the VMM",
            "src/pilot.c:1: is a CAmkES component",
            "templates/Mine-from.template.c:0: is a template",
        ]
    );
}

#[test]
fn keywords_that_were_always_ignored_are_named() {
    let findings = app(&[
        ("app.camkes", ""),
        (
            "CMakeLists.txt",
            "DeclareCAmkESVM(Init0 SOURCES a.c)\nAddToFileServre(a b)\nset(VmVchan ON)\n",
        ),
    ]);
    let work: Vec<(Verdict, &str)> = findings
        .iter()
        .filter(|finding| finding.verdict != Verdict::Works)
        .map(|finding| (finding.verdict, finding.how.as_str()))
        .collect();
    assert_eq!(work[0], (Verdict::Change, "The keyword is EXTRA_SOURCES."));
    assert_eq!(work[1], (Verdict::Unsupported, "Did you mean AddToFileServer?"));
    assert_eq!(work[2].0, Verdict::Unsupported);
}

#[test]
fn the_json_report_has_a_schema() {
    let findings = app(&[("app.camkes", "")]);
    let report: serde_json::Value =
        serde_json::from_str(&json("app".as_ref(), &findings)).expect("JSON");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["findings"][0]["verdict"], "works");
}

#[test]
fn a_folder_that_is_no_application_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = examine(folder.path()).expect_err("nothing is there");
    assert!(error.contains("no .camkes file in this folder"), "{error}");
    let error = examine(&folder.path().join("missing")).expect_err("it does not exist");
    assert!(error.contains("missing: "), "{error}");
}
