//! Finds the console of the platform in the device tree of the prefix.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

use fdt::Fdt;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    match console() {
        Ok(console) => {
            let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
            let text = format!("const UART: Option<Uart> = {console};\n");
            fs::write(out.join("uart.rs"), text).expect("OUT_DIR is writable");
        }
        Err(message) => {
            println!("cargo::error={message}");
            exit(1);
        }
    }
}

/// The device tree that `SEL4_DTB` names, or the one in `SEL4_PREFIX`. None where there is none,
/// as for x86.
fn device_tree() -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=SEL4_DTB");
    println!("cargo::rerun-if-env-changed=SEL4_PREFIX");
    if let Some(path) = env::var_os("SEL4_DTB") {
        return Some(PathBuf::from(path));
    }
    let prefix = env::var_os("SEL4_PREFIX")?;
    let path = Path::new(&prefix).join("support/kernel.dtb");
    path.exists().then_some(path)
}

/// The platform's console as a Rust expression.
fn console() -> Result<String, String> {
    let Some(path) = device_tree() else {
        return Ok("None".to_owned());
    };
    println!("cargo::rerun-if-changed={}", path.display());
    let blob = fs::read(&path).map_err(|err| format!("{}: {err}", path.display()))?;
    let tree = Fdt::new(&blob).map_err(|err| format!("{}: {err}", path.display()))?;
    // Kernel device trees sometimes lack /chosen/stdout-path: the first UART is the console then.
    let node = stdout(&tree).or_else(|| tree.find_compatible(&["arm,pl011"]));
    let Some(node) = node else {
        return Ok("None".to_owned());
    };
    let is_pl011 = node
        .compatible()
        .is_some_and(|names| names.all().any(|name| name == "arm,pl011"));
    let address = node.reg().and_then(|mut reg| reg.next());
    Ok(match address {
        Some(region) if is_pl011 => {
            let paddr = region.starting_address.addr();
            format!("Some(Uart::Pl011 {{ paddr: {paddr:#x} }})")
        }
        _ => "None".to_owned(),
    })
}

fn stdout<'b, 'a>(tree: &'b Fdt<'a>) -> Option<fdt::node::FdtNode<'b, 'a>> {
    let path = tree
        .find_node("/chosen")?
        .property("stdout-path")?
        .as_str()?;
    // Options of the line may follow the path: "/pl011@9000000:115200".
    tree.find_node(path.split(':').next()?)
}
