//! System call numbers and invocation labels.

use std::fmt::Write as _;

use sel4_build_env::Result;
use sel4_prefix::config::Config;
use sel4_prefix::interfaces::Interfaces;
use sel4_prefix::syscalls::Syscalls;

pub fn generate(calls: &Syscalls, api: &Interfaces, config: &Config) -> Result<String> {
    let mut out = String::new();
    for (number, name) in calls.present(config) {
        writeln!(out, "/// System call {number}.").unwrap();
        // Two's complement, so -1 is the highest word.
        let below_max = -1 - number;
        writeln!(out, "pub const seL4_Sys{name}: seL4_Word = seL4_Word::MAX - {below_max};")
            .unwrap();
    }
    let labels = api.labels(config).map_err(|err| err.to_string())?;
    for (number, name) in labels.iter().enumerate() {
        writeln!(out, "/// Invocation label {number}.").unwrap();
        writeln!(out, "pub const {name}: seL4_Word = {number};").unwrap();
    }
    Ok(out)
}
