//! Component instances: their own objects before connectors run, their threads afterwards.

use camkes_lang::model::{self, ComponentId, End};
use camkes_lang::{Diagnostic, Model};
use component_config::{badge, slot, start};
use system_spec::model::{
    Cap, Instance, InstanceId, Interrupt, MemoryAttributes, Monitor, ObjectId, ObjectKind, Rights,
    Thread,
};

use crate::assembly::{Assembly, Site};
use crate::builder::{AddressSpace, Backing, Builder, cap, index};
use crate::geometry::{PAGE, PAGE_BITS, pages};
use crate::image::{CACHED, DmaPool, Own, TypeImage, UNCACHED};
use crate::plan::{Mapped, Plan, Registers};
use crate::program::Program;
use crate::{connectors, settings};

/// Instances that the bits of the monitor's badge tell apart; more of them share bits.
const MONITOR_BITS: u32 = 62;

/// Makes the objects that every instance has.
pub(crate) fn start_all(assembly: &mut Assembly<'_>) {
    let model = assembly.model;
    let mut missing = Vec::new();
    for id in model.instance_ids() {
        let plan = if needs_program(model, id) {
            match start(assembly, id, &mut missing) {
                Ok(plan) => plan,
                Err(error) => {
                    let spot = model[id].name_span;
                    let error = if error.primary.is_none() { error.at(spot) } else { error };
                    assembly.diagnostics.push(error);
                    None
                }
            }
        } else {
            None
        };
        assembly.plans.push(plan);
    }
    unused_programs(assembly);
}

/// Whether an instance has code: it isn't a device, not only a frame around inner instances, and
/// not only a place for settings.
#[must_use]
pub fn needs_program(model: &Model, id: model::InstanceId) -> bool {
    let component = model.component_of(id);
    if component.hardware {
        return false;
    }
    if component.control {
        return true;
    }
    let own: Vec<usize> = component
        .interfaces
        .iter()
        .enumerate()
        .filter(|(_, interface)| !interface.exported)
        .map(|(index, _)| index)
        .collect();
    if own.is_empty() {
        return !component.composite;
    }
    let passive = |interface: &usize| {
        model.connections.iter().any(|connection| {
            let name = &model[connection.connector].name;
            let is_end = |end: &End| end.instance == id && end.interface == *interface;
            connection.to.iter().any(is_end)
                && connectors::find(name).is_some_and(connectors::Connector::to_end_is_passive)
        })
    };
    !own.iter().all(passive)
}

