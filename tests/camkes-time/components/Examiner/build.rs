//! Generates the component's interfaces.

fn main() {
    component_build::generate("Examiner.camkes", "Examiner");
}
