//! The program itself: exit status, output, determinism.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn camkes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_camkes"))
        .args(arguments)
        .env_remove("CAMKES_STDLIB")
        .output()
        .expect("camkes runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

const GOOD: &str = "tests/good/connections_merge.camkes";
const BROKEN: &str = "tests/broken/setting_unknown_key.camkes";
const CIRCLE: &str = "tests/broken/call_circle.camkes";

#[test]
fn exit_status_says_how_it_went() {
    assert_eq!(camkes(&["check", GOOD]).status.code(), Some(0));
    assert_eq!(camkes(&["check", BROKEN]).status.code(), Some(1));
    assert_eq!(camkes(&["check", "no/such.camkes"]).status.code(), Some(1));
    assert_eq!(camkes(&["check"]).status.code(), Some(2));
    assert_eq!(camkes(&["graph", GOOD, "-o", "x.png"]).status.code(), Some(2));
    assert_eq!(camkes(&["explain", "no_such_key_at_all"]).status.code(), Some(2));
    assert_eq!(camkes(&["port-check", "no/such/folder"]).status.code(), Some(2));
}

#[test]
fn warnings_fail_only_when_strict() {
    let relaxed = camkes(&["check", CIRCLE]);
    assert_eq!(relaxed.status.code(), Some(0));
    let message = text(&relaxed.stderr);
    assert!(
        message.contains("warning: calls go round in a circle: ping -> pong -> ping"),
        "{message}"
    );
    assert!(
        message.ends_with("2 instances, 2 connections: 0 errors, 1 warning, 0 notes\n"),
        "{message}"
    );
    assert_eq!(camkes(&["check", "--strict", CIRCLE]).status.code(), Some(1));
}

#[test]
fn errors_name_file_line_and_remedy() {
    let message = text(&camkes(&["check", BROKEN]).stderr);
    let first = message.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(
            "tests/broken/setting_unknown_key.camkes:23:9: error: unknown key `heap_sise`"
        ),
        "{first}"
    );
    assert!(message.contains("help: did you mean `heap_size`?"), "{message}");
}

#[test]
fn json_follows_the_schema() {
    let report = camkes(&["check", "--json", BROKEN]);
    assert!(report.stderr.is_empty(), "{}", text(&report.stderr));
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).expect("JSON");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["ok"], false);
    assert_eq!(report["errors"], 1);
    let diagnostic = &report["diagnostics"][0];
    assert_eq!(diagnostic["severity"], "error");
    assert_eq!(diagnostic["code"], "unknown-key");
    assert_eq!(diagnostic["place"]["file"], BROKEN);
    assert_eq!(diagnostic["place"]["line"], 23);
    assert_eq!(diagnostic["help"][0], "did you mean `heap_size`?");
    let system = &report["system"];
    assert_eq!(system["instances"][0]["name"], "client");
    assert_eq!(system["instances"][0]["interfaces"][0]["kind"], "uses");
    assert_eq!(system["connections"][0]["connector"], "seL4RPCCall");
    assert_eq!(system["connections"][0]["to"][0], "server.adder");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let file = "tests/good/virtqueues.camkes";
    for arguments in [["check", "--json", file].as_slice(), &["graph", file]] {
        let first = camkes(arguments);
        assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
        assert!(!first.stdout.is_empty());
        assert_eq!(first.stdout, camkes(arguments).stdout);
    }
}

#[test]
fn pictures_are_written_in_both_formats() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str| {
        let path = folder.path().join(name);
        let path = path.to_str().expect("a UTF-8 path");
        let output = camkes(&["graph", "tests/good/two_drivers_of_one_device.camkes", "-o", path]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        fs::read_to_string(path).expect("a picture")
    };
    let svg = write("picture.svg");
    assert!(svg.starts_with("<svg xmlns="), "{svg}");
    assert!(svg.contains(">two_drivers_of_one_device</text>"), "{svg}");
    assert!(svg.contains(">0x9000000, 4 KiB</text>"), "{svg}");
    assert!(svg.contains(">IRQ 33</text>"), "{svg}");
    let dot = write("picture.dot");
    assert!(dot.starts_with("digraph \"two_drivers_of_one_device\""), "{dot}");
}