fn start<'a>(
    assembly: &mut Assembly<'a>, model_id: model::InstanceId, missing: &mut Vec<ComponentId>,
) -> Result<Option<Plan<'a>>, Diagnostic> {
    let model = assembly.model;
    let (instance, component) = (&model[model_id], model.component_of(model_id));
    let input = assembly.input;
    let Some(file) = input.programs.get(&component.name) else {
        // Once for each type.
        if missing.contains(&instance.component) {
            return Ok(None);
        }
        missing.push(instance.component);
        return Err(no_program(component, instance));
    };
    let name = instance.name.as_str();
    let id = InstanceId(index(assembly.with_code().count()));
    let builder = &mut assembly.builder;
    let mut space = builder.space(name, Some(id));
    let cspace = builder.cspace(name, Some(id));
    let image = match assembly.images.get(&instance.component) {
        Some(image) => image.clone(),
        None => {
            let program = Program::parse(file, builder.geometry.end())?;
            let symbols = crate::program::symbols(file);
            let image = TypeImage::new(builder, &component.name, &program, symbols);
            assembly.images.insert(instance.component, image.clone());
            image
        }
    };
    let is_vm = camkes_check::is_virtual_machine(component);
    crate::limits::settings(instance, is_vm, &mut assembly.diagnostics);
    let mut own = image.map(builder, &mut space, name, id)?;
    let stack = settings::stack_size(instance)?;
    own.stack = Some(anonymous(builder, &mut space, (name, id), "stack", stack)?);
    own.ipc_buffer = Some(page(builder, &mut space, (name, id), "ipc")?);
    if input.options.monitor {
        own.log = Some(page(builder, &mut space, (name, id), "log")?);
    }
    let heap =
        settings::heap_size(instance, input.options.heap_size, builder.geometry.large_bits())?;
    if heap > 0 {
        own.heap = Some(anonymous(builder, &mut space, (name, id), "heap", heap)?);
    }
    if let Some(files) = input.archives.get(name) {
        own.archive = Some(archive(builder, &mut space, (name, id), files)?);
    }
    own.dma = dma_pool(assembly, instance, &mut space, id)?;
    let mut plan = Plan {
        name,
        model: model_id,
        id,
        component,
        instance,
        cspace,
        space,
        endpoint: None,
        notification: None,
        events: 0,
        clients: Vec::new(),
        served: Vec::new(),
        consumed: Vec::new(),
        emitted: Vec::new(),
        interrupts: Vec::new(),
        dataports: Vec::new(),
        registers: Vec::new(),
        nodes: Vec::new(),
        queues: Vec::new(),
        replies: (0, 0),
        guest: None,
        own,
        symbols: image.symbols,
    };
    plan.cspace.start_at(slot::FIRST_FREE);
    if let Some((faults, notification)) = assembly.monitor {
        let badge = u64::from(id.0) + 1;
        plan.cspace.put(slot::FAULT_ENDPOINT, Cap { badge, ..cap(faults, Rights::CALL) });
        let badge = badge::SIGNAL | 1 << (id.0 % MONITOR_BITS);
        plan.cspace.put(slot::MONITOR, Cap { badge, ..cap(notification, Rights::WRITE) });
    }
    Ok(Some(plan))
}

/// Memory of the instance's own that is zero at start.
fn anonymous(
    builder: &mut Builder, space: &mut AddressSpace, (name, id): (&str, InstanceId), what: &str,
    size: u64,
) -> Result<Mapped, Diagnostic> {
    let backing = Backing::Anywhere { phase: 0 };
    let memory = builder.memory(format!("{name}.{what}"), Some(id), pages(size), backing);
    let address =
        space.map(builder.extent(memory), Rights::READ_WRITE, CACHED).map_err(crate::full)?;
    Ok(Mapped { memory, address, size: pages(size), writable: true })
}

/// A page of the instance's own whose frame others have to know.
fn page(
    builder: &mut Builder, space: &mut AddressSpace, (name, id): (&str, InstanceId), what: &str,
) -> Result<(Mapped, ObjectId), Diagnostic> {
    let (memory, frame) = builder.page(format!("{name}.{what}"), Some(id));
    let address =
        space.map(builder.extent(memory), Rights::READ_WRITE, CACHED).map_err(crate::full)?;
    Ok((Mapped { memory, address, size: PAGE, writable: true }, frame))
}

/// The files of a FileServer: filled from the image, mapped and never copied.
fn archive(
    builder: &mut Builder, space: &mut AddressSpace, (name, id): (&str, InstanceId), files: &[u8],
) -> Result<Mapped, Diagnostic> {
    let content = builder.content(format!("{name}.archive"), files.to_vec());
    let memory = builder.memory_with(format!("{name}.archive"), Some(id), content);
    let address = space.map(builder.extent(memory), Rights::READ, CACHED).map_err(crate::full)?;
    Ok(Mapped { memory, address, size: files.len() as u64, writable: false })
}

