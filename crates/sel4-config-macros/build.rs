//! Turns the kernel's configuration (`gen_config.json`) into a table that the macros look up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::{env, fs};

use serde_json::Value;

/// Where the two halves of the configuration are, below an include directory of the prefix.
const FILES: [&str; 2] = ["kernel/gen_config.json", "sel4/gen_config.json"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=default");
    match generate() {
        Ok(table) => {
            let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
            fs::write(out.join("config.rs"), table).expect("OUT_DIR is writable");
        }
        Err(message) => {
            println!("cargo::error={message}");
            exit(1);
        }
    }
}

/// The include directories that the environment names, as rust-sel4 reads them: the list
/// `SEL4_INCLUDE_DIRS`, or else `libsel4/include` in `SEL4_PREFIX`.
fn include_dirs() -> Option<Vec<PathBuf>> {
    println!("cargo::rerun-if-env-changed=SEL4_INCLUDE_DIRS");
    println!("cargo::rerun-if-env-changed=SEL4_PREFIX");
    if let Some(list) = env::var_os("SEL4_INCLUDE_DIRS") {
        return Some(env::split_paths(&list).collect());
    }
    let prefix = env::var_os("SEL4_PREFIX")?;
    Some(vec![Path::new(&prefix).join("libsel4/include")])
}

fn generate() -> Result<String, String> {
    let mut config = BTreeMap::new();
    match include_dirs() {
        None => read(Path::new("default/gen_config.json"), &mut config)?,
        Some(dirs) => {
            for file in FILES {
                let found = dirs.iter().map(|dir| dir.join(file)).find(|p| p.exists());
                let Some(path) = found else {
                    return Err(format!(
                        "no {file} in {dirs:?}; set SEL4_PREFIX to the directory that the \
                         kernel was installed to"
                    ));
                };
                read(&path, &mut config)?;
            }
        }
    }
    let mut table = String::from("const CONFIG: &[(&str, Value)] = &[\n");
    for (key, value) in &config {
        writeln!(table, "    ({key:?}, {value}),").expect("writing to a string");
    }
    table.push_str("];\n");
    Ok(table)
}

fn read(path: &Path, config: &mut BTreeMap<String, String>) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path).map_err(|err| format!("{}: {err}", path.display()))?;
    let json: Value =
        serde_json::from_str(&text).map_err(|err| format!("{}: {err}", path.display()))?;
    let Value::Object(entries) = json else {
        return Err(format!("{}: expected one JSON object", path.display()));
    };
    for (key, value) in entries {
        let literal = match value {
            Value::Bool(value) => format!("Value::Bool({value})"),
            Value::String(value) => format!("Value::Text({value:?})"),
            other => {
                return Err(format!(
                    "{}: {key} is {other}, expected true, false or a string",
                    path.display()
                ));
            }
        };
        config.insert(key, literal);
    }
    Ok(())
}
