//! Generates the component's interfaces.

fn main() {
    component_build::Generator::new("Everything.camkes", "Everything").deferred("types.wait").run();
}
