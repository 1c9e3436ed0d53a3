//! What is left when all connections are made: configurations and threads.

use camkes_lang::Diagnostic;
use camkes_lang::model;
use component_config::{slot, start};
use system_spec::model::{Instance, Interrupt, Monitor, ObjectKind, Rights, Thread};

use crate::assembly::{Assembly, Site};
use crate::builder::{Builder, cap, index};
use crate::geometry::PAGE;
use crate::image::{CACHED, Own, UNCACHED};
use crate::plan::{Plan, Registers};
use crate::{connectors, settings};

/// Makes the threads, and gives the objects.
pub(crate) fn finish_all(assembly: &mut Assembly<'_>) -> Builder {
    let ids: Vec<_> = assembly.with_code().map(|plan| plan.model).collect();
    for id in &ids {
        if let Err(error) = keys(assembly, *id) {
            assembly.diagnostics.push(error);
        }
    }
    for plan in std::mem::take(&mut assembly.plans).into_iter().flatten() {
        if let Err(error) = finish(assembly, plan) {
            assembly.diagnostics.push(error);
        }
    }
    if let Some((fault_endpoint, notification)) = assembly.monitor {
        let owns_console = !console_is_taken(assembly);
        let output = assembly.monitor_output;
        *assembly.builder.monitor() =
            Some(Monitor { fault_endpoint, notification, owns_console, output });
    }
    let empty = Builder::new(assembly.kernel.geometry.clone());
    std::mem::replace(&mut assembly.builder, empty)
}

/// `mmios` and `irqs`: device memory and interrupts that belong to no interface.
fn keys(assembly: &mut Assembly<'_>, id: model::InstanceId) -> Result<(), Diagnostic> {
    let instance = &assembly.model[id];
    // A VM's are its guest's.
    if camkes_check::is_virtual_machine(assembly.model.component_of(id)) {
        return Ok(());
    }
    for value in settings::list(instance, "mmios") {
        let (paddr, size) = settings::mmio(instance, value)?;
        let site = Site { instance: id, span: value.span };
        let memory = assembly.memory_at(&instance.name, paddr, size, value.span)?;
        let part = (paddr % PAGE, size);
        let mapped = assembly.map(site, memory, part, Rights::READ_WRITE, UNCACHED)?;
        let registers = Registers { interface: None, mapped, paddr, cached: false };
        assembly.plan(site)?.registers.push(registers);
    }
    let irqs = settings::list(instance, "irqs");
    let bit = match irqs.first() {
        Some(value) => assembly.event(Site { instance: id, span: value.span })?,
        None => return Ok(()),
    };
    for value in irqs {
        let number = connectors::number("irqs", value)?;
        let number = u32::try_from(number).map_err(|_| {
            let text = format!("`{}.irqs`: {number} is no interrupt's number", instance.name);
            Diagnostic::error("bad-value", text).at(value.span)
        })?;
        let interrupt = Interrupt { number, edge: false, target: 0, notification: None };
        let site = Site { instance: id, span: value.span };
        assembly.interrupt(site, None, interrupt, bit, value.span)?;
    }
    Ok(())
}

fn finish(assembly: &mut Assembly<'_>, mut plan: Plan<'_>) -> Result<(), Diagnostic> {
    // Each client can wait for one answer.
    let clients = index(plan.served.len());
    if clients > 0 {
        plan.replies = (plan.cspace.reserve(clients), clients);
        plan.cspace.put_own(slot::CNODE);
    }
    // Where it has nothing to wait for, it has to wait without using the processor.
    if plan.endpoint.is_none() && plan.notification.is_none() {
        let name = format!("{}.notification", plan.name);
        let idle = assembly.builder.add(name, Some(plan.id), ObjectKind::Notification);
        plan.notification = Some(idle);
        plan.cspace.put(slot::NOTIFICATION, cap(idle, Rights::READ));
    }
    let scheduling = settings::scheduling(plan.instance, assembly.kernel)?;
    let on_fault = settings::on_fault(plan.instance)?;
    let (name, id) = (plan.name, plan.id);
    let blob = crate::config::blob(assembly, &plan)?;
    let builder = &mut assembly.builder;
    let content = builder.content(format!("{name}.config"), blob);
    let memory = builder.memory_with(format!("{name}.config"), Some(id), content);
    let config =
        plan.space.map(builder.extent(memory), Rights::READ, CACHED).map_err(crate::full)?;
    let Own { stack: Some(stack), ipc_buffer: Some(ipc_buffer), .. } = &plan.own else {
        return Ok(());
    };
    let (ipc_buffer, ipc_frame) = *ipc_buffer;
    let log = plan.own.log.map(|(_, frame)| frame);
    let thread = Thread {
        cspace: plan.cspace.cap(),
        vspace: plan.space.root(),
        ipc_buffer: Some((ipc_buffer.address, ipc_frame)),
        bound_notification: plan.notification,
        vcpu: None,
        fault_endpoint: if assembly.monitor.is_some() { slot::FAULT_ENDPOINT.into() } else { 0 },
        priority: scheduling.priority,
        max_priority: scheduling.max_priority,
        affinity: scheduling.affinity,
        domain: scheduling.domain,
        pc: plan.own.entry,
        sp: stack.address + stack.size,
        arguments: [config, start::FIRST, ipc_buffer.address, 0],
        thread_pointer: ipc_buffer.address,
        resume: true,
        // Components are built for a target without them.
        fpu_disabled: true,
    };
    let thread = builder.add(format!("{name}.tcb"), Some(id), ObjectKind::Tcb(thread));
    builder.instances().push(Instance {
        name: name.to_owned(),
        component: plan.component.name.clone(),
        threads: vec![thread],
        log,
        on_fault,
        symbols: plan.symbols,
    });
    builder.put_cspace(plan.cspace);
    builder.put_space(plan.space);
    Ok(())
}

/// Whether a component has the registers of the serial port that the board's device tree calls its
/// console.
fn console_is_taken(assembly: &Assembly<'_>) -> bool {
    let Some(tree) = &assembly.tree else {
        return false;
    };
    let Ok(regions) = tree.stdout().and_then(|place| place.regions()) else {
        return false;
    };
    let page = |address: u64| address / PAGE;
    let taken = assembly.builder.physical();
    regions.iter().any(|region| {
        taken.iter().any(|(first, last)| {
            page(*first) <= page(region.base) && page(region.base) <= page(*last)
        })
    })
}