/// `dma_pool`, `dma_pool_paddr` and `dma_pool_cached`.
fn dma_pool(
    assembly: &mut Assembly<'_>, instance: &model::Instance, space: &mut AddressSpace,
    id: InstanceId,
) -> Result<Option<DmaPool>, Diagnostic> {
    let size = pages(settings::dma_pool(instance)?);
    if size == 0 {
        return Ok(None);
    }
    let span = instance.settings.get("dma_pool").map_or(instance.name_span, |it| it.span);
    let paddr = match instance.settings.get("dma_pool_paddr") {
        Some(setting) => {
            let paddr = connectors::number("dma_pool_paddr", &setting.value)?;
            if !paddr.is_multiple_of(PAGE) {
                return Err(Diagnostic::error(
                    "misaligned",
                    format!(
                        "`{}.dma_pool_paddr` is {paddr:#x}, expected a multiple of {PAGE:#x}",
                        instance.name
                    ),
                )
                .at(setting.value.span));
            }
            assembly.physical.take(paddr, size);
            paddr
        }
        None => {
            let large = assembly.builder.geometry.large_bits();
            let alignment = if size >= 1 << large { large } else { PAGE_BITS };
            assembly.physical.reserve(size, alignment).ok_or_else(|| {
                Diagnostic::error(
                    "no-memory",
                    format!(
                        "no {size:#x} bytes of memory in one piece are left for `{}.dma_pool`",
                        instance.name
                    ),
                )
                .at(span)
                .help("make it smaller, or set `dma_pool_paddr`")
            })?
        }
    };
    let cached = settings::flag(instance, "dma_pool_cached");
    let memory = assembly.memory_at(&format!("{}.dma", instance.name), paddr, size, span)?;
    assembly.builder.used_by(memory, id);
    let attributes = MemoryAttributes { cached, ..CACHED };
    let address = space
        .map(assembly.builder.extent(memory), Rights::READ_WRITE, attributes)
        .map_err(crate::full)?;
    let mapped = Mapped { memory, address, size, writable: true };
    Ok(Some(DmaPool { mapped, paddr, cached }))
}

fn no_program(component: &model::Component, instance: &model::Instance) -> Diagnostic {
    let name = &component.name;
    Diagnostic::error("no-program", format!("the component type `{name}` has no program"))
        .at_with(instance.name_span, "an instance of it")
        .label(component.span, "the type is declared here")
        .help(format!(
            "bind a crate to it: `DeclareCAmkESComponent({name} ...)` in CMakeLists.txt, or \
             `--component {name}=FILE.elf` on the command line"
        ))
}

/// Programs and archives that nothing uses are likely misspelt.
fn unused_programs(assembly: &mut Assembly<'_>) {
    let model = assembly.model;
    let mut found = Vec::new();
    for name in assembly.input.programs.keys() {
        if !model.components.iter().any(|component| component.name == *name) {
            let types = model.components.iter().map(|component| component.name.as_str());
            found.push(
                Diagnostic::error(
                    "unknown-component",
                    format!("there is a program for `{name}`, but no component type of that name"),
                )
                .suggest(name, types),
            );
        }
    }
    for name in assembly.input.archives.keys() {
        if model.instance_named(name).is_none_or(|id| !needs_program(model, id)) {
            let names = model.instances.iter().map(|instance| instance.name.as_str());
            found.push(
                Diagnostic::error(
                    "unknown-instance",
                    format!("there are files for `{name}`, but no instance of that name with code"),
                )
                .suggest(name, names),
            );
        }
    }
    assembly.diagnostics.extend(found);
}

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
        *assembly.builder.monitor() = Some(Monitor { fault_endpoint, notification, owns_console });
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
    let list = |key: &str| {
        instance.settings.get(key).and_then(|setting| setting.value.as_list()).unwrap_or_default()
    };
    for value in list("mmios") {
        let Some((paddr, size)) = settings::mmio(value) else {
            let text = format!("`{}.mmios`: {value}, expected \"paddr:size:bits\"", instance.name);
            return Err(Diagnostic::error("bad-value", text).at(value.span));
        };
        let site = Site { instance: id, span: value.span };
        let memory = assembly.memory_at(&instance.name, paddr, size, value.span)?;
        let part = (paddr % PAGE, size);
        let mapped = assembly.map(site, memory, part, Rights::READ_WRITE, UNCACHED)?;
        let registers = Registers { interface: None, mapped, paddr, cached: false };
        assembly.plan(site)?.registers.push(registers);
    }
    let irqs = list("irqs");
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
