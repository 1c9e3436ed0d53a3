//! The board's serial port.

use component::{Dataport, Runtime};
use pl011_driver::{Config, Pl011};
use serial_mux::server;

/// The port.
#[derive(Debug)]
pub struct Port(Pl011<Dataport>);

impl Port {
    /// Takes over the device that an interface stands for.
    ///
    /// # Panics
    /// There is none, or it's none of this kind: then there is nothing to serve.
    pub fn new(runtime: Runtime, interface: &str) -> Self {
        let name = runtime.name();
        let device = runtime.device(interface);
        let device = device.unwrap_or_else(|| panic!("{name}.{interface} is no device"));
        let path = device.path();
        let registers = device.registers(0).filter(|registers| registers.len() >= 0x1000);
        let registers = registers.unwrap_or_else(|| panic!("{path} has no page of registers"));
        match Pl011::new(registers, &Config::default()) {
            Ok(port) => Self(port),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    /// Clears what reading and writing doesn't.
    pub fn interrupt(&mut self) {
        let _ = self.0.interrupt();
    }
}

impl server::Port for Port {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.0.receive(buffer).count
    }

    fn send(&mut self, bytes: &[u8]) -> usize {
        self.0.send(bytes)
    }
}
