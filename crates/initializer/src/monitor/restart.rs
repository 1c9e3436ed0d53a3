//! What happens after a fault.

use sel4::cap;
use system_spec::flat::{Instance, Kind};
use system_spec::model::OnFault;

use super::Monitor;
use super::output::{Output, say};
use crate::arch;
use crate::work::Watched;

/// Why a component starts: its second argument.
mod reason {
    pub const RESTART: u64 = 1;
    pub const HALT: u64 = 2;
}

/// States of an instance.
mod state {
    pub const RUNNING: u32 = 0;
    /// It answers its clients with an error.
    pub const HALTED: u32 = 1;
}

impl<'a> Monitor<'a> {
    /// Restarts, halts or suspends an instance that has faulted.
    pub fn act(&mut self, index: usize, instance: &Instance<'a>) {
        let name = instance.name();
        let Some(watched) = self.watched.get_mut(index) else {
            return;
        };
        if watched.state != state::RUNNING {
            say!(self.output, "monitor: {name}: suspended, it can't answer its clients any more");
            let watched = *watched;
            return suspend(instance, &watched, &mut self.output);
        }
        if let OnFault::Restart { limit } = instance.on_fault()
            && watched.restarts < limit
        {
            watched.restarts += 1;
            say!(self.output, "monitor: {name}: restarted ({} of {limit})", watched.restarts);
            let watched = *watched;
            return self.start(instance, &watched, reason::RESTART);
        }
        watched.state = state::HALTED;
        self.output.is_gone(index);
        match watched.restarts {
            0 => say!(self.output, "monitor: {name}: halted"),
            1 => say!(self.output, "monitor: {name}: halted after 1 restart"),
            count => say!(self.output, "monitor: {name}: halted after {count} restarts"),
        }
        let watched = *watched;
        self.start(instance, &watched, reason::HALT);
    }

    /// Lets the threads of an instance start again, and tells them why.
    fn start(&mut self, instance: &Instance<'a>, watched: &Watched, reason: u64) {
        suspend(instance, watched, &mut self.output);
        for (id, tcb) in instance.threads().zip(threads(instance, watched)) {
            let Some(Kind::Tcb(thread)) = self.spec.object(id).map(|object| object.kind()) else {
                continue;
            };
            let mut arguments = thread.arguments;
            arguments[1] = reason;
            let mut registers = arch::registers(&thread, arguments);
            if let Err(error) = tcb.tcb_write_all_registers(thread.resume, &mut registers) {
                say!(self.output, "monitor: {}: cannot be started: {error}", instance.name());
            }
        }
    }
}

fn suspend(instance: &Instance<'_>, watched: &Watched, output: &mut Output) {
    for tcb in threads(instance, watched) {
        if let Err(error) = tcb.tcb_suspend() {
            say!(*output, "monitor: {}: cannot be suspended: {error}", instance.name());
        }
    }
}

/// The threads of an instance, by the monitor's capabilities.
fn threads(instance: &Instance<'_>, watched: &Watched) -> impl Iterator<Item = cap::Tcb> {
    let first = u64::from(watched.first_thread);
    (first..).zip(instance.threads()).map(|(slot, _)| cap::Tcb::from_bits(slot))
}
