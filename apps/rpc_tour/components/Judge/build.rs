//! Generates the component's interfaces.

fn main() {
    component_build::Generator::new("Judge.camkes", "Judge").deferred("verdicts.begin").run();
}
