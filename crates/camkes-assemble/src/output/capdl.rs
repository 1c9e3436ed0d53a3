//! The capDL language, for people: what objects there are, and who can do what with them.
//!
//! The words are those of the capDL tools. Names with dots are quoted, and what memory holds and
//! instances, which the language has no words for, stand in comments.

use std::fmt::Write as _;

use system_spec::model::{
    Cap, Fill, Interrupt, Object, ObjectId, ObjectKind, OnFault, Rights, System, Thread,
};

/// Writes a system as text.
#[must_use]
pub fn text(system: &System) -> String {
    let mut out = String::from("arch aarch64\n\nobjects {\n");
    for object in &system.objects {
        object_line(&mut out, system, object);
    }
    out.push_str("}\n\ncaps {\n");
    for object in &system.objects {
        caps(&mut out, system, object);
    }
    out.push_str("}\n");
    let interrupts = system.objects.iter().filter_map(|object| match &object.kind {
        ObjectKind::Interrupt(interrupt) => Some((interrupt.number, &object.name)),
        _ => None,
    });
    let mut interrupts: Vec<_> = interrupts.collect();
    interrupts.sort_unstable();
    if !interrupts.is_empty() {
        out.push_str("\nirq maps {\n");
        for (number, name) in interrupts {
            let _ = writeln!(out, "    {number}: {}", quote(name));
        }
        out.push_str("}\n");
    }
    instances(&mut out, system);
    out
}

fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

fn named(system: &System, id: ObjectId) -> String {
    quote(&super::name(system, id))
}

fn object_line(out: &mut String, system: &System, object: &Object) {
    let name = quote(&object.name);
    let line = match &object.kind {
        ObjectKind::Endpoint => "ep".to_owned(),
        ObjectKind::Notification => "notification".to_owned(),
        ObjectKind::CNode { size_bits, .. } => format!("cnode ({size_bits} bits)"),
        ObjectKind::TranslationTable { level: 0, .. } => "vspace".to_owned(),
        ObjectKind::TranslationTable { level, .. } => format!("pt (level: {level})"),
        ObjectKind::Frame { size_bits, paddr, fills } => frame(system, *size_bits, *paddr, fills),
        ObjectKind::Untyped { size_bits, paddr } => {
            format!("ut ({size_bits} bits{})", place(*paddr))
        }
        ObjectKind::Tcb(thread) => tcb(thread),
        ObjectKind::Vcpu => "vcpu".to_owned(),
        ObjectKind::Interrupt(interrupt) => irq(interrupt),
        ObjectKind::SmcPermission => "arm_smc".to_owned(),
    };
    let _ = writeln!(out, "    {name} = {line}");
}

fn place(paddr: Option<u64>) -> String {
    paddr.map_or_else(String::new, |paddr| format!(", paddr: {paddr:#x}"))
}

fn frame(system: &System, size_bits: u8, paddr: Option<u64>, fills: &[Fill]) -> String {
    let size = match size_bits {
        bits if bits >= 30 => format!("{}G", 1_u64 << (bits - 30)),
        bits if bits >= 20 => format!("{}M", 1_u64 << (bits - 20)),
        bits => format!("{}k", (1_u64 << bits) / 1024),
    };
    let mut text = format!("frame ({size}{}", place(paddr));
    if !fills.is_empty() {
        let fills: Vec<String> = fills.iter().map(|fill| filled(system, fill)).collect();
        let _ = write!(text, ", fill: [{}]", fills.join(" "));
    }
    text.push(')');
    text
}

fn filled(system: &System, fill: &Fill) -> String {
    let content = system.contents.get(fill.content.0 as usize);
    let name = content.map_or("?", |content| content.name.as_str());
    format!(
        "{{{} {} CDL_FrameFill_FileData \"{name}\" {}}}",
        fill.offset, fill.length, fill.content_offset
    )
}

fn tcb(thread: &Thread) -> String {
    let arguments: Vec<String> =
        thread.arguments.iter().map(|argument| format!("{argument:#x}")).collect();
    let buffer = thread.ipc_buffer.map_or(0, |(address, _)| address);
    format!(
        "tcb (addr: {buffer:#x}, ip: {:#x}, sp: {:#x}, prio: {}, max_prio: {}, affinity: {}, \
         dom: {}, fault_ep: {:#x}, resume: {}, init: [{}])",
        thread.pc,
        thread.sp,
        thread.priority,
        thread.max_priority,
        thread.affinity,
        thread.domain,
        thread.fault_endpoint,
        thread.resume,
        arguments.join(", ")
    )
}

