//! Generates the component's interfaces.

fn main() {
    component_build::generate("Visitor.camkes", "Visitor");
}
