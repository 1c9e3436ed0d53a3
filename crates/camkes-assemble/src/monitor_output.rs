//! The way from the monitor to a component that prints for it.
//!
//! A component that has the board's serial port can print what others log and what the monitor
//! reports: its type has a dataport `monitor_output` and consumes an event `monitor_wrote`, which
//! nothing is connected to. Both are optional there, so that the type can be used without.

use camkes_lang::Diagnostic;
use camkes_lang::model::{InstanceId, InterfaceType};
use system_spec::model::{MonitorOutput, Rights};

use crate::assembly::{Assembly, Site, event_badge};
use crate::geometry::PAGE;
use crate::image::CACHED;
use crate::plan::{Consumed, Dataport, Purpose};

const OUTPUT: &str = "monitor_output";
const EVENT: &str = "monitor_wrote";

/// Finds the first such component, and connects it with the monitor.
pub fn connect(assembly: &mut Assembly<'_>) {
    if assembly.monitor.is_none() {
        return;
    }
    let found = assembly.with_code().find_map(|plan| {
        let place = |name: &str| plan.component.interfaces.iter().position(|it| it.name == name);
        let (output, event) = (place(OUTPUT)?, place(EVENT)?);
        let is_dataport =
            matches!(plan.component.interfaces[output].ty, InterfaceType::Dataport { .. });
        let free = plan.dataports.iter().all(|port| port.interface != output)
            && plan.consumed.iter().all(|consumed| consumed.interface != event);
        (is_dataport && free).then_some((plan.model, output, event))
    });
    if let Some((instance, output, event)) = found
        && let Err(error) = to(assembly, instance, output, event)
    {
        assembly.diagnostics.push(error);
    }
}

fn to(
    assembly: &mut Assembly<'_>, instance: InstanceId, output: usize, event: usize,
) -> Result<(), Diagnostic> {
    let site = Site { instance, span: assembly.model[instance].name_span };
    let plan = assembly.plan(site)?;
    let (name, id) = (format!("{}.{OUTPUT}", plan.name), plan.id);
    let (memory, frame) = assembly.builder.page(name, Some(id));
    let mapped = assembly.map(site, memory, (0, PAGE), Rights::READ_WRITE, CACHED)?;
    let bit = assembly.event(site)?;
    let notification = assembly.notification(site)?;
    let plan = assembly.plan(site)?;
    plan.dataports.push(Dataport {
        interface: output,
        mapped,
        paddr: None,
        cached: true,
        purpose: Purpose::Shared,
        id: None,
    });
    plan.consumed.push(Consumed { interface: event, bit });
    assembly.monitor_output =
        Some(MonitorOutput { instance: id, frame, notification, badge: event_badge(bit) });
    Ok(())
}
