//! Dataports: the same frames in several address spaces.

use camkes_lang::Diagnostic;
use camkes_lang::model::{Connection, End, InterfaceType};
use system_spec::model::{MemoryAttributes, Rights};

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::builder::{Backing, MemoryId};
use crate::geometry::PAGE_BITS;
use crate::image::CACHED;
use crate::plan::{Dataport, Purpose};

/// Bytes of a dataport whose type doesn't say: a page.
const DEFAULT_SIZE: u64 = 4096;

/// One memory that all ends see.
pub struct SharedData;
/// The same, where devices reach it as well.
pub struct DmaSharedData;
/// One memory for each `from` end, which the `to` end sees all of.
pub struct MultiSharedData;

impl Connector for SharedData {
    fn names(&self) -> &'static [&'static str] {
        &["seL4SharedData", "seL4SharedDataWithCaps"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let size = size(assembly, connection)?;
        let (memory, paddr) = match connection.settings.get("paddr") {
            Some(setting) => {
                let start = number("paddr", &setting.value)?;
                let memory =
                    assembly.memory_at(&connection.name, start, size, setting.value.span)?;
                (memory, Some(start))
            }
            None => (assembly.shared_memory(&connection.name, size), None),
        };
        for end in connection.from.iter().chain(&connection.to) {
            let cached = cached(assembly, end, "hardware_cached")?;
            add(assembly, end, memory, size, Port { paddr, cached, purpose: Purpose::Shared })?;
        }
        Ok(())
    }
}

impl Connector for DmaSharedData {
    fn names(&self) -> &'static [&'static str] {
        &["seL4DMASharedData"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let size = size(assembly, connection)?;
        let (start, span) = match connection.settings.get("paddr") {
            Some(setting) => (number("paddr", &setting.value)?, setting.value.span),
            None => {
                let large = assembly.builder.geometry.large_bits();
                let alignment = if size >= 1 << large { large } else { PAGE_BITS };
                let start = assembly.physical.reserve(size, alignment).ok_or_else(|| {
                    Diagnostic::error(
                        "no-memory",
                        format!(
                            "no {size:#x} bytes of memory in one piece are left for the \
                             connection `{}`",
                            connection.name
                        ),
                    )
                    .at(connection.span)
                    .help("set its `paddr`")
                })?;
                (start, connection.span)
            }
        };
        let memory = assembly.memory_at(&connection.name, start, size, span)?;
        for end in connection.from.iter().chain(&connection.to) {
            let cached = cached(assembly, end, "cached")?;
            let port = Port { paddr: Some(start), cached, purpose: Purpose::Dma };
            add(assembly, end, memory, size, port)?;
        }
        Ok(())
    }
}

impl Connector for MultiSharedData {
    fn names(&self) -> &'static [&'static str] {
        &["seL4MultiSharedData"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let to = only(connection, &connection.to, "to")?;
        for from in &connection.from {
            let name = assembly.model.end_name(from);
            let size = match assembly.plan(from)?.setting(from.interface, "shmem_size") {
                Some(setting) => number(&format!("{name}_shmem_size"), &setting.value)?.max(1),
                None => declared(assembly, from).unwrap_or(DEFAULT_SIZE),
            };
            let memory = assembly.shared_memory(&name, size);
            for end in [from, to] {
                let port = Port { paddr: None, cached: true, purpose: Purpose::Shared };
                add(assembly, end, memory, size, port)?;
            }
        }
        Ok(())
    }
}

/// How an end sees the memory.
struct Port {
    paddr: Option<u64>,
    cached: bool,
    purpose: Purpose,
}

/// Maps the memory into an end's instance, with the rights that the assembly gives it.
fn add(
    assembly: &mut Assembly<'_>, end: &End, memory: MemoryId, size: u64, port: Port,
) -> Result<(), Diagnostic> {
    let rights = rights(assembly, end)?;
    let attributes = MemoryAttributes { cached: port.cached, ..CACHED };
    let mapped = assembly.map(end, memory, (0, size), rights, attributes)?;
    let offset = match (assembly.builder.backing(memory), port.paddr) {
        (Backing::At(first), Some(start)) => start - first,
        _ => 0,
    };
    let mapped = crate::plan::Mapped { address: mapped.address + offset, ..mapped };
    let plan = assembly.plan(end)?;
    let id = match plan.setting(end.interface, "id") {
        Some(setting) => Some(number("id", &setting.value)?),
        None => None,
    };
    plan.dataports.push(Dataport {
        interface: end.interface,
        mapped,
        paddr: port.paddr,
        cached: port.cached,
        purpose: port.purpose,
        id,
    });
    Ok(())
}

/// Bytes that an end's type has.
fn declared(assembly: &Assembly<'_>, end: &End) -> Option<u64> {
    match &assembly.model.interface_of(end).ty {
        InterfaceType::Dataport { size, .. } => *size,
        _ => None,
    }
}

/// Bytes of the connection: what it says, else its `to` end, else the largest type.
fn size(assembly: &mut Assembly<'_>, connection: &Connection) -> Result<u64, Diagnostic> {
    let model = assembly.model;
    let ends = || connection.from.iter().chain(&connection.to);
    let needed = ends().filter_map(|end| declared(assembly, end)).max();
    let mut given = match connection.settings.get("size") {
        Some(setting) => Some((number("size", &setting.value)?, setting.value.span)),
        None => None,
    };
    for end in ends() {
        let name = format!("{}_size", model.end_name(end));
        if let Some(setting) = assembly.plan(end)?.setting(end.interface, "size") {
            let size = (number(&name, &setting.value)?, setting.value.span);
            given = given.or(Some(size));
        }
    }
    match (given, needed) {
        (Some((size, span)), Some(needed)) if size < needed => Err(Diagnostic::error(
            "too-small",
            format!(
                "the connection `{}` has {size:#x} bytes, but the type of its dataports is \
                 {needed:#x} bytes long",
                connection.name
            ),
        )
        .at(span)),
        (Some((size, _)), _) => Ok(size.max(1)),
        (None, needed) => Ok(needed.unwrap_or(DEFAULT_SIZE).max(1)),
    }
}

/// `<interface>_access`: R, W, X and P. Dataports are never executable, and nobody passes frames on.
fn rights(assembly: &mut Assembly<'_>, end: &End) -> Result<Rights, Diagnostic> {
    let name = assembly.model.end_name(end);
    let Some(setting) = assembly.plan(end)?.setting(end.interface, "access") else {
        return Ok(Rights::READ_WRITE);
    };
    let value = &setting.value;
    let text = value.as_str().unwrap_or_default();
    let known = !text.is_empty() && text.bytes().all(|right| b"RWXP".contains(&right));
    match (known && text.contains('R'), text.contains('W')) {
        (true, true) => Ok(Rights::READ_WRITE),
        (true, false) => Ok(Rights::READ),
        (false, _) => Err(Diagnostic::error(
            "bad-value",
            format!(
                "`{name}_access` is {value}, expected \"R\" or \"RW\" (X and P may follow, and have \
                 no effect): processors here have no memory that is written and not read"
            ),
        )
        .at(value.span)),
    }
}

/// Whether an end's mapping is cached; yes if the assembly doesn't say.
fn cached(assembly: &mut Assembly<'_>, end: &End, suffix: &str) -> Result<bool, Diagnostic> {
    let setting = assembly.plan(end)?.setting(end.interface, suffix);
    Ok(setting.and_then(|setting| setting.value.as_bool()).unwrap_or(true))
}
