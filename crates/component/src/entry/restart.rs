//! What is done before the program proper: after a fault others are told, and its memory gets the
//! content that it began with.

use component_config::read::Kind;
use component_config::{Config, label, slot};

use crate::caller::refusal;

/// Bytes of a blob's header that say how long it is (Devicetree Specification 0.4, section 5.2).
const HEADER: usize = 8;

/// The configuration's bytes.
///
/// # Safety
///
/// If the pointer is aligned and not null, there must be a device tree blob that nobody changes.
pub(super) unsafe fn blob(start: *const u8) -> Option<&'static [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: a blob has a header.
    let header = unsafe { core::slice::from_raw_parts(start, HEADER) };
    let size = u32::from_be_bytes(*header.last_chunk()?);
    // SAFETY: the header says how long the blob is.
    Some(unsafe { core::slice::from_raw_parts(start, usize::try_from(size).ok()?) })
}

/// Answers everybody who waits for an answer: the last caller, and those whose replies were saved.
fn answer_all(config: &Config<'_>, label: u64) {
    let info = refusal(label);
    sel4::with_ipc_buffer_mut(|ipc_buffer| sel4::reply(ipc_buffer, info));
    let replies = config.replies();
    for slot in replies.first..replies.first.saturating_add(replies.count) {
        // Nothing happens if the slot is empty.
        sel4::cap::Endpoint::from_bits(slot.into()).nb_send(info);
    }
}

/// After a fault, to run again: calls that were not answered are lost, and interrupts that were
/// not acknowledged would never come again.
pub(super) fn tell_callers(config: &Config<'_>) {
    answer_all(config, label::SERVER_RESTARTED);
    for interface in config.interfaces() {
        let irqs = match interface.kind {
            Kind::Consumes { irqs, .. } => irqs,
            Kind::Device(device) => device.irqs,
            _ => continue,
        };
        for irq in irqs {
            // There is nobody to tell of an error yet.
            let _ = sel4::cap::IrqHandler::from_bits(irq.handler.into()).irq_handler_ack();
        }
    }
}

/// After the last fault: refuses every call, for ever. Uses text, stack, IPC buffer and the
/// configuration, which are as they were.
pub(super) fn refuse_all(config: &Config<'_>) -> ! {
    answer_all(config, label::SERVER_GONE);
    let slot = if config.has_endpoint() { slot::ENDPOINT } else { slot::NOTIFICATION };
    let endpoint = sel4::cap::Endpoint::from_bits(slot.into());
    let info = refusal(label::SERVER_GONE);
    endpoint.recv(());
    loop {
        // After a signal there is nobody to reply to, which changes nothing.
        endpoint.reply_recv(info, ());
    }
}

/// Gives the program's writable memory its first content.
///
/// # Safety
///
/// Nothing may have used it yet, and nothing may refer to it.
pub(super) unsafe fn restore_data(config: &Config<'_>, clear: bool) {
    for image in config.images() {
        let size = |number: u64| usize::try_from(number).unwrap_or(0);
        let target = core::ptr::with_exposed_provenance_mut::<u8>(size(image.target));
        let source = core::ptr::with_exposed_provenance::<u8>(size(image.source));
        let length = size(image.file_size);
        // SAFETY: the assembler gives source and target of the program's own segments.
        unsafe { target.copy_from_nonoverlapping(source, length) };
        // The memory of a first start is zero.
        if clear {
            let rest = size(image.memory_size).saturating_sub(length);
            // SAFETY: as above.
            unsafe { target.add(length).write_bytes(0, rest) };
        }
    }
}
