//! The code of the standard library's component types, as it was when it was last looked at.
//! `BLESS=1` writes it anew.

use std::path::{Path, PathBuf};

use component_build::{Generator, Input};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn generate(file: &str, component: &str, platform: &str) -> Result<String, String> {
    let input = Input::new(&root().join(file), &root(), platform)?;
    Generator::new(file, component).code(&input).map(|generated| generated.code)
}

fn compare(file: &str, component: &str, platform: &str) {
    let code = generate(file, component, platform).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{component}.rs"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &code).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(code == golden, "{} differs; see what changed with BLESS=1", path.display());
}

#[test]
fn file_server() {
    compare("components/FileServer/FileServer.camkes", "FileServer", "qemu-arm-virt");
}

#[test]
fn vm() {
    compare("components/VM_Arm/VM.camkes", "VM", "qemu-arm-virt");
}

#[test]
fn time_server() {
    compare("components/TimeServer/TimeServer.camkes", "TimeServer", "qemu-arm-virt");
}

#[test]
fn rtc() {
    compare("components/RTC/RTC.camkes", "RTC", "pc99");
}

#[test]
fn every_type_of_the_library_can_be_generated() {
    for (folder, component, platform) in [
        ("Echo", "Echo", "qemu-arm-virt"),
        ("SerialServer", "SerialServer", "qemu-arm-virt"),
        ("UDPServer", "UDPServer", "qemu-arm-virt"),
        ("Firewall", "Firewall", "pc99"),
        ("PCIConfigIO", "PCIConfigIO", "pc99"),
    ] {
        let file = format!("components/{folder}/{component}.camkes");
        if let Err(message) = generate(&file, component, platform) {
            panic!("{file}: {message}");
        }
    }
}
