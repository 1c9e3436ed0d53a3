//! The configuration that a component reads at its start: what its plan says, in the form of
//! `component-config`.

mod kind;

use camkes_lang::ast::LockKind;
use camkes_lang::model::{InterfaceType, Origin};
use camkes_lang::{Diagnostic, Model, Value, ValueKind};
use component_config::model::{
    Console, DataImage, DmaPool, InstanceConfig, Interface, Lock, Region, SlotRange,
    Value as Written,
};

use crate::assembly::Assembly;
use crate::plan::{Mapped, Plan};

/// The name of the interface that stands for the keys `mmios` and `irqs`, which belong to none.
const KEYS: &str = "mmios";

/// Writes an instance's configuration.
pub fn blob(assembly: &Assembly<'_>, plan: &Plan<'_>) -> Result<Vec<u8>, Diagnostic> {
    let config = instance(assembly, plan)?;
    component_config::write(&config).map_err(|error| {
        Diagnostic::error("bad-configuration", error.to_string()).at(plan.instance.name_span)
    })
}

fn instance(assembly: &Assembly<'_>, plan: &Plan<'_>) -> Result<InstanceConfig, Diagnostic> {
    let model = assembly.model;
    let own = &plan.own;
    let mut config = InstanceConfig::new(plan.name, &plan.component.name);
    config.console = match own.log {
        Some((ring, _)) => Console::Ring(region(&ring)),
        None if assembly.kernel.prints => Console::Debug,
        None => Console::None,
    };
    config.heap = own.heap.as_ref().map(region);
    config.stack = own.stack.as_ref().map(region).unwrap_or_default();
    config.images = own
        .data
        .iter()
        .map(|image| DataImage {
            source: image.source,
            target: image.target,
            file_size: image.file_size,
            memory_size: image.memory_size,
        })
        .collect();
    config.dma = own.dma.as_ref().map(|pool| DmaPool {
        region: region(&pool.mapped),
        physical: pool.paddr,
        cached: pool.cached,
    });
    config.endpoint = plan.endpoint.is_some();
    config.notification = plan.notification.is_some();
    config.replies = SlotRange { first: plan.replies.0, count: plan.replies.1 };
    config.archive = own.archive.as_ref().map(region);
    config.guest.clone_from(&plan.guest);
    for number in 0..plan.component.interfaces.len() {
        if !plan.component.interfaces[number].exported {
            config.interfaces.push(interface(model, plan, number)?);
        }
    }
    config.interfaces.extend(keys(plan)?);
    config.locks = locks(plan);
    for (name, setting) in &plan.instance.settings {
        // What the device tree says is long, and drivers are told it as registers and interrupts.
        if setting.origin == Origin::Query {
            continue;
        }
        let entry = (name.clone(), value(&setting.value));
        match plan.component.attribute(name) {
            Some(_) => config.attributes.push(entry),
            None => config.settings.push(entry),
        }
    }
    Ok(config)
}

fn interface(model: &Model, plan: &Plan<'_>, number: usize) -> Result<Interface, Diagnostic> {
    let declared = &plan.component.interfaces[number];
    let connector = model.connections.iter().find(|connection| {
        let mut ends = connection.from.iter().chain(&connection.to);
        ends.any(|end| end.instance == plan.model && end.interface == number)
    });
    let mut properties = Vec::new();
    let kind = kind::kind(plan, number, &mut properties)?;
    Ok(Interface {
        name: declared.name.clone(),
        ty: match &declared.ty {
            InterfaceType::Procedure(id) => model[*id].name.clone(),
            InterfaceType::Event(name) => name.clone(),
            InterfaceType::Dataport { ty, .. } => ty.clone(),
        },
        connector: connector.map(|it| model[it.connector].name.clone()).unwrap_or_default(),
        kind,
        properties,
    })
}

/// What the keys `mmios` and `irqs` give, as an interface.
fn keys(plan: &Plan<'_>) -> Result<Option<Interface>, Diagnostic> {
    let any = plan.registers.iter().any(|registers| registers.interface.is_none())
        || plan.interrupts.iter().any(|interrupt| interrupt.interface.is_none());
    if !any {
        return Ok(None);
    }
    Ok(Some(Interface {
        name: KEYS.to_owned(),
        ty: String::new(),
        connector: String::new(),
        kind: kind::device(plan, None, String::new())?,
        properties: Vec::new(),
    }))
}

fn locks(plan: &Plan<'_>) -> Vec<(String, Lock)> {
    let lock = |lock: &camkes_lang::model::Lock| {
        let set = plan.instance.value(&format!("{}_value", lock.name)).and_then(Value::as_u64);
        let count = |otherwise| set.map_or(otherwise, |it| u32::try_from(it).unwrap_or(u32::MAX));
        let kind = match lock.kind {
            LockKind::Mutex => Lock::Mutex,
            LockKind::Semaphore => Lock::Semaphore { value: count(1) },
            LockKind::BinarySemaphore => Lock::BinarySemaphore { free: count(0) != 0 },
        };
        (lock.name.clone(), kind)
    };
    plan.component.locks.iter().map(lock).collect()
}

fn region(mapped: &Mapped) -> Region {
    Region { address: mapped.address, size: mapped.size }
}

fn value(given: &Value) -> Written {
    match &given.kind {
        ValueKind::Integer(number) => Written::Integer(*number),
        ValueKind::Float(number) => Written::Float(*number),
        ValueKind::String(text) => Written::String(text.clone()),
        ValueKind::List(items) => Written::List(items.iter().map(value).collect()),
        ValueKind::Dict(entries) => {
            let entry =
                |(key, item): &(camkes_lang::value::Key, Value)| (key.text.clone(), value(item));
            Written::Dict(entries.iter().map(entry).collect())
        }
    }
}
