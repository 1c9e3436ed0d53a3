//! A component that presses a guest's power button every few seconds.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

component::include_interfaces!();

const TIMER: i32 = 0;
const NANOSECONDS: u64 = 5_000_000_000;

struct Presser(Interfaces);

impl Component for Presser {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let code = self.0.timer.periodic(TIMER, NANOSECONDS).unwrap();
        assert_eq!(code, 0, "the time server refuses a periodic timer");
    }

    fn timer_notified(&mut self) {
        if self.0.timer.completed().unwrap() != 0 {
            self.0.button.emit();
        }
    }
}

component::main!(Presser);
