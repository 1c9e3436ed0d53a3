//! Turns the kernel's configuration into a table that the macros look up.

use std::fmt::Write as _;

use sel4_build_env::{Libsel4, Result, or_exit, write_output};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    or_exit(generate());
}

fn generate() -> Result<()> {
    use sel4_prefix::config::Value;
    // The configuration is in the order of its keys.
    let mut table = String::from("const CONFIG: &[(&str, Value)] = &[\n");
    for (key, value) in Libsel4::from_env().config()?.iter() {
        let variant = match value {
            Value::Bool(value) => format!("Bool({value})"),
            Value::Text(value) => format!("Text({value:?})"),
        };
        writeln!(table, "    ({key:?}, Value::{variant}),").expect("writing to a string");
    }
    table.push_str("];\n");
    write_output("config.rs", &table)
}
