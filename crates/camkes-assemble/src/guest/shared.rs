//! Memory that a guest has together with other components: dataports of its VM component, at the
//! addresses that the assembly says (`<interface>_guest_address`).

use camkes_lang::{Diagnostic, Span};
use component_config::Region;
use system_spec::model::{MemoryAttributes, Rights};

use crate::assembly::{Assembly, Site};
use crate::builder::AddressSpace;
use crate::connectors::number;
use crate::geometry::pages;
use crate::plan::{Dataport, Purpose};

/// What follows the interface's name in the key.
pub const KEY: &str = "guest_address";

/// A dataport for the guest.
struct Wanted {
    key: String,
    port: Dataport,
    address: u64,
    span: Span,
}

/// Maps the dataports' memory into the guest, with the component's rights. Nothing of it may be in
/// `taken`, where the guest has other things.
pub fn memory(
    assembly: &mut Assembly<'_>, site: Site, space: &mut AddressSpace, mut taken: Vec<Region>,
) -> Result<(), Diagnostic> {
    for Wanted { key, port, address, span } in wanted(assembly, site)? {
        let wrong = |text: String| Err(Diagnostic::error("bad-memory", text).at(span));
        let extent = assembly.builder.extent(port.mapped.memory);
        let (alignment, size) = (1_u64 << extent.alignment_bits, pages(extent.size));
        let place = Region { address, size };
        let limit = assembly.builder.geometry.end();
        if address.checked_add(size).is_none_or(|end| end > limit) {
            return wrong(format!(
                "`{key}` is {address:#x}: {size:#x} bytes don't fit below {limit:#x}, where a guest's \
                 addresses end"
            ));
        }
        if address % alignment != extent.phase % alignment {
            return wrong(format!(
                "`{key}` is {address:#x}, expected {:#x} more than a multiple of {alignment:#x}",
                extent.phase % alignment
            ));
        }
        if let Some(other) = taken.iter().find(|other| other.overlaps(place)) {
            return wrong(format!(
                "`{key}` is {address:#x}: the guest has something else at {:#x}",
                other.address
            ));
        }
        let rights = if port.mapped.writable { Rights::READ_WRITE } else { Rights::READ };
        let attributes = MemoryAttributes { cached: port.cached, executable: false };
        space.map_at(address, extent, rights, attributes);
        taken.push(place);
    }
    Ok(())
}

fn wanted(assembly: &mut Assembly<'_>, site: Site) -> Result<Vec<Wanted>, Diagnostic> {
    let plan = assembly.plan(site)?;
    let mut found = Vec::new();
    for (index, interface) in plan.component.interfaces.iter().enumerate() {
        let Some(setting) = plan.setting(index, KEY) else {
            continue;
        };
        let (key, span) = (format!("{}.{}_{KEY}", plan.name, interface.name), setting.value.span);
        let shared = |port: &&Dataport| {
            port.interface == index && matches!(port.purpose, Purpose::Shared | Purpose::Dma)
        };
        let Some(port) = plan.dataports.iter().find(shared) else {
            let text = format!("`{key}` is set, but no memory is shared by this interface");
            return Err(Diagnostic::error("bad-memory", text).at(span));
        };
        let address = number(&key, &setting.value)?;
        found.push(Wanted { key, port: port.clone(), address, span });
    }
    Ok(found)
}
