//! Memory of an instance's own.

use camkes_lang::Diagnostic;
use camkes_lang::model;
use system_spec::model::{InstanceId, MemoryAttributes, ObjectId, Rights};

use crate::assembly::Assembly;
use crate::builder::{AddressSpace, Backing, Builder};
use crate::geometry::{PAGE, PAGE_BITS, pages};
use crate::image::{CACHED, DmaPool};
use crate::plan::Mapped;
use crate::{connectors, settings};

/// Memory of the instance's own that is zero at start.
pub(super) fn anonymous(
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
pub(super) fn page(
    builder: &mut Builder, space: &mut AddressSpace, (name, id): (&str, InstanceId), what: &str,
) -> Result<(Mapped, ObjectId), Diagnostic> {
    let (memory, frame) = builder.page(format!("{name}.{what}"), Some(id));
    let address =
        space.map(builder.extent(memory), Rights::READ_WRITE, CACHED).map_err(crate::full)?;
    Ok((Mapped { memory, address, size: PAGE, writable: true }, frame))
}

/// The files of a FileServer: filled from the image, mapped and never copied.
pub(super) fn archive(
    builder: &mut Builder, space: &mut AddressSpace, (name, id): (&str, InstanceId), files: &[u8],
) -> Result<Mapped, Diagnostic> {
    let content = builder.content(format!("{name}.archive"), files.to_vec());
    let memory = builder.memory_with(format!("{name}.archive"), Some(id), content);
    let address = space.map(builder.extent(memory), Rights::READ, CACHED).map_err(crate::full)?;
    Ok(Mapped { memory, address, size: files.len() as u64, writable: false })
}

/// `dma_pool`, `dma_pool_paddr` and `dma_pool_cached`.
pub(super) fn dma_pool(
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
