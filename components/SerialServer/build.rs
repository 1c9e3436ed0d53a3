//! Generates the component's interfaces.

fn main() {
    component_build::Generator::new("SerialServer.camkes", "SerialServer")
        .deferred("processed_putchar.putchar")
        .deferred("raw_putchar.putchar")
        .run();
}
