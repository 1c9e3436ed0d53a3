//! A component that prints a greeting.
#![cfg_attr(target_os = "none", no_std, no_main)]

use component::println;

component::include_interfaces!();

struct Hello {
    interfaces: Interfaces,
}

impl Component for Hello {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces }
    }

    fn run(&mut self) {
        let name = self.interfaces.runtime.name();
        println!("{name}: {}", self.interfaces.attributes.greeting);
    }
}

component::main!(Hello);
