//! A component that has a guest restarted once, and presses its power button every few seconds.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

component::include_interfaces!();

const TIMER: i32 = 0;
const NANOSECONDS: u64 = 5_000_000_000;

struct Presser {
    interfaces: Interfaces,
    restarted: bool,
}

impl Component for Presser {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, restarted: false }
    }

    fn run(&mut self) {
        let code = self.interfaces.timer.periodic(TIMER, NANOSECONDS).unwrap();
        assert_eq!(code, 0, "the time server refuses a periodic timer");
    }

    fn timer_notified(&mut self) {
        let Interfaces { timer, button, restart, .. } = &self.interfaces;
        if timer.completed().unwrap() == 0 {
            return;
        }
        if self.restarted {
            button.emit();
        } else {
            restart.emit();
            self.restarted = true;
        }
    }
}

component::main!(Presser);
