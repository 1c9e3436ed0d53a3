use super::*;
use crate::newc;
use crate::tree::Tree;

/// A recipe that needs no packages.
fn offline(directory: &Path) -> Recipe {
    let mut base = Tree::default();
    base.insert("usr/bin/sh", 0o755, Content::File(b"shell".to_vec())).unwrap();
    base.insert("bin", 0o777, Content::Link("usr/bin".into())).unwrap();
    let path = directory.join("base.cpio");
    fs::write(&path, newc::write(&base).unwrap()).unwrap();
    fs::create_dir_all(directory.join("overlay/etc")).unwrap();
    fs::write(directory.join("overlay/etc/motd"), "overlay").unwrap();
    fs::write(directory.join("motd"), "file").unwrap();
    Recipe {
        base: Some(path),
        overlays: vec![directory.join("overlay")],
        files: vec![Pair {
            from: directory.join("motd").display().to_string(),
            to: "/etc/motd".into(),
        }],
        links: vec!["sh=bin/ash".parse().unwrap()],
        ..Recipe::default()
    }
}

#[test]
fn what_comes_later_wins() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::at(directory.path().join("cache")).unwrap();
    let recipe = offline(directory.path());
    let bytes = recipe.make(&cache, Guest::default()).unwrap();
    assert_eq!(bytes, recipe.make(&cache, Guest::default()).unwrap(), "not the same bytes");
    assert!(bytes.starts_with(&[0x1f, 0x8b]));
    let tree = archive::read("new", &bytes).unwrap();
    assert_eq!(tree.get("etc/motd").unwrap().content, Content::File(b"file".to_vec()));
    assert_eq!(tree.get("usr/bin/ash").unwrap().content, Content::Link("sh".into()));
}

#[test]
fn bad_input_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::at(directory.path().join("cache")).unwrap();
    let error =
        |recipe: &Recipe| format!("{:#}", recipe.make(&cache, Guest::default()).unwrap_err());
    let mut recipe = offline(directory.path());
    recipe.files[0].from = directory.path().join("overlay").display().to_string();
    assert!(error(&recipe).contains("is a folder: expected a file"), "{}", error(&recipe));
    recipe.files[0].from = "/no/such/file".into();
    assert!(error(&recipe).starts_with("could not read /no/such/file"), "{}", error(&recipe));
    let mut recipe = offline(directory.path());
    recipe.links = vec!["x=../outside".parse().unwrap()];
    assert!(error(&recipe).contains("`../outside` is no path inside"), "{}", error(&recipe));
    recipe = offline(directory.path());
    fs::write(directory.path().join("base.cpio"), "text").unwrap();
    assert!(
        error(&recipe).contains("base.cpio: \"text\" at byte 0: expected"),
        "{}",
        error(&recipe)
    );
    assert!("alone".parse::<Pair>().is_err());
    assert!("=x".parse::<Pair>().is_err());
}
