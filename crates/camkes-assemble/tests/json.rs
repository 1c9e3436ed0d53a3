//! The JSON for rust-sel4's initializer: its form, and what it relies on.

mod common;

use std::collections::BTreeMap;

use camkes_assemble::output::json;
use common::Source;
use serde_json::Value;
use system_spec::model::ObjectKind;

fn tour() -> Source {
    let mut source = Source::new(include_str!("tour.camkes"));
    let files = camkes_assemble::cpio::pack([("motd", b"welcome".as_slice())]).unwrap();
    source.archives.insert("fserv".into(), files);
    source.options.monitor = false;
    source
}

/// The kind of an enum's value: `"Endpoint"` or `{"CNode": {...}}`.
fn kind(value: &Value) -> (&str, &Value) {
    match value {
        Value::String(name) => (name, &Value::Null),
        Value::Object(fields) if fields.len() == 1 => {
            let (name, content) = fields.iter().next().unwrap();
            (name, content)
        }
        other => panic!("{other}"),
    }
}

/// Capabilities name these kinds of object.
fn fits(cap: &str, object: &str) -> bool {
    cap == object || (cap, object) == ("ArmIrqHandler", "ArmIrq")
}

#[test]
fn capabilities_name_objects_of_their_kind() {
    let system = tour().system();
    let export = json::export(&system, &common::kernel().geometry).unwrap();
    let document: Value = serde_json::from_str(&export.text).unwrap();
    let objects = document["objects"].as_array().unwrap();
    assert_eq!(objects.len(), system.objects.len());
    assert_eq!(document["root_objects"]["end"], objects.len());
    let mut counted: BTreeMap<&str, u32> = BTreeMap::new();
    for object in objects {
        let (name, content) = kind(&object["object"]);
        *counted.entry(name).or_default() += 1;
        for entry in content["slots"].as_array().into_iter().flatten() {
            let (cap, fields) = kind(&entry["cap"]);
            let target = usize::try_from(fields["object"].as_u64().unwrap()).unwrap();
            let (other, _) = kind(&objects[target]["object"]);
            assert!(fits(cap, other), "{}: {cap} to {other}", object["name"]);
        }
    }
    // Root tables of three levels are what the second of four levels is.
    let root = objects.iter().find(|object| object["name"] == "one.vspace").unwrap();
    assert_eq!(root["object"]["PageTable"]["level"], 1);
    assert_eq!(counted["Tcb"], 6);
    assert_eq!(counted["ArmIrq"], 1);
    assert_eq!(document["irqs"][0]["irq"], 39);
    let handler = usize::try_from(document["irqs"][0]["handler"].as_u64().unwrap()).unwrap();
    assert_eq!(kind(&objects[handler]["object"]).0, "ArmIrq");
}

/// Objects with an address come first, ascending; the others follow by size, descending.
#[test]
fn objects_are_in_the_order_that_the_initializer_wants() {
    let system = tour().system();
    let export = json::export(&system, &common::kernel().geometry).unwrap();
    let document: Value = serde_json::from_str(&export.text).unwrap();
    let frames: Vec<(Option<u64>, u64)> = document["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|object| object["object"].get("Frame"))
        .map(|frame| (frame["paddr"].as_u64(), frame["size_bits"].as_u64().unwrap()))
        .collect();
    let fixed: Vec<u64> = frames.iter().map_while(|(paddr, _)| *paddr).collect();
    assert!(fixed.len() > 2 && fixed.is_sorted(), "{fixed:x?}");
    let rest = &frames[fixed.len()..];
    assert!(rest.iter().all(|(paddr, _)| paddr.is_none()));
    assert!(rest.is_sorted_by_key(|(_, bits)| std::cmp::Reverse(*bits)));
}

#[test]
fn fills_name_files_that_are_there() {
    let system = tour().system();
    let export = json::export(&system, &common::kernel().geometry).unwrap();
    let sizes: BTreeMap<&str, usize> = export
        .files
        .iter()
        .map(|(name, content)| (name.as_str(), system.contents[*content].bytes.len()))
        .collect();
    assert_eq!(sizes.len(), system.contents.len());
    let document: Value = serde_json::from_str(&export.text).unwrap();
    let mut fills = 0;
    for object in document["objects"].as_array().unwrap() {
        let entries = object["object"].get("Frame").map(|frame| &frame["init"]["entries"]);
        for entry in entries.and_then(Value::as_array).into_iter().flatten() {
            let length =
                entry["range"]["end"].as_u64().unwrap() - entry["range"]["start"].as_u64().unwrap();
            let data = &entry["content"]["Data"];
            let end = data["file_offset"].as_u64().unwrap() + length;
            assert!(end <= sizes[data["file"].as_str().unwrap()] as u64, "{entry}");
            fills += 1;
        }
    }
    assert!(fills > 10);
}

/// Output goes to the kernel, and nobody is told of faults.
#[test]
fn without_a_monitor_nothing_of_it_is_left() {
    let system = tour().system();
    assert!(system.monitor.is_none());
    let blob = common::views::config(&system, "one");
    let config = component_config::Config::new(&blob).unwrap();
    assert_eq!(config.console(), component_config::read::Console::Debug);
    let slots = common::views::caps(&system, "one");
    assert!(!slots.contains_key(&1) && !slots.contains_key(&4));
    assert!(system.instances.iter().all(|instance| instance.log.is_none()));
}

#[test]
fn what_the_form_has_no_words_for_is_refused() {
    let mut source = tour();
    source.options.monitor = true;
    let errors = json::export(&source.system(), &source.kernel.geometry).unwrap_err();
    assert_eq!(errors, ["the system has a monitor, expected one that is assembled without"]);
    let mut system = tour().system();
    for object in &mut system.objects {
        if let ObjectKind::Tcb(thread) = &mut object.kind
            && object.name == "one.tcb"
        {
            thread.ipc_buffer = None;
        }
    }
    assert_eq!(
        json::export(&system, &common::kernel().geometry).unwrap_err(),
        ["`one.tcb` has no IPC buffer, which that initializer wants every thread to have"]
    );
}
