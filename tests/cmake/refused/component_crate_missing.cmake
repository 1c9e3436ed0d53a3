# expect: nowhere/Cargo.toml (expected the folder of a Rust crate)
DeclareCAmkESComponent(Hello CRATE nowhere)
