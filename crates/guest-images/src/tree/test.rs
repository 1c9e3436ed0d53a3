use super::*;

fn file(text: &str) -> Content {
    Content::File(text.as_bytes().to_vec())
}

fn link(target: &str) -> Content {
    Content::Link(target.to_owned())
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.iter().map(|(path, _)| path).collect()
}

#[test]
fn parents_are_made_and_come_first() {
    let mut tree = Tree::default();
    tree.insert("/etc/init.d/rcS", 0o755, file("x")).unwrap();
    tree.insert("etc-old", 0o644, file("y")).unwrap();
    assert_eq!(paths(&tree), ["etc", "etc-old", "etc/init.d", "etc/init.d/rcS"]);
    assert_eq!(tree.get("etc").unwrap().permissions, 0o755);
}

#[test]
fn links_to_directories_are_followed() {
    let mut tree = Tree::default();
    tree.insert("lib", 0o777, link("usr/lib")).unwrap();
    tree.insert("usr/lib64", 0o777, link("../lib")).unwrap();
    tree.insert("lib/modules/x", 0o644, file("x")).unwrap();
    tree.insert("usr/lib64/y", 0o644, file("y")).unwrap();
    tree.insert("lib", 0o755, Content::Directory).unwrap();
    assert!(tree.get("usr/lib/modules/x").is_some());
    assert!(tree.get("usr/lib/y").is_some());
    assert_eq!(tree.get("lib").unwrap().content, link("usr/lib"));
}

#[test]
fn a_file_takes_the_place_of_a_file_or_link() {
    let mut tree = Tree::default();
    tree.insert("a", 0o777, link("b")).unwrap();
    tree.insert("a", 0o600, file("new")).unwrap();
    assert_eq!(tree.get("a").unwrap().content, file("new"));
    assert_eq!(tree.get("a").unwrap().permissions, 0o600);
    assert!(tree.get("b").is_none());
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut tree = Tree::default();
    tree.insert("d/f", 0o644, file("x")).unwrap();
    let error = |tree: &mut Tree, path: &str, content| {
        tree.insert(path, 0o644, content).unwrap_err().to_string()
    };
    assert_eq!(
        error(&mut tree, "d", file("")),
        "`d` is a directory, and can't be replaced by a file"
    );
    assert_eq!(error(&mut tree, "d/f", Content::Directory), "`d/f` is no directory");
    assert_eq!(error(&mut tree, "d/f/g", file("")), "`d/f` is no directory");
    for bad in ["", "/", "..", "a/..", "../x", "a/../x"] {
        let text = error(&mut tree, bad, file(""));
        assert!(text.contains("is no path inside of a root file system"), "{bad}: {text}");
    }
    tree.insert("loop", 0o777, link("loop")).unwrap();
    assert_eq!(error(&mut tree, "loop/x", file("")), "`loop/x` has too many symbolic links");
}

#[test]
fn the_merged_tree_wins() {
    let mut base = Tree::default();
    base.insert("etc/motd", 0o644, file("old")).unwrap();
    base.insert("etc/hosts", 0o644, file("kept")).unwrap();
    let mut over = Tree::default();
    over.insert("etc/motd", 0o600, file("new")).unwrap();
    let mut at_root = base.clone();
    at_root.merge(&over, "").unwrap();
    assert_eq!(at_root.get("etc/motd").unwrap().content, file("new"));
    assert_eq!(at_root.get("etc/hosts").unwrap().content, file("kept"));
    base.merge(&over, "below").unwrap();
    assert_eq!(base.get("etc/motd").unwrap().content, file("old"));
    assert_eq!(base.get("below/etc/motd").unwrap().content, file("new"));
}