#[test]
fn a_broken_system_is_drawn_too() {
    let output = camkes(&["graph", "tests/broken/unconnected_interface.camkes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("not connected</text>"));
    assert!(text(&output.stderr).contains("`client.sums` is not connected"));
}

#[test]
fn keys_are_explained() {
    let output = camkes(&["explain", "vm0.fs_shmem_size"]);
    assert_eq!(output.status.code(), Some(0));
    let message = text(&output.stdout);
    assert!(message.starts_with("<interface>_shmem_size (set on an instance)"), "{message}");
    let output = camkes(&["explain", "heap_sise"]);
    assert!(text(&output.stderr).contains("did you mean `heap_size`?"));
}

#[test]
fn the_standard_library_is_found_from_the_file() {
    assert!(Path::new("../../interfaces/std_connector.camkes").is_file());
    let output = camkes(&["check", "--stdlib", "tests", GOOD]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("`std_connector.camkes` does not exist"));
}

#[test]
fn guests_images_must_be_in_the_file_server() {
    let guest = "tests/good/guest_images.camkes";
    let check = |files: &[&str]| {
        let mut arguments = vec!["check", guest];
        arguments.extend(files);
        camkes(&arguments)
    };
    assert_eq!(check(&[]).status.code(), Some(0), "nothing is known about files");
    assert_eq!(check(&["--file", "linux", "--file", "linux-initrd"]).status.code(), Some(0));
    let missing = check(&["--file", "linux", "--file", "linux-intrd"]);
    assert_eq!(missing.status.code(), Some(1));
    let message = text(&missing.stderr);
    assert!(
        message.contains(
            "`vm0.vm_image_config.initrd_name`: the FileServer has no file \"linux-initrd\""
        ),
        "{message}"
    );
    assert!(message.contains("did you mean `linux-intrd`?"), "{message}");
    let missing = check(&["--file", "linux=no/such/kernel"]);
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(text(&missing.stderr), "error: --file linux: no/such/kernel does not exist\n");
}

#[test]
fn a_dependency_rule_lists_every_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let depfile = folder.path().join("system.json.d");
    let name = depfile.to_str().expect("a UTF-8 path");
    let status = camkes(&["check", "--depfile", name, GOOD]).status;
    assert_eq!(status.code(), Some(0));
    let rule = fs::read_to_string(&depfile).expect("the rule is written");
    assert!(rule.contains("system.json: \\\n"), "{rule}");
    assert!(rule.contains(GOOD), "{rule}");

    let nowhere = folder.path().join("no/such/folder.d");
    let refused = camkes(&["check", "--depfile", nowhere.to_str().expect("UTF-8"), GOOD]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--depfile: can't write"));
}

#[test]
fn a_platform_brings_its_headers_and_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let beside = folder.path().join("qemu-arm-virt");
    fs::create_dir(&beside).expect("a folder");
    let devices = "assembly { composition {} configuration { vm0.num_vcpus = 2; } }";
    fs::write(beside.join("devices.camkes"), devices).expect("written");
    let system = "#include <configurations/vm.h>
        import <VM_Arm/VM.camkes>;
        import <devices.camkes>;
        assembly { composition { VM_GENERAL_COMPOSITION_DEF() VM_COMPOSITION_DEF(0) }
            configuration { VM_GENERAL_CONFIGURATION_DEF() VM_CONFIGURATION_DEF(0) } }";
    let file = folder.path().join("app.camkes");
    fs::write(&file, system).expect("written");
    let file = file.to_str().expect("UTF-8");
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let check = |more: &[&str]| camkes(&[&["check", "--stdlib", library, file], more].concat());

    let without = text(&check(&[]).stderr);
    assert!(without.contains("configurations/vm.h"), "{without}");
    let with = text(&check(&["--platform", "qemu-arm-virt"]).stderr);
    assert!(!with.contains("configurations/vm.h") && !with.contains("devices.camkes"), "{with}");

    let unknown = check(&["--platform", "qemu-arm-vert"]);
    assert_eq!(unknown.status.code(), Some(2));
    let message = text(&unknown.stderr);
    assert!(message.contains("did you mean qemu-arm-virt?"), "{message}");
    let board = text(&check(&["--platform", "pc99", "--board", "optiplx"]).stderr);
    assert!(board.contains("did you mean optiplex?"), "{board}");
}

#[test]
fn attributes_of_the_standard_library_are_explained() {
    let output = camkes(&["explain", "vm0.num_vcpus"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let message = text(&output.stdout);
    assert!(
        message.starts_with("num_vcpus (attribute of the component VM)\n  type:     int\n"),
        "{message}"
    );
    let output = camkes(&["explain", "num_vcpu"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `num_vcpus`?"));
}

#[test]
fn a_flood_of_errors_is_cut() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("flood.camkes");
    let instances: String = (0..60).map(|i| format!("component A{i} a{i};\n")).collect();
    let system = format!("assembly {{ composition {{\n{instances}}} }}\n");
    fs::write(&file, system).expect("the file can be written");
    let output = camkes(&["check", file.to_str().expect("a UTF-8 path")]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    let printed = message.matches(": error: unknown component `A").count();
    assert_eq!(printed, 50);
    assert!(
        message.contains("\n... and 10 more errors; `camkes check --json` lists all\n"),
        "{message}"
    );
    assert!(message.ends_with("60 errors, 0 warnings, 0 notes\n"), "{message}");
}

#[test]
fn headers_in_the_folder_configurations_are_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("app.camkes");
    fs::create_dir(folder.path().join("configurations")).expect("a folder");
    fs::write(folder.path().join("configurations/names.h"), "#define NAME only\n")
        .expect("a header");
    fs::write(
        &file,
        "#include <names.h>\ncomponent A { control; }\nassembly { composition { component A NAME; } }\n",
    )
    .expect("the file can be written");
    let file = file.to_str().expect("a UTF-8 path");
    let library = ["--stdlib", "../..", "--platform", "qemu-arm-virt"];
    let output = camkes(&[["check", file].as_slice(), &library].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).starts_with("1 instance, 0 connections"));
}

#[test]
fn programs_has_types_instances_and_what_no_connector_makes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bell.camkes").display().to_string();
    let system = |connector: &str| {
        format!(
            "connector Bell {{ from Event with 0 threads; to Event with 0 threads; }}
             connector seL4RPCEvent {{ from Event; to Event; }}
             component Ringer {{ control; emits Ring ring; }}
             component Listener {{ control; consumes Ring ring; }}
             assembly {{ composition {{
                 component Ringer ringer;
                 component Listener listener;
                 connection {connector} bell(from ringer.ring, to listener.ring);
             }} }}"
        )
    };
    fs::write(&file, system("Bell")).unwrap();
    let output = camkes(&["programs", &file]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("doesn't know how to make connections of the connector `Bell`"),
        "{message}"
    );
    assert!(message.contains("docs/assembly.md shows how one is added"), "{message}");
    let list = text(&output.stdout);
    assert!(list.contains("program Listener\nprogram Ringer\n"), "{list}");
    assert!(list.contains("instance ringer Ringer\n"), "{list}");
    fs::write(&file, system("seL4RPCEvent")).unwrap();
    let output = camkes(&["programs", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("use `seL4Notification`"));
}

#[test]
fn archives_are_sorted_and_names_are_unique() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("kernel"), "a kernel").unwrap();
    fs::write(path("tree"), "a device tree").unwrap();
    let (linux, dtb) = (format!("linux={}", path("kernel")), format!("dtb={}", path("tree")));
    let (one, other) = (path("one.cpio"), path("other.cpio"));
    assert_eq!(camkes(&["archive", "-o", &one, &linux, &dtb]).status.code(), Some(0));
    assert_eq!(camkes(&["archive", "-o", &other, &dtb, &linux]).status.code(), Some(0));
    let bytes = fs::read(&one).unwrap();
    assert_eq!(bytes, fs::read(&other).unwrap());
    let packed = String::from_utf8_lossy(&bytes);
    let place = |text| packed.find(text);
    assert!(place("dtb\0") < place("a device tree") && place("a device tree") < place("linux\0"));
    assert!(place("linux\0") < place("a kernel"), "{packed}");

    let twice = camkes(&["archive", "-o", &one, &linux, &format!("linux={}", path("tree"))]);
    assert_eq!(twice.status.code(), Some(2));
    assert!(text(&twice.stderr).contains("there is one of that name already"));
    let missing = camkes(&["archive", "-o", &one, "linux=no/such/file"]);
    assert!(text(&missing.stderr).contains("can't read no/such/file"));
    let unnamed = camkes(&["archive", "-o", &one, "no/such/file"]);
    assert!(text(&unnamed.stderr).contains("file no/such/file: expected NAME=PATH"));
}
