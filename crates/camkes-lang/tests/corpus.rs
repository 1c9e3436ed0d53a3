//! Published applications load unchanged against this repository's standard library.
//!
//! `CAMKES_CORPUS` names the directory that they are in, see `common/corpus.rs`.

mod common;

use camkes_lang::{load, parse_file};
use common::corpus;

#[test]
fn every_file_parses() {
    let Some(corpus) = corpus::directory() else {
        return;
    };
    let mut broken = Vec::new();
    let mut count = 0;
    for repository in ["camkes-vm", "camkes-vm-examples"] {
        for file in common::camkes_files(&corpus.join(repository)) {
            let path = file.to_string_lossy();
            let x86 =
                ["/x86/", "/VM/", "/Init/", "/Sataserver/"].iter().any(|part| path.contains(part));
            let platform = if x86 { "pc99" } else { "zcu102" };
            let (_, loaded) = parse_file(&corpus::app(&corpus, &file, platform, None));
            broken.extend(loaded.has_errors().then(|| common::errors(&loaded)));
            count += 1;
        }
    }
    println!("{count} files parsed");
    assert!(count > 0);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_app_resolves() {
    let Some(corpus) = corpus::directory() else {
        return;
    };
    let mut broken = Vec::new();
    for options in corpus::apps(&corpus) {
        let loaded = load(&options);
        let instances = loaded.model.as_ref().map_or(0, |model| model.instances.len());
        println!(
            "{}: {instances} instances, {} messages",
            options.main.display(),
            loaded.diagnostics.len()
        );
        if loaded.has_errors() || instances == 0 {
            broken.push(format!("{options:?}:\n{}", common::errors(&loaded)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The one application with procedures whose types are in C headers of its own.
#[test]
fn types_of_c_headers_are_refused_by_name() {
    let Some(corpus) = corpus::directory() else {
        return;
    };
    let main = corpus.join("camkes-vm-examples/apps/Arm/odroid_vm/vm_odroid.camkes");
    let loaded = load(&corpus::app(&corpus, &main, "exynos5410", None));
    let errors = common::errors(&loaded);
    for line in errors.lines() {
        assert!(
            line.contains("unknown type `can_frame_t`") || line.contains("unknown type `can_id_t`"),
            "{line}"
        );
    }
    assert_eq!(errors.lines().count(), 4, "{errors}");
    assert_eq!(loaded.model.expect("the rest of it").instances.len(), 17);
}
