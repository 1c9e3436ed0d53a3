//! Broken input never makes the language panic, hang or recurse without bound.
//!
//! A deterministic mutation fuzzer: seeds are the assemblies of `tests/camkes`, changed at random. A short run is part
//! of the normal tests. For a long one:
//!
//! ```text
//! CAMKES_FUZZ_ITERATIONS=1000000 CAMKES_FUZZ_SEED=7 cargo test -p camkes-lang --test fuzz --release -- --nocapture
//! ```
//!
//! A failure prints what to set to see it again, and leaves the input in a file.

#[path = "../common/mod.rs"]
mod common;
mod generate;
mod mutate;
mod random;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use camkes_lang::{DeviceTreeSource, LoadOptions, Preprocessor, load, parse_file};

use random::Random;

/// An input may take this long. Far more than any does, as machines may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn setting(name: &str, default: u64) -> u64 {
    let Ok(text) = std::env::var(name) else {
        return default;
    };
    text.parse().unwrap_or_else(|_| panic!("{name}: expected a number, found {text}"))
}

/// A directory of this run's own, for the input that is being tried.
fn directory(test: &str, seed: u64) -> PathBuf {
    let directory =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(format!("{test}-{seed}"));
    std::fs::create_dir_all(&directory).expect("a directory for inputs");
    directory
}

/// Tries `one` with a random source for each iteration. `one` leaves its input in `directory` before it tries it, so
/// that it's still there after a stack overflow.
fn run(test: &str, default_iterations: u64, mut one: impl FnMut(&mut Random, &Path)) {
    let iterations = setting("CAMKES_FUZZ_ITERATIONS", default_iterations);
    let first_seed = setting("CAMKES_FUZZ_SEED", 1);
    let directory = directory(test, first_seed);
    println!(
        "{test}: {iterations} inputs from seed {first_seed}, the last one in {}",
        directory.display()
    );
    let mut slowest = (Duration::ZERO, first_seed);
    for seed in first_seed..first_seed.saturating_add(iterations) {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| one(&mut Random::new(seed), &directory)));
        let took = start.elapsed();
        slowest = slowest.max((took, seed));
        let again = format!(
            "CAMKES_FUZZ_SEED={seed} CAMKES_FUZZ_ITERATIONS=1 cargo test -p camkes-lang --test fuzz {test}; \
             input in {}",
            directory.display()
        );
        assert!(outcome.is_ok(), "{test}: panic; again with {again}");
        assert!(took < PATIENCE, "{test}: {took:?}; again with {again}");
    }
    println!("{test}: slowest {:?}, seed {}", slowest.0, slowest.1);
}

fn seeds() -> Vec<String> {
    let files = common::camkes_files(&common::root().join("tests/camkes/good"));
    let read = |file: &PathBuf| std::fs::read_to_string(file).expect("a test file");
    files.iter().map(read).collect()
}

fn options(main: PathBuf) -> LoadOptions {
    // Without a preprocessor an input costs no process. What macros there are stay as names.
    LoadOptions {
        main,
        builtin_dir: Some(common::root().join("interfaces")),
        preprocessor: Preprocessor::Disabled,
        ..LoadOptions::default()
    }
}

/// Shows every message, as a person would see it: marks must not be outside of the text.
fn render(loaded: &camkes_lang::Loaded) {
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.summary(&loaded.sources).is_empty());
        assert!(!diagnostic.render(&loaded.sources, false).is_empty());
    }
}

#[test]
fn parser() {
    let seeds = seeds();
    run("parser", 1000, |random, directory| {
        let text = mutate::bytes(random, &seeds);
        let main = directory.join("input.camkes");
        std::fs::write(&main, text).expect("the input");
        let (_, loaded) = parse_file(&options(main));
        render(&loaded);
    });
}

#[test]
fn resolver() {
    let seeds: Vec<_> = seeds().into_iter().filter(|text| !text.contains("#include")).collect();
    run("resolver", 300, |random, directory| {
        let text = mutate::tokens(random, &seeds);
        let main = directory.join("input.camkes");
        std::fs::write(&main, text).expect("the input");
        // forms.camkes imports it.
        let imported = common::root().join("tests/camkes/good/forms-imported.camkes");
        std::fs::copy(imported, directory.join("forms-imported.camkes"))
            .expect("the imported file");
        let options = common::with_test_tree(options(main), "qemu-arm-virt");
        let first = load(&options);
        render(&first);
        let second = load(&options);
        assert_eq!(
            format!("{:?}", first.model),
            format!("{:?}", second.model),
            "the same input, another model"
        );
        assert_eq!(first.diagnostics, second.diagnostics, "the same input, other messages");
    });
}

#[test]
fn generated_assemblies() {
    run("generated_assemblies", 300, |random, directory| {
        let main = directory.join("input.camkes");
        std::fs::write(&main, generate::assembly(random)).expect("the input");
        render(&load(&options(main)));
    });
}

#[test]
fn device_tree_queries() {
    let tree = common::tree::of_platform("qemu-arm-virt").expect("a tree");
    run("device_tree_queries", 500, |random, directory| {
        let main = directory.join("input.camkes");
        std::fs::write(&main, generate::query_assembly(random)).expect("the input");
        let mut options = options(main);
        options.strict = random.one_in(2);
        options.device_tree =
            Some(DeviceTreeSource::Bytes { name: "tree.dtb".into(), bytes: tree.clone() });
        render(&load(&options));
    });
}

#[test]
fn device_tree_blobs() {
    let trees = ["qemu-arm-virt", "exynos5422"]
        .map(|platform| common::tree::of_platform(platform).expect("a tree"));
    run("device_tree_blobs", 1000, |random, directory| {
        let main = directory.join("input.camkes");
        std::fs::write(&main, generate::query_assembly(random)).expect("the input");
        let blob = mutate::blob(random, &trees);
        std::fs::write(directory.join("tree.dtb"), &blob).expect("the tree");
        let mut options = options(main);
        options.device_tree =
            Some(DeviceTreeSource::Bytes { name: "tree.dtb".into(), bytes: blob });
        render(&load(&options));
    });
}

/// The preprocessor's output is input too: its line markers say which file and line each line is from.
#[test]
fn line_markers() {
    let seeds = seeds();
    run("line_markers", 100, |random, directory| {
        let text = mutate::markers(random, &seeds);
        let main = directory.join("input.camkes");
        std::fs::write(&main, text).expect("the input");
        let mut options = options(main);
        let last_argument = "for file; do :; done; cat \"$file\"";
        options.preprocessor =
            Preprocessor::Command(["sh", "-c", last_argument, "sh"].map(str::to_owned).to_vec());
        let (_, loaded) = parse_file(&options);
        render(&loaded);
    });
}

#[test]
fn pin_lists() {
    run("pin_lists", 300, |random, directory| {
        let main = directory.join("input.camkes");
        let list = directory.join("pins.yml");
        let setting = "a.p = gpio({\"pins\": [\"X\"]});";
        let assembly = format!(
            "component A {{ control; }}\nassembly {{ composition {{ component A a; }} configuration {{ {setting} }} }}\n"
        );
        std::fs::write(&main, assembly).expect("the input");
        std::fs::write(&list, mutate::yaml(random)).expect("the list");
        let mut options = options(main);
        options.gpio_list = Some(list);
        render(&load(&options));
    });
}
