//! Generates the enumerations of invocation labels and system calls from `interfaces/`.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use sel4_idl::config::Config;
use sel4_idl::interfaces::Interfaces;
use sel4_idl::syscalls::Syscalls;

/// What decides about labels in the configuration that this crate describes. Everything else is
/// off: no MCS, one node, no hardware debug API, no SMMU.
const ENABLED: [&str; 3] = ["ARCH_ARM", "ARCH_AARCH64", "ARM_HYPERVISOR_SUPPORT"];

const INTERFACES: [&str; 3] = [
    "interfaces/object-api.xml",
    "interfaces/object-api-sel4-arch.xml",
    "interfaces/object-api-arch.xml",
];
const SYSCALLS: &str = "interfaces/syscall.xml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=interfaces");
    let out_dir = env::var("OUT_DIR")?;
    let out_dir = Path::new(&out_dir);
    fs::write(out_dir.join("labels.rs"), labels()?)?;
    fs::write(out_dir.join("syscalls.rs"), syscalls()?)?;
    Ok(())
}

fn labels() -> Result<String, Box<dyn Error>> {
    let mut interfaces = Interfaces::default();
    for file in INTERFACES {
        let one = Interfaces::parse(file, &fs::read_to_string(file)?)?;
        interfaces.interfaces.extend(one.interfaces);
    }
    let config = Config::with_enabled(ENABLED);
    let labels = interfaces.labels(&config)?;
    let briefs = interfaces.methods(&config).map(|(interface, method)| {
        let object = interface.name.trim_start_matches("seL4_");
        format!("`{object}`: {}", method.brief)
    });
    let briefs = std::iter::once(String::from("No invocation.")).chain(briefs);
    let variants: Vec<_> = (0isize..)
        .zip(labels.iter().zip(briefs))
        .map(|(value, (name, brief))| (value, (*name).to_owned(), brief))
        .collect();
    Ok(enumeration("InvocationLabel", "usize", &variants)?)
}

fn syscalls() -> Result<String, Box<dyn Error>> {
    let calls = Syscalls::parse(SYSCALLS, &fs::read_to_string(SYSCALLS)?)?;
    // Debug builds differ from others in the presence of calls, never in their numbers.
    let config = Config::with_enabled(ENABLED.into_iter().chain(["DEBUG_BUILD", "PRINTING"]));
    let variants: Vec<_> = calls
        .present(&config)
        .map(|(number, name)| {
            let kind = if name.starts_with("Debug") { "Debug system call" } else { "System call" };
            let value = isize::try_from(number).unwrap_or_default();
            (value, name.to_owned(), format!("{kind} {number}."))
        })
        .collect();
    Ok(enumeration("Syscall", "isize", &variants)?)
}

fn enumeration(
    name: &str, repr: &str, variants: &[(isize, String, String)],
) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(out, "word_enum! {{")?;
    writeln!(out, "    /// See the module's description.")?;
    writeln!(out, "    #[allow(non_camel_case_types)]")?;
    writeln!(out, "    pub enum {name}: {repr} {{")?;
    for (value, variant, doc) in variants {
        writeln!(out, "        /// {doc}")?;
        writeln!(out, "        {variant} = {value},")?;
    }
    writeln!(out, "    }}")?;
    writeln!(out, "}}")?;
    Ok(out)
}
