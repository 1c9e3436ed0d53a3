//! Generates the component's interfaces.

fn main() {
    component_build::generate("Sharer.camkes", "Sharer");
}
