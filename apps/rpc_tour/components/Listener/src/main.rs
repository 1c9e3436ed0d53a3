//! The other side of events and of shared memory.

#![cfg_attr(target_os = "none", no_std, no_main)]

use component::{Caller, SharedMemory};

component::include_interfaces!();

struct Listener {
    interfaces: Interfaces,
    handled: [i32; 4],
}

impl Listener {
    fn memory(&self, with_caps: bool) -> &SharedMemory {
        if with_caps { &self.interfaces.with_caps } else { &self.interfaces.memory }
    }
}

impl Component for Listener {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, handled: [0; 4] }
    }

    fn native_handle(&mut self) {
        self.handled[0] += 1;
    }

    fn bound_handle(&mut self) {
        self.handled[1] += 1;
    }

    fn queued_handle(&mut self) {
        self.handled[2] += 1;
    }

    fn callback_handle(&mut self) {
        self.handled[3] += 1;
    }

    /// Gives back in capital letters what the other side offers.
    fn queue_notified(&mut self) {
        let queue = &self.interfaces.queue;
        let Some(memory) = queue.memory() else {
            return;
        };
        let mut text = [0; 5];
        if memory.read(0, &mut text).is_ok() {
            text.make_ascii_uppercase();
            let _ = memory.write(0, &text);
            queue.notify();
        }
    }

    // The event `polled` has no handler: it stays until it is asked for.

    fn witness_handled(&mut self, _: Caller, event: i32) -> i32 {
        usize::try_from(event).ok().and_then(|event| self.handled.get(event)).map_or(-1, |it| *it)
    }

    fn witness_taken(&mut self, _: Caller) -> bool {
        self.interfaces.polled.poll()
    }

    fn witness_ring(&mut self, _: Caller) {
        self.interfaces.answer.emit();
    }

    fn witness_peek(&mut self, _: Caller, with_caps: bool, offset: u32) -> i32 {
        let byte = self.memory(with_caps).load::<u8>(offset as usize);
        byte.map_or(-1, i32::from)
    }

    fn witness_poke(&mut self, _: Caller, with_caps: bool, offset: u32, value: u8) -> bool {
        self.memory(with_caps).store(offset as usize, value).is_ok()
    }
}

component::main!(Listener);
