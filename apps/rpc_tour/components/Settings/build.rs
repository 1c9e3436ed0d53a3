//! Generates the component's interfaces.

fn main() {
    component_build::generate("Settings.camkes", "Settings");
}
