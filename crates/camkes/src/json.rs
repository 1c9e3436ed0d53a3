//! `camkes check --json`: the diagnostics and the resolved system, schema 1.
//!
//! The schema is described in docs/camkes-check.md. Fields may be added; a change of what is there
//! gets a new number.

use std::path::Path;

use camkes_lang::ast::InterfaceKind;
use camkes_lang::diagnostics::Label;
use camkes_lang::model::{Connection, Instance, InstanceId, InterfaceType, Origin, Setting};
use camkes_lang::{Diagnostic, Loaded, Model, Severity, SourceMap, Value, ValueKind};
use serde_json::{Map, Value as Json, json};

use crate::check::count;

/// The whole report, one JSON document.
pub fn report(file: &Path, loaded: &Loaded) -> String {
    let diagnostics: Vec<Json> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| self::diagnostic(diagnostic, &loaded.sources))
        .collect();
    let report = json!({
        "schema": 1,
        "file": file,
        "ok": !loaded.has_errors(),
        "errors": count(&loaded.diagnostics, Severity::Error),
        "warnings": count(&loaded.diagnostics, Severity::Warning),
        "notes": count(&loaded.diagnostics, Severity::Note),
        "diagnostics": diagnostics,
        "dependencies": loaded.dependencies,
        "system": loaded.model.as_ref().map(system),
    });
    // Everything in it has text keys, so it can be written.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn diagnostic(diagnostic: &Diagnostic, sources: &SourceMap) -> Json {
    let place = |label: &Label| {
        let position = sources.position(label.span);
        json!({
            "file": position.path,
            "line": position.line,
            "column": position.column,
            "text": label.text,
        })
    };
    json!({
        "severity": diagnostic.severity.name(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "place": diagnostic.primary.as_ref().map(place),
        "related": diagnostic.secondary.iter().map(place).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
    })
}

fn system(model: &Model) -> Json {
    let instances: Vec<Json> =
        model.instance_ids().map(|id| instance(model, id, &model[id])).collect();
    let connections: Vec<Json> =
        model.connections.iter().map(|connection| self::connection(model, connection)).collect();
    let name = |id: &InstanceId| model[*id].name.clone();
    let memory: Vec<Json> = camkes_check::regions(model)
        .iter()
        .map(|region| {
            json!({
                "kind": format!("{:?}", region.kind).to_lowercase(),
                "start": region.start,
                "size": region.size(),
                "owners": region.owners.iter().map(name).collect::<Vec<_>>(),
                "what": region.what,
            })
        })
        .collect();
    let interrupts: Vec<Json> = camkes_check::interrupts(model)
        .iter()
        .map(|interrupt| {
            json!({
                "number": interrupt.number,
                "ioapic": interrupt.ioapic,
                "owner": name(&interrupt.owner),
                "what": interrupt.what,
            })
        })
        .collect();
    let schedule = model.schedule.as_ref().map(|schedule| {
        let slices = schedule.slices.iter();
        let slice = slices.map(|slice| {
            json!({
                "domain": slice.domain,
                "length": slice.length,
                "unit": format!("{:?}", slice.unit).to_lowercase(),
            })
        });
        slice.collect::<Vec<_>>()
    });
    json!({
        "instances": instances,
        "connections": connections,
        "memory": memory,
        "interrupts": interrupts,
        "schedule": schedule,
    })
}

fn instance(model: &Model, id: InstanceId, instance: &Instance) -> Json {
    let component = model.component_of(id);
    let interfaces: Vec<Json> = component
        .interfaces
        .iter()
        .enumerate()
        .map(|(index, interface)| {
            json!({
                "name": interface.name,
                "kind": kind(interface.kind),
                "type": match &interface.ty {
                    InterfaceType::Procedure(id) => &model[*id].name,
                    InterfaceType::Event(name) => name,
                    InterfaceType::Dataport { ty, .. } => ty,
                },
                "size": match &interface.ty {
                    InterfaceType::Dataport { size, .. } => *size,
                    _ => None,
                },
                "optional": interface.optional,
                "exported": interface.exported,
                "settings": instance.interface_settings.get(&index).map(settings),
            })
        })
        .collect();
    json!({
        "name": instance.name,
        "type": component.name,
        "parent": instance.parent.map(|parent| &model[parent].name),
        "control": component.control,
        "hardware": component.hardware,
        "virtual_machine": camkes_check::is_virtual_machine(component),
        "interfaces": interfaces,
        "settings": settings(&instance.settings),
    })
}

/// The keyword that declares an interface.
pub fn kind(kind: InterfaceKind) -> &'static str {
    match kind {
        InterfaceKind::Uses => "uses",
        InterfaceKind::Provides => "provides",
        InterfaceKind::Emits => "emits",
        InterfaceKind::Consumes => "consumes",
        InterfaceKind::Dataport => "dataport",
    }
}

fn connection(model: &Model, connection: &Connection) -> Json {
    let ends = |ends: &[camkes_lang::model::End]| -> Vec<String> {
        ends.iter().map(|end| model.end_name(end)).collect()
    };
    json!({
        "name": connection.name,
        "connector": model[connection.connector].name,
        "from": ends(&connection.from),
        "to": ends(&connection.to),
        "parts": connection.parts.iter().map(|part| &part.name).collect::<Vec<_>>(),
        "settings": settings(&connection.settings),
    })
}

fn settings<'a>(settings: impl IntoIterator<Item = (&'a String, &'a Setting)>) -> Json {
    let entries = settings.into_iter().map(|(name, setting)| {
        let origin = match setting.origin {
            Origin::Written => "written",
            Origin::Reference => "reference",
            Origin::Query => "query",
            Origin::Default => "default",
        };
        let entry = json!({ "value": value(&setting.value), "origin": origin });
        (name.clone(), entry)
    });
    Json::Object(entries.collect::<Map<_, _>>())
}

/// A value. A number that JSON readers commonly can't hold is written as text.
fn value(from: &Value) -> Json {
    match &from.kind {
        ValueKind::Integer(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => json!(number),
            (_, Ok(number)) => json!(number),
            _ => json!(number.to_string()),
        },
        ValueKind::Float(number) => json!(number),
        ValueKind::String(text) => json!(text),
        ValueKind::List(items) => items.iter().map(value).collect(),
        ValueKind::Dict(entries) => Json::Object(
            entries.iter().map(|(key, entry)| (key.text.clone(), value(entry))).collect(),
        ),
    }
}
