//! The monitor: prints output, reports faults, restarts or halts who faulted.

pub mod fault;
mod log;
pub mod output;
mod place;
mod restart;

use sel4::{Fault, cap, with_ipc_buffer};
use sel4_root_task::Never;
use system_spec::flat::{Instance, Spec};
use system_spec::model::{InstanceId, ObjectId, SIGNAL};

use crate::handover::FAULT_ENDPOINT;
use crate::make::window::Windows;
use crate::work::Watched;
use fault::Report;
use output::{Output, say};

/// Watches the system.
pub struct Monitor<'a> {
    spec: Spec<'a>,
    watched: &'static mut [Watched],
    windows: Windows,
    /// The instance whose last line of output isn't complete.
    unfinished: Option<usize>,
    output: Output,
}

impl<'a> Monitor<'a> {
    /// Takes over.
    pub fn new(
        spec: Spec<'a>, watched: &'static mut [Watched], windows: Windows, output: Output,
    ) -> Self {
        Self { spec, watched, windows, unfinished: None, output }
    }

    /// Watches for ever.
    pub fn watch(mut self) -> Never {
        if self.spec.monitor().is_none() {
            return sel4::init_thread::suspend_self();
        }
        let endpoint = cap::Endpoint::from_bits(FAULT_ENDPOINT as u64);
        loop {
            let (info, badge) = endpoint.recv(());
            if badge & SIGNAL != 0 {
                self.print_all();
            } else {
                let fault = with_ipc_buffer(|buffer| Fault::new(buffer, &info));
                self.fault(badge, &fault);
                self.output.flush();
            }
        }
    }

    fn fault(&mut self, badge: u64, fault: &Fault) {
        // What was written before the fault belongs before its report.
        self.print_all();
        let index = usize::try_from(badge & u64::from(u32::MAX)).unwrap_or(0);
        let found = index.checked_sub(1).and_then(|index| {
            let id = InstanceId(u32::try_from(index).ok()?);
            Some((index, self.spec.instance(id)?))
        });
        let Some((index, instance)) = found else {
            self.finish_line();
            let report = Report::new(&self.spec, None, None, None, fault);
            say!(self.output, "monitor: a thread that isn't watched (badge {badge:#x}): {report}");
            return;
        };
        self.print_rest(index);
        let number = usize::try_from(badge >> 32).unwrap_or(0);
        let thread = instance.threads().nth(number);
        let pc = self.tcb(index, number).and_then(|tcb| tcb.tcb_read_registers(false, 1).ok());
        self.finish_line();
        let thread_name = self.thread_name(&instance, thread);
        say!(
            self.output,
            "monitor: {}{}: {}",
            instance.name(),
            thread_name,
            Report::new(
                &self.spec,
                Some(&instance),
                thread,
                pc.map(|registers| *registers.pc()),
                fault
            )
        );
        self.act(index, &instance);
    }

    /// A thread of an instance.
    fn tcb(&self, index: usize, number: usize) -> Option<cap::Tcb> {
        let count = self.spec.instances().nth(index)?.threads().len();
        let first = self.watched.get(index)?.first_thread;
        let slot = u64::from(first).checked_add(u64::try_from(number).ok()?)?;
        (number < count).then(|| cap::Tcb::from_bits(slot))
    }

    /// The thread's name, where the instance's doesn't say it.
    fn thread_name(&self, instance: &Instance<'a>, thread: Option<ObjectId>) -> Named<'a> {
        let object = thread.and_then(|id| self.spec.object(id));
        Named(object.filter(|_| instance.threads().len() != 1).map(|object| object.name()))
    }
}

struct Named<'a>(Option<&'a str>);

impl core::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(name) => write!(f, ", thread {name}"),
            None => Ok(()),
        }
    }
}
