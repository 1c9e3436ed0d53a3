//! A VM with two modules of the application: a doorbell that other components ring, and numbers
//! that stand for random ones.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

mod doorbell;
mod entropy;

use alloc::boxed::Box;

use vm_arm::{Modules, modules};

fn all() -> Modules {
    let mut all = modules::standard();
    all.push(Box::new(doorbell::Doorbell::default()));
    all.push(Box::new(entropy::Counting));
    all
}

vm_arm::main!(all);
