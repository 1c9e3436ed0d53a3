//! Exits of guests.

use kernel_api_tests::support::{Env, Outcome, guest};
use sel4::{UserContext, Word, with_ipc_buffer_mut};

use crate::calls::{reply_receive, tag};
use crate::measure::operation;

/// Measures all of it.
pub fn measure(env: Env) -> Outcome {
    let guest = env.started_guest(guest::WFI, &[])?;
    guest.waits()?;
    let ep = guest.handler.bits();
    // Answered, the guest executes WFI again: nothing but the way to the VMM and back.
    operation("VCPU exit (WFI) and resume", || _ = reply_receive(ep, tag(0), 0));

    let mut context: UserContext = guest.tcb.tcb_read_all_registers(false)?;
    let tcb = guest.tcb;
    operation("VCPU exit (WFI), pc written, and resume", || {
        let _ = tcb.tcb_write_registers(false, 1, &mut context);
        reply_receive(ep, tag(0), 0);
    });
    tcb.tcb_suspend()?;

    hypercall(env)
}

/// A hypercall with a number that is no system call, answered with the registers behind it.
fn hypercall(env: Env) -> Outcome {
    const NUMBER: Word = 100;
    let guest = env.started_guest(guest::HVC, &[0, 0, 0, 0, 0, 0, 0, NUMBER])?;
    guest.exit();
    let ep = guest.handler.bits();
    // x0 to x7 and the program counter; the latter is left where it is, so the guest calls again.
    let pc = *guest.tcb.tcb_read_all_registers(false)?.pc();
    with_ipc_buffer_mut(|ipc| {
        ipc.msg_regs_mut()[..9].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, NUMBER, pc]);
    });
    operation("VCPU exit (HVC) and resume with registers", || {
        reply_receive(ep, tag(9), 0);
    });
    guest.tcb.tcb_suspend()?;
    Ok(())
}
