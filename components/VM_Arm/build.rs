//! Generates the component's interfaces.

fn main() {
    component_build::Generator::new("VM.camkes", "VM").standard().run();
}
