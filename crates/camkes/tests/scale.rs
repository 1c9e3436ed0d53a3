//! Big systems are read, checked and drawn in reasonable time.
//!
//! Time is that of this thread's processor, so that a busy machine doesn't matter, and what is
//! asserted is how it grows: an algorithm that takes the square of the size is found at any speed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use camkes_lang::{LoadOptions, Preprocessor};
use rustix::time::{ClockId, clock_gettime};

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(now).expect("time is positive")
}

/// Clients of servers in groups of ten, with devices, dataports, events and settings.
fn system(instances: usize) -> String {
    let mut text = String::from(
        "import <std_connector.camkes>;\n\
         procedure Adder { int add(in int a, in int b); }\n\
         component Device { hardware; dataport Buf registers; emits Line line; }\n\
         component Server {\n\
             control; provides Adder adder; dataport Buf registers; consumes Line line;\n\
             attribute int number; attribute string name = \"server\";\n\
         }\n\
         component Client {\n\
             control; uses Adder sums; dataport Buf(8192) ring; emits Ready ready;\n\
             attribute int number; attribute { int a = 1; string b; } pairs[] = [];\n\
         }\n\
         component Sink { control; dataport Buf(8192) ring; consumes Ready ready; }\n\
         assembly {\n composition {\n",
    );
    let groups = instances / 10;
    for group in 0..groups {
        let _ = writeln!(text, "component Device device{group}; component Server server{group};");
        let _ = writeln!(
            text,
            "connection seL4HardwareMMIO mmio{group}(from server{group}.registers, to device{group}.registers);\n\
             connection seL4HardwareInterrupt irq{group}(from device{group}.line, to server{group}.line);"
        );
        for client in (0..4).map(|client| group * 4 + client) {
            let _ = writeln!(
                text,
                "component Client client{client}; component Sink sink{client};\n\
                 connection seL4RPCCall call{client}(from client{client}.sums, to server{group}.adder);\n\
                 connection seL4SharedData ring{client}(from client{client}.ring, to sink{client}.ring);\n\
                 connection seL4Notification ready{client}(from client{client}.ready, to sink{client}.ready);"
            );
        }
    }
    text.push_str("}\n configuration {\n");
    for group in 0..groups {
        let _ = writeln!(
            text,
            "device{group}.registers_paddr = 0x10000000 + {group} * 0x1000;\n\
             device{group}.registers_size = 0x1000;\n\
             device{group}.line_irq_number = 32 + {group};\n\
             server{group}.number = {group};\n\
             server{group}._priority = 100 + {group} % 100;"
        );
        for client in (0..4).map(|client| group * 4 + client) {
            let _ = writeln!(
                text,
                "client{client}.number <- server{group}.number;\n\
                 client{client}.heap_size = 4096 * 2;\n\
                 client{client}.pairs = [{{\"b\": \"x\"}}, {{\"a\": 2, \"b\": \"y\"}}];"
            );
        }
    }
    text.push_str("}\n}\n");
    text
}

/// Loads and checks a system of that size, and gives the time that it took.
fn check(instances: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let main = folder.path().join("big.camkes");
    fs::write(&main, system(instances)).expect("the system can be written");
    let options = LoadOptions {
        main,
        builtin_dir: Some(Path::new("../../interfaces").to_path_buf()),
        preprocessor: Preprocessor::Disabled,
        ..LoadOptions::default()
    };
    let start = processor_time();
    let loaded = camkes_lang::load(&options);
    let model = loaded.model.expect("the system resolves");
    let found = camkes_check::check(&model, &camkes_check::Options::default());
    let time = processor_time() - start;
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics.first());
    assert!(found.is_empty(), "{:?}", found.first());
    assert_eq!(model.instances.len(), instances);
    time
}

#[test]
fn ten_thousand_instances_are_checked() {
    check(1_000);
    let (small, big) = (check(2_500), check(10_000));
    println!("2,500 instances: {small:?}, 10,000 instances: {big:?}");
    // Four times as much is expected; the square would be sixteen times.
    assert!(big < small * 10, "2,500 instances take {small:?}, 10,000 take {big:?}");
    // A build without optimisation is about ten times slower than the promised 5 seconds allow.
    assert!(big < Duration::from_secs(50), "10,000 instances take {big:?}");
}

/// Loads a system with a mistake in every fourth line or so, and gives the time that it took.
fn refuse(instances: usize, mistake: [&str; 2]) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let main = folder.path().join("broken.camkes");
    fs::write(&main, system(instances).replace(mistake[0], mistake[1]))
        .expect("the system can be written");
    let options = LoadOptions {
        main,
        builtin_dir: Some(Path::new("../../interfaces").to_path_buf()),
        preprocessor: Preprocessor::Disabled,
        ..LoadOptions::default()
    };
    let start = processor_time();
    let loaded = camkes_lang::load(&options);
    let time = processor_time() - start;
    assert!(loaded.diagnostics.len() > instances / 4);
    assert!(
        loaded.diagnostics[0].help[0].starts_with("did you mean"),
        "{:?}",
        loaded.diagnostics[0]
    );
    time
}

/// Looking for the nearest of many names, for many wrong ones, must not take the square.
#[test]
fn thousands_of_mistakes_are_reported() {
    for mistake in [["<- server", "<- sever"], [".number;", ".numer;"]] {
        let (small, big) = (refuse(1_000, mistake), refuse(4_000, mistake));
        assert!(
            big < small * 10,
            "with `{}` 1,000 instances take {small:?}, 4,000 take {big:?}",
            mistake[1]
        );
    }
}
