# expect: DeclareCAmkESARMVM(VM): EXTRA_SOURCES src/extra.c: the VM component is a Rust crate
DeclareCAmkESARMVM(VM EXTRA_SOURCES src/extra.c)
