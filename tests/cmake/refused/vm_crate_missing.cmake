# expect: nowhere/Cargo.toml (expected the folder of a Rust crate)
DeclareCAmkESARMVM(VM CRATE nowhere)
