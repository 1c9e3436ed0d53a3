//! `camkes spec` and `camkes image`: what they write, and what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fdt::tree::{Node, Tree};
use sel4_prefix::prefix::{
    DEVICE_TREE, INCLUDE, KERNEL, KERNEL_CONFIG, LIBSEL4_CONFIG, PLATFORM_JSON,
};
use sel4_prefix::{KernelConfig, Platform};
use tempfile::TempDir;

const SYSTEM: &str = "import <std_connector.camkes>;
import <global-connectors.camkes>;
import <FileServer/FileServer.camkes>;
component Reader { control; uses FileServerInterface fs; }
assembly {
    composition {
        component Reader reader;
        component FileServer fserv;
        connection seL4RPCDataport files(from reader.fs, to fserv.fs_ctrl);
    }
}
";

/// A folder with a kernel's prefix, a description and a program.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let config = KernelConfig::default();
        let regions = Platform::built_in("qemu-arm-virt").unwrap().regions(&config).unwrap();
        let mut tree = Tree::default();
        tree.root.push(Node::new("chosen"));
        let blob = fdt::blob::write(&tree).unwrap();
        bench.put(&format!("prefix/{KERNEL}"), b"\x7fELF");
        bench.put(&format!("prefix/{KERNEL_CONFIG}"), config.kernel_json().as_bytes());
        bench.put(&format!("prefix/{LIBSEL4_CONFIG}"), config.libsel4_json().as_bytes());
        bench.put(&format!("prefix/{PLATFORM_JSON}"), regions.to_json().as_bytes());
        bench.put(&format!("prefix/{DEVICE_TREE}"), &blob);
        for (file, text) in sel4_abi::interfaces::FILES {
            bench.put(&format!("prefix/{INCLUDE}/{file}"), text.as_bytes());
        }
        bench.put("app.camkes", SYSTEM.as_bytes());
        bench.put("program.elf", &program());
        bench.put("motd", b"welcome");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs in the folder, with the program for both types.
    fn camkes(&self, command: &str, more: &[&str]) -> Output {
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Command::new(env!("CARGO_BIN_EXE_camkes"))
            .args([command, "app.camkes", "--prefix", "prefix", "--stdlib"])
            .arg(library.canonicalize().unwrap())
            .args(["--component", "Reader=program.elf", "--component", "FileServer=program.elf"])
            .args(more)
            .current_dir(self.0.path())
            .env_remove("SEL4_PREFIX")
            .env_remove("CAMKES_STDLIB")
            .output()
            .unwrap()
    }
}

/// A program of a page of code.
fn program() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let halves = |bytes: &mut Vec<u8>, values: &[u16]| {
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    };
    halves(&mut bytes, &[2, 183]);
    bytes.extend(1_u32.to_le_bytes());
    for word in [0x20_0000_u64, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    halves(&mut bytes, &[64, 56, 1, 64, 0, 0]);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(5_u32.to_le_bytes());
    for word in [120_u64, 0x20_0000, 0x20_0000, 8, 8, 1] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([0x1f; 8]);
    bytes
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

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
    let cases: [(&[&str], i32, &str); 9] = [
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
    let arguments = ["--initializer", "program.elf", "--loader", "program.elf", "-o", "image.elf"];
    let output = bench.camkes("image", &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("error: "), "{}", text(&output.stderr));
    assert!(!bench.path("image.elf").exists());
}
