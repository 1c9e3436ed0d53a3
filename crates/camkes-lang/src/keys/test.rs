use super::*;

const NAMES: Names<'static> =
    Names { interfaces: &["fs", "irq", "fs_irq"], semaphores: &["vm_sem"] };

/// The `<interface>_irq_type` of the interface `irq` must not be taken for a `<interface>_type` of `irq_irq`.
#[test]
fn the_longer_pattern_wins() {
    assert_eq!(
        found("irq_irq_type"),
        Some(("<interface>_irq_type".into(), Match::Interface("irq".into())))
    );
    assert_eq!(
        found("fs_irq_irq_number"),
        Some(("<interface>_irq_number".into(), Match::Interface("fs_irq".into())))
    );
    assert_eq!(found("_stack_size"), Some(("_stack_size".into(), Match::Exact)));
    assert_eq!(
        found("fs_hardware_cached").map(|(name, _)| name).as_deref(),
        Some("<interface>_hardware_cached")
    );
}

fn found(name: &str) -> Option<(String, Match)> {
    lookup(Scope::Instance, name, NAMES).map(|(key, what)| (key.pattern.to_string(), what))
}

#[test]
fn built_in_list_is_sound() {
    assert!(all().len() > 100);
    for key in all() {
        assert!(key.doc.len() > 20, "{} needs documentation", key.pattern);
        assert!(key.min <= key.max || key.max.is_none(), "{}", key.pattern);
        assert_eq!(Shape::parse(&key.shape.to_string()), Ok(key.shape.clone()), "{}", key.pattern);
    }
}

#[test]
fn no_key_is_declared_twice() {
    let mut names: Vec<_> = all().iter().map(|key| (key.scope, key.pattern.to_string())).collect();
    names.sort();
    let doubled: Vec<_> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[test]
fn finds_exact_and_placeholder_keys() {
    assert_eq!(found("heap_size"), Some(("heap_size".into(), Match::Exact)));
    assert_eq!(
        found("fs_shmem_size"),
        Some(("<interface>_shmem_size".into(), Match::Interface("fs".into())))
    );
    assert_eq!(
        found("simple_untyped24_pool"),
        Some(("simple_untyped<bits>_pool".into(), Match::Bits(24)))
    );
    assert_eq!(
        found("vm_sem_value"),
        Some(("<semaphore>_value".into(), Match::Semaphore("vm_sem".into())))
    );
}

#[test]
fn unknown_names_are_not_keys() {
    for name in [
        "",
        "heap",
        "_shmem_size",
        "gs_shmem_size",
        "simple_untyped_pool",
        "simple_untyped2x_pool",
        "sem",
    ] {
        assert_eq!(found(name), None, "{name}");
    }
    assert!(lookup(Scope::Connection, "heap_size", NAMES).is_none());
}

#[test]
fn an_overlong_number_is_not_a_key() {
    assert_eq!(found("simple_untyped99999999999999999999_pool"), None);
}

#[test]
fn suggests_near_names_only() {
    let near = |wrong| nearest(Scope::Instance, wrong, NAMES, &["guest_ram_mb"]);
    assert_eq!(near("heap_sise").as_deref(), Some("heap_size"));
    assert_eq!(near("fs_shmem_sze").as_deref(), Some("fs_shmem_size"));
    assert_eq!(near("simple_untype24_pool").as_deref(), Some("simple_untyped24_pool"));
    assert_eq!(near("guest_ram_bm").as_deref(), Some("guest_ram_mb"));
    assert_eq!(near("quite_another_thing"), None);
}

#[test]
fn explains_patterns_and_concrete_names() {
    let explained =
        |name| explain(name).iter().map(|key| key.pattern.to_string()).collect::<Vec<_>>();
    assert_eq!(explained("<interface>_shmem_size"), ["<interface>_shmem_size"]);
    assert_eq!(explained("anything_shmem_size"), ["<interface>_shmem_size"]);
    assert_eq!(explained("sem_value"), ["sem_value"]);
    assert!(explained("nothing").is_empty());
}

#[test]
fn bad_lists_are_refused_with_the_reason() {
    let key = |extra: &str| {
        let text = format!("[[key]]\nscope = \"instance\"\ndoc = \"d\"\n{extra}");
        parse("keys.toml", &text).unwrap_err()
    };
    let shape = key("name = \"a\"\nshape = \"[int\"\nread_by = [\"x\"]");
    assert_eq!(shape, "keys.toml: key `a`: shape `[int`: expected ] at ``");
    let reader = key("name = \"a\"\nshape = \"int\"\nread_by = []");
    assert_eq!(reader, "keys.toml: key `a`: a live key needs `read_by`");
    let place = key("name = \"<x>_a\"\nshape = \"int\"\nread_by = [\"x\"]");
    assert!(place.contains("at most one placeholder"), "{place}");
    let note = key("name = \"a\"\nshape = \"int\"\nread_by = []\nstatus = \"dead\"");
    assert!(note.contains("needs a `note`"), "{note}");
}

#[test]
fn shapes_are_read_and_printed() {
    for text in [
        "int",
        "[(int, int)]",
        "text<paddr:bits>",
        "[text<paddr:size:bits>]",
        "text<first:last,...>",
        "\"arm\" | \"pci\"",
        "[{name: string, memory?: [{paddr: int}]}]",
        "dtb",
    ] {
        assert_eq!(Shape::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "int int", "{a}", "text<>", "\"arm", "(int", "[", "strin"] {
        assert!(Shape::parse(text).is_err(), "{text}");
    }
}
