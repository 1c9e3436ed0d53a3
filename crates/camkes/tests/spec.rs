//! `camkes spec` and `camkes image`: what they write, and what they say.

mod bench;

use std::fs;

use sel4_prefix::prefix::KERNEL_CONFIG;

use bench::{Bench, text};

#[test]
fn everything_is_written_and_the_same_twice() {
    let bench = Bench::new();
    let run = |suffix: &str| {
        let name = |kind: &str| format!("{kind}{suffix}");
        let output = bench.camkes(
            "spec",
            &[
                "--file",
                "motd=motd",
                "--summary",
                "-o",
                &name("spec"),
                "--cdl",
                &name("cdl"),
                "--json",
                &name("json"),
                "--fill-dir",
                &name("fill"),
                "--depfile",
                &name("spec.d"),
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        let files = ["spec", "cdl", "json"].map(|kind| fs::read(bench.path(&name(kind))).unwrap());
        (files, text(&output.stdout))
    };
    let (first, summary) = run("1");
    assert_eq!((first.clone(), summary.clone()), run("2"));
    assert!(summary.starts_with("instance"), "{summary}");
    assert!(text(&first[1]).contains("\"fserv.archive\""), "{}", text(&first[1]));
    // The system that is exported for another initializer has no monitor.
    assert!(text(&first[1]).contains("monitor.faults"));
    assert!(!text(&first[2]).contains("monitor.faults"));
    let fills = fs::read_dir(bench.path("fill1")).unwrap().count();
    assert!(fills >= 4, "{fills}");
    let rule = fs::read_to_string(bench.path("spec.d1")).unwrap();
    for file in ["app.camkes", "program.elf", "motd", "gen_config.json", "kernel.dtb"] {
        assert!(rule.contains(file), "{rule}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let bench = Bench::new();
    let cases: [(&[&str], i32, &str); 10] = [
        (&["--component", "Reader=program.elf"], 2, "error: --component Reader: given twice"),
        (
            &["--component", "Reader"],
            2,
            "error: --component Reader: expected NAME=PATH, with an `=`",
        ),
        (&["--component", "Other=missing.elf"], 2, "error: can't read missing.elf: "),
        (
            &["--component", "Redaer=program.elf"],
            1,
            "error: there is a program for `Redaer`, but no component type of that name [unknown-component]",
        ),
        (&["--file", "motd"], 2, "error: --file motd: expected where it is, motd=PATH"),
        (&["--file", "motd=missing"], 2, "error: --file motd: missing does not exist"),
        (&["--file", "motd=prefix"], 2, "error: --file motd: prefix is no file"),
        (
            &["--file", "motd=motd", "--file", "fserv:motd=motd"],
            2,
            "error: --file fserv:motd: given twice",
        ),
        (
            &["--file", "fserv2:motd=motd"],
            1,
            "error: there are files for `fserv2`, but no instance of that name with code [unknown-instance]",
        ),
        (
            &["--file", "motd=motd", "--archive", "fserv=motd"],
            2,
            "error: --archive fserv: its files are given already",
        ),
    ];
    for (arguments, status, expected) in cases {
        let output = bench.camkes("spec", arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
    fs::remove_file(bench.path(&format!("prefix/{KERNEL_CONFIG}"))).unwrap();
    let output = bench.camkes("spec", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("prefix prefix: there is no libsel4"));
}

#[test]
fn images_need_an_initializer() {
    let bench = Bench::new();
    // An image from before isn't left to be booted.
    bench.put("image.elf", b"old");
    bench.put("image.bin", b"old");
    let arguments = ["--initializer", "program.elf", "--loader", "program.elf", "-o", "image.elf"];
    let arguments = [arguments.as_slice(), &["--raw", "image.bin"]].concat();
    let output = bench.camkes("image", &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("error: "), "{}", text(&output.stderr));
    assert!(!bench.path("image.elf").exists() && !bench.path("image.bin").exists());
}
