//! Generates the component's interfaces.

fn main() {
    component_build::Generator::new("Victim.camkes", "Victim").deferred("others.wait").run();
}
