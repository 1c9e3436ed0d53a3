//! A system of thousands of objects.

use anyhow::Result;
use boot_image::Input;
use initializer_tests::{reason, slot};
use system_spec::check::Geometry;
use system_spec::model::*;

use super::builder::{Builder, Space, badged, cap};
use super::system::Component;

/// Objects of each component: program, stack, heap, tables, and all that it needs to run.
const PER_COMPONENT: usize = 75;
const HEAP: u64 = 0x1010_0000;

/// Builds a system of at least `objects` objects. All of its threads wait for calls.
pub fn build(server: &Input, geometry: Geometry, objects: usize) -> Result<System> {
    let mut builder = Builder::new(geometry);
    let faults = builder.object("faults".to_owned(), None, ObjectKind::Endpoint);
    let signals = builder.object("signals".to_owned(), None, ObjectKind::Notification);
    let program = builder.program(server)?;
    while builder.system.objects.len() < objects {
        let number = u32::try_from(builder.system.instances.len())?;
        let id = InstanceId(number);
        let name = format!("component{number}");
        let first = builder.system.objects.len();
        let kind = ObjectKind::Endpoint;
        let endpoint = builder.object(format!("{name}.endpoint"), Some(id), kind);
        let mut space = Space::default();
        let entry = builder.load(&mut space, &name, id, &program)?;
        let mut component = Component::new(&mut builder, &mut space, &name, id);
        component.put(slot::FAULTS, badged(faults, u64::from(number) + 1));
        component.put(slot::MONITOR, badged(signals, SIGNAL | 1 << (number % 62)));
        component.put(slot::SERVER, Cap { rights: Rights::READ, ..cap(endpoint) });
        component.heap(HEAP, first + PER_COMPONENT);
        component.finish(&program, entry, 100, OnFault::Halt);
        if let Some(Object { kind: ObjectKind::Tcb(thread), .. }) =
            builder.system.objects.last_mut()
        {
            thread.arguments[1] = reason::HALT;
        }
    }
    builder.system.monitor = Some(Monitor {
        fault_endpoint: faults,
        notification: signals,
        owns_console: true,
        output: None,
    });
    builder.finish()
}
