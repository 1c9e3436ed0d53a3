//! Generates the component's interfaces.

fn main() {
    component_build::generate("Listener.camkes", "Listener");
}
