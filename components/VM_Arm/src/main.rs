//! The component VM with the standard modules, for applications without modules of their own.

#![cfg_attr(target_os = "none", no_std, no_main)]

vm_arm::main!(vm_arm::modules::standard);
