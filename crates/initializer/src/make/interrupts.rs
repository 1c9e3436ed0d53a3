//! Interrupts, and the permission for secure monitor calls.

use sel4::init_thread::slot;
use sel4::{cap, sel4_cfg_bool};
use system_spec::flat::Kind;

use super::{Maker, each};
use crate::arch;
use crate::failure::{Cause, Failure};
use crate::slots;

const NO_SMC: Cause<'static> =
    Cause::Unsupported("this kernel passes no secure monitor calls on (ALLOW_SMC_CALLS is off)");

/// Makes the handlers' capabilities.
pub fn make<'a>(maker: &mut Maker<'_, 'a>) -> Result<(), Failure<'a>> {
    for (id, object) in each(maker.spec) {
        match object.kind() {
            Kind::Interrupt(interrupt) => {
                let place = maker.memory.slot()?;
                maker.set_slot(id, place);
                arch::interrupt_handler(&interrupt, &slots::path(place))
                    .map_err(maker.refused(id, "taking the interrupt"))?;
            }
            Kind::SmcPermission => {
                if !sel4_cfg_bool!(ALLOW_SMC_CALLS) {
                    return Err(maker.failure(id, NO_SMC));
                }
                maker.set_slot(id, slot::SMC.index());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Connects interrupts with the notifications that they signal.
pub fn connect<'a>(maker: &mut Maker<'_, 'a>) -> Result<(), Failure<'a>> {
    for (id, object) in each(maker.spec) {
        let Kind::Interrupt(interrupt) = object.kind() else {
            continue;
        };
        let Some(cap) = interrupt.notification else {
            continue;
        };
        let place = maker.memory.slot()?;
        maker.put(id, slots::path(place), &cap)?;
        let handler: cap::IrqHandler = maker.cap(id);
        handler
            .irq_handler_set_notification(slots::cap(place))
            .map_err(maker.refused(id, "connecting it with its notification"))?;
        handler.irq_handler_ack().map_err(maker.refused(id, "acknowledging it"))?;
    }
    Ok(())
}
