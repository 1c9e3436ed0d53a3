//! Generates the component's interfaces.

fn main() {
    component_build::generate("Terminal.camkes", "Terminal");
}
