//! A guest's virtual processors.

use camkes_lang::{Diagnostic, Value};
use component_config::badge;
use component_config::model::guest::Vcpu;
use system_spec::model::{Cap, ObjectKind, Rights, Thread};

use crate::assembly::{Assembly, Site};
use crate::builder::{AddressSpace, cap};

/// A VCPU object is made of this much memory, when the guest starts and at each reset: the kernel
/// has no other way to clear the list registers.
const VCPU_BITS: u8 = 12;
/// Slot of the fault endpoint in a processor's capability space of two slots.
const FAULT: u32 = 1;

/// A thread for each processor. Its capability space holds the fault endpoint and nothing else: a
/// hypervisor call of a guest is a system call.
pub fn all(
    assembly: &mut Assembly<'_>, site: Site, space: &AddressSpace,
) -> Result<Vec<Vcpu>, Diagnostic> {
    let instance = &assembly.model[site.instance];
    let number = |key: &str| instance.value(key).and_then(Value::as_u64);
    let small = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
    let count = number("num_vcpus").map_or(1, small).max(1);
    let scheduling = crate::settings::scheduling(instance, assembly.kernel)?;
    // A guest never runs while its component has something to do.
    let below = scheduling.priority.saturating_sub(1);
    let priority = number("base_prio").map_or(below, |it| small(it).min(below));
    let domains = instance.value("tcb_pool_domains").and_then(Value::as_list).unwrap_or_default();
    let endpoint = assembly.endpoint(site)?;
    let plan = assembly.plan(site)?;
    let (name, owner) = (plan.name.to_owned(), plan.id);
    let mut vcpus = Vec::new();
    for vcpu in 0..count {
        let part = format!("{name}.vcpu{vcpu}");
        let builder = &mut assembly.builder;
        let mut cspace = builder.cspace(&part, Some(owner));
        cspace.start_at(FAULT + 1);
        cspace.put(FAULT, Cap { badge: badge::vcpu(vcpu), ..cap(endpoint, Rights::CALL) });
        let domain = domains.get(usize::from(vcpu)).and_then(Value::as_u64).map(small);
        let thread = Thread {
            cspace: cspace.cap(),
            vspace: space.root(),
            ipc_buffer: None,
            bound_notification: None,
            vcpu: None,
            fault_endpoint: FAULT.into(),
            priority,
            // The component lets it step back behind the guest's others, and forth again.
            max_priority: priority,
            affinity: scheduling.affinity,
            domain: domain.unwrap_or(scheduling.domain),
            pc: 0,
            sp: 0,
            arguments: [0; 4],
            thread_pointer: 0,
            resume: false,
            fpu_disabled: false,
        };
        let tcb = builder.add(format!("{part}.tcb"), Some(owner), ObjectKind::Tcb(thread));
        let memory = ObjectKind::Untyped { size_bits: VCPU_BITS, paddr: None };
        let untyped = builder.add(format!("{part}.untyped"), Some(owner), memory);
        builder.put_cspace(cspace);
        let plan = assembly.plan(site)?;
        vcpus.push(Vcpu {
            tcb: plan.cspace.add(cap(tcb, Rights::ALL)),
            untyped: plan.cspace.add(cap(untyped, Rights::ALL)),
            object: plan.cspace.reserve(1),
            priority,
        });
    }
    Ok(vcpus)
}
