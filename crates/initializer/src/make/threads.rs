//! Threads.

use sel4::init_thread::slot;
use sel4::{BootInfoPtr, CPtr, TcbFlagsBuilder, cap};
use system_spec::flat::Kind;
use system_spec::model::{ObjectId, Thread};

use super::cspaces::guard;
use super::{Maker, each};
use crate::arch;
use crate::failure::{Cause, Failure};

impl<'a> Maker<'_, 'a> {
    /// Configures all threads, without starting them.
    pub fn configure_threads(&mut self, bootinfo: &BootInfoPtr) -> Result<(), Failure<'a>> {
        for (id, object) in each(self.spec) {
            if let Kind::Tcb(thread) = object.kind() {
                self.configure(bootinfo, id, &thread)?;
                name(self.cap(id), object.name());
            }
        }
        Ok(())
    }

    fn configure(
        &self, bootinfo: &BootInfoPtr, id: ObjectId, thread: &Thread,
    ) -> Result<(), Failure<'a>> {
        let tcb: cap::Tcb = self.cap(id);
        let cspace: cap::CNode = self.cap(thread.cspace.object);
        let space: cap::VSpace = self.cap(thread.vspace);
        let fault_endpoint = CPtr::from_bits(thread.fault_endpoint);
        let data = guard(&thread.cspace);
        let configured = match thread.ipc_buffer {
            Some((address, frame)) => {
                tcb.tcb_configure(fault_endpoint, cspace, data, space, address, self.cap(frame))
            }
            None => tcb.tcb_set_space(fault_endpoint, cspace, data, space),
        };
        configured.map_err(self.refused(id, "setting its spaces"))?;
        tcb.tcb_set_sched_params(
            slot::TCB.cap(),
            thread.max_priority.into(),
            thread.priority.into(),
        )
        .map_err(self.refused(id, "setting its priority"))?;
        if thread.fpu_disabled {
            let (clear, set) = (TcbFlagsBuilder::new(), TcbFlagsBuilder::new().fpu_disabled(true));
            tcb.tcb_set_flags(clear.build(), set.build())
                .map_err(self.refused(id, "setting its flags"))?;
        }
        self.affinity(id, thread)?;
        if usize::from(thread.domain) != bootinfo.init_thread_domain() {
            slot::DOMAIN_SET
                .cap()
                .domain_set_set(thread.domain, tcb)
                .map_err(self.refused(id, "setting its domain"))?;
        }
        if let Some(notification) = thread.bound_notification {
            tcb.tcb_bind_notification(self.cap(notification))
                .map_err(self.refused(id, "binding its notification"))?;
        }
        if let Some(vcpu) = thread.vcpu {
            arch::bind_vcpu(self.slot(vcpu), tcb)
                .map_err(self.refused(id, "binding its virtual processor"))?;
        }
        let mut registers = arch::registers(thread, thread.arguments);
        tcb.tcb_write_all_registers(false, &mut registers)
            .map_err(self.refused(id, "writing its registers"))
    }

    #[sel4::sel4_cfg(ENABLE_SMP_SUPPORT)]
    fn affinity(&self, id: ObjectId, thread: &Thread) -> Result<(), Failure<'a>> {
        self.cap::<sel4::cap_type::Tcb>(id)
            .tcb_set_affinity(thread.affinity.into())
            .map_err(self.refused(id, "setting its core"))
    }

    #[sel4::sel4_cfg(not(ENABLE_SMP_SUPPORT))]
    fn affinity(&self, id: ObjectId, thread: &Thread) -> Result<(), Failure<'a>> {
        const ONE_CORE: Cause<'static> =
            Cause::Unsupported("it has a core other than 0, but this kernel has one core only");
        if thread.affinity == 0 { Ok(()) } else { Err(self.failure(id, ONE_CORE)) }
    }
}

/// Tells a debug kernel the thread's name, for its messages.
#[sel4::sel4_cfg(DEBUG_BUILD)]
fn name(tcb: cap::Tcb, name: &str) {
    // The name goes through the message registers, with a zero at its end.
    let bytes = name.as_bytes();
    tcb.debug_name(bytes.get(..63).unwrap_or(bytes));
}

#[sel4::sel4_cfg(not(DEBUG_BUILD))]
fn name(_: cap::Tcb, _: &str) {}
