//! Resolves an assembly and prints what was found:
//! `resolve [-I DIR] [-P IMPORT-DIR] [-B BUILTIN-DIR] [-D MACRO] [--dtb FILE] MAIN`
#![allow(missing_docs, reason = "an example")]

use std::path::PathBuf;

use camkes_lang::{DeviceTreeSource, LoadOptions, load};

fn main() {
    let mut options = LoadOptions::default();
    let mut arguments = std::env::args().skip(1);
    let mut verbose = false;
    while let Some(argument) = arguments.next() {
        let mut path = || arguments.next().map(PathBuf::from);
        match argument.as_str() {
            "-I" => options.include_paths.extend(path()),
            "-P" => options.import_paths.extend(path()),
            "-B" => options.builtin_dir = path(),
            "--dtb" => options.device_tree = path().map(DeviceTreeSource::File),
            "-D" => options.defines.extend(arguments.next()),
            "-v" => verbose = true,
            file => options.main = PathBuf::from(file),
        }
    }
    let loaded = load(&options);
    for diagnostic in loaded.diagnostics.iter() {
        print!("{}", diagnostic.render(&loaded.sources, false));
    }
    let errors = loaded.diagnostics.iter().filter(|d| d.is_error()).count();
    let Some(model) = &loaded.model else {
        println!("no model, {errors} errors");
        return;
    };
    if verbose {
        for instance in &model.instances {
            println!("{}: {}", instance.name, model[instance.component].name);
            for (name, setting) in &instance.settings {
                println!("  {name} = {} ({:?})", setting.value, setting.origin);
            }
            for (interface, settings) in &instance.interface_settings {
                let interface = &model[instance.component].interfaces[*interface].name;
                for (name, setting) in settings {
                    println!("  {interface}.{name} = {} ({:?})", setting.value, setting.origin);
                }
            }
        }
        for connection in &model.connections {
            let ends = |ends: &[camkes_lang::model::End]| {
                let names: Vec<String> = ends.iter().map(|end| model.end_name(end)).collect();
                names.join(", ")
            };
            println!(
                "{} {}: from {} to {}",
                model[connection.connector].name,
                connection.name,
                ends(&connection.from),
                ends(&connection.to)
            );
        }
        for unbound in &model.unbound {
            println!(
                "unbound {}.{} = {}",
                unbound.target, unbound.attribute, unbound.setting.value
            );
        }
    }
    println!(
        "{}: {} files, {} instances, {} connections, {} unbound settings, {errors} errors",
        options.main.display(),
        loaded.dependencies.len(),
        model.instances.len(),
        model.connections.len(),
        model.unbound.len()
    );
}
