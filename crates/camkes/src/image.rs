//! `camkes image`.

use boot_image::{DeviceTree, Format, InstalledKernel, attach_spec, pack};
use camkes_assemble::Options;

use crate::arguments::Image;
use crate::assemble::{self, write_file};
use crate::{Outcome, check, spec};

/// Makes the image. Where that fails none is left, not even an earlier one: it would be booted in
/// place of what was asked for.
pub fn run(options: &Image) -> Result<Outcome, String> {
    let result = make(options);
    if !matches!(result, Ok(Outcome::Good)) {
        for path in [Some(&options.output), options.raw.as_ref()].into_iter().flatten() {
            // There may be none.
            let _ = std::fs::remove_file(path);
        }
    }
    result
}

fn make(options: &Image) -> Result<Outcome, String> {
    let parts = &options.parts;
    let mut source = assemble::read(parts, &[&options.initializer, &options.loader])?;
    let heap_size = parts.default_heap_size;
    let system = source.assemble(Options { monitor: true, heap_size });
    check::write_dependencies(&parts.input, &source.loaded)?;
    check::show_problems(&source.loaded);
    let Some(system) = system else {
        return Ok(Outcome::Bad);
    };
    spec::write_texts(parts, &source, &system)?;

    let text = |error: boot_image::Error| error.to_string();
    let installed = InstalledKernel::from_prefix(&source.prefix).map_err(text)?;
    let loader = boot_image::Input::read(&options.loader).map_err(text)?;
    let initializer = boot_image::Input::read(&options.initializer).map_err(text)?;
    let bytes = attach_spec(&initializer, &system_spec::flat::encode(&system)).map_err(text)?;
    let root_task = boot_image::Input { name: initializer.name, bytes };
    let device_tree = match options.device_tree_from_boot_loader {
        Some(kib) => DeviceTree::BootLoader { room: u64::from(kib) * 1024 },
        None => DeviceTree::Prefix,
    };
    let mut formats = vec![(&options.output, Format::Elf)];
    formats.extend(options.raw.as_ref().map(|path| (path, Format::Image)));
    for (index, (path, format)) in formats.into_iter().enumerate() {
        let packed = pack(&installed, &loader, &root_task, device_tree, format).map_err(text)?;
        // They are the same for every format.
        for warning in packed.warnings.iter().filter(|_| index == 0) {
            eprintln!("warning: {warning}");
        }
        write_file(path, &packed.bytes)?;
    }
    Ok(check::outcome(&source.loaded))
}
