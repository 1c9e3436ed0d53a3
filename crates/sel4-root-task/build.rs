//! Finds the console of the platform in the device tree of the prefix.

use dtoolkit::fdt::{Fdt, FdtNode};
use sel4_build_env::{Result, device_tree, or_exit, write_output};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    or_exit(generate());
}

fn generate() -> Result<()> {
    let console = match device_tree()? {
        None => None,
        Some((path, blob)) => console(&blob).map_err(|err| format!("{}: {err}", path.display()))?,
    };
    let console = console.map_or_else(|| "None".to_owned(), |uart| format!("Some({uart})"));
    write_output("uart.rs", &format!("const UART: Option<Uart> = {console};\n"))
}

/// The platform's console as a Rust expression. None if there is no driver for it.
fn console(blob: &[u8]) -> Result<Option<String>> {
    let tree = Fdt::new(blob).map_err(|err| format!("no device tree: {err}"))?;
    let Some(node) = stdout(tree)? else {
        return Ok(None);
    };
    let mut compatible = node.compatible().into_iter().flatten();
    if !compatible.any(|name| name == "arm,pl011") {
        return Ok(None);
    }
    let registers = node.reg().map_err(|err| format!("console: {err}"))?;
    let Some(region) = registers.into_iter().flatten().next() else {
        return Err("console: expected a property reg".to_owned());
    };
    let paddr: u64 = region.address().map_err(|err| format!("console: {err}"))?;
    Ok(Some(format!("Uart::Pl011 {{ paddr: {paddr:#x} }}")))
}

/// The device that `/chosen/stdout-path` names (Devicetree Specification 0.4, 3.6).
fn stdout(tree: Fdt<'_>) -> Result<Option<FdtNode<'_>>> {
    let Some(chosen) = tree.chosen() else {
        return Ok(None);
    };
    let path = chosen.stdout_path().map_err(|err| format!("/chosen: {err}"))?;
    // Options of the line may follow the path, as in "/pl011@9000000:115200".
    let path = path.and_then(|path| path.split(':').next());
    Ok(path.and_then(|path| tree.find_node(path)))
}
