# expect: DeclareCAmkESARMVM(VM): SOURCES src/extra.c: the VM component is a Rust crate
DeclareCAmkESARMVM(VM SOURCES src/extra.c)