fn irq(interrupt: &Interrupt) -> String {
    let trigger = if interrupt.edge { "edge" } else { "level" };
    format!("arm_irq (trigger: {trigger}, target: {})", interrupt.target)
}

fn caps(out: &mut String, system: &System, object: &Object) {
    let slots: Vec<(String, String)> = match &object.kind {
        ObjectKind::CNode { slots, .. } | ObjectKind::TranslationTable { entries: slots, .. } => {
            slots.iter().map(|(slot, it)| (format!("{slot:#x}"), cap(system, it))).collect()
        }
        ObjectKind::Tcb(thread) => tcb_caps(system, thread),
        ObjectKind::Interrupt(interrupt) => {
            interrupt.notification.iter().map(|it| ("0".to_owned(), cap(system, it))).collect()
        }
        _ => return,
    };
    let _ = writeln!(out, "{} {{", quote(&object.name));
    for (slot, text) in slots {
        let _ = writeln!(out, "    {slot}: {text}");
    }
    out.push_str("}\n");
}

fn tcb_caps(system: &System, thread: &Thread) -> Vec<(String, String)> {
    let mut caps = vec![
        ("cspace".to_owned(), cap(system, &thread.cspace)),
        ("vspace".to_owned(), named(system, thread.vspace)),
    ];
    let mut add = |name: &str, id: Option<ObjectId>| {
        caps.extend(id.map(|id| (name.to_owned(), named(system, id))));
    };
    add("ipc_buffer_slot", thread.ipc_buffer.map(|(_, frame)| frame));
    add("bound_notification", thread.bound_notification);
    add("vcpu", thread.vcpu);
    caps
}

/// A capability: object, then rights, badge, guard and attributes where the kind has them.
fn cap(system: &System, cap: &Cap) -> String {
    let mut extras = Vec::new();
    match super::kind(system, cap.object) {
        Some(ObjectKind::Frame { .. }) => {
            extras.push(rights(cap.rights));
            if !cap.memory.cached {
                extras.push("uncached".to_owned());
            }
            if cap.memory.executable {
                extras.push("executable".to_owned());
            }
        }
        Some(ObjectKind::Endpoint | ObjectKind::Notification) => {
            extras.push(rights(cap.rights));
            if cap.badge != 0 {
                extras.push(format!("badge: {:#x}", cap.badge));
            }
        }
        Some(ObjectKind::SmcPermission) if cap.badge != 0 => {
            extras.push(format!("badge: {:#x}", cap.badge));
        }
        Some(ObjectKind::CNode { .. }) => {
            let guard = cap.guard;
            extras.push(format!("guard: {:#x}, guard_size: {}", guard.value, guard.size));
        }
        _ => {}
    }
    let extras =
        if extras.is_empty() { String::new() } else { format!(" ({})", extras.join(", ")) };
    format!("{}{extras}", named(system, cap.object))
}

fn rights(rights: Rights) -> String {
    let letters =
        [(rights.read, 'R'), (rights.write, 'W'), (rights.grant, 'G'), (rights.grant_reply, 'P')];
    letters.into_iter().filter(|(given, _)| *given).map(|(_, letter)| letter).collect()
}

fn instances(out: &mut String, system: &System) {
    if system.instances.is_empty() {
        return;
    }
    out.push_str("\n-- instances\n");
    for instance in &system.instances {
        let fault = match instance.on_fault {
            OnFault::Halt => "halt".to_owned(),
            OnFault::Restart { limit } => format!("restart, at most {limit} times"),
        };
        let _ =
            writeln!(out, "-- {}: {}, after a fault: {fault}", instance.name, instance.component);
    }
    if let Some(monitor) = &system.monitor {
        let console = match monitor.output {
            Some(output) => match system.instances.get(output.instance.0 as usize) {
                Some(instance) => format!(", whose console is {}", instance.name),
                None => String::new(),
            },
            None if monitor.owns_console => ", which owns the console".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(
            out,
            "-- monitor{console}: faults arrive at {}, output at {}",
            named(system, monitor.fault_endpoint),
            named(system, monitor.notification)
        );
    }
}
