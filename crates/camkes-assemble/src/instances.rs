//! Component instances: their own objects before connectors run, their threads afterwards.

mod finish;
mod memory;

use camkes_lang::model::{self, ComponentId, End};
use camkes_lang::{Diagnostic, Model};
use component_config::{badge, slot};
use system_spec::model::{Cap, InstanceId, Rights};

pub(crate) use finish::finish_all;

use crate::assembly::Assembly;
use crate::builder::{cap, index};
use crate::image::TypeImage;
use crate::plan::Plan;
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
    own.stack = Some(memory::anonymous(builder, &mut space, (name, id), "stack", stack)?);
    own.ipc_buffer = Some(memory::page(builder, &mut space, (name, id), "ipc")?);
    if input.options.monitor {
        own.log = Some(memory::page(builder, &mut space, (name, id), "log")?);
    }
    let heap =
        settings::heap_size(instance, input.options.heap_size, builder.geometry.large_bits())?;
    if heap > 0 {
        own.heap = Some(memory::anonymous(builder, &mut space, (name, id), "heap", heap)?);
    }
    if let Some(files) = input.archives.get(name) {
        own.archive = Some(memory::archive(builder, &mut space, (name, id), files)?);
    }
    own.dma = memory::dma_pool(assembly, instance, &mut space, id)?;
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
