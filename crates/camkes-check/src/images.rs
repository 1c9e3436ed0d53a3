//! Guests' images: the FileServer must have them.

use camkes_lang::model::{Instance, Origin, Setting};
use camkes_lang::{Diagnostic, Value};

use crate::context::{Context, is_virtual_machine};

pub(crate) fn check(context: &Context<'_>, files: &[String], found: &mut Vec<Diagnostic>) {
    for (_, instance, component) in context.instances() {
        if !is_virtual_machine(component) {
            continue;
        }
        for (key, value) in images(instance) {
            let Some(name) = value.as_str().filter(|name| !name.is_empty()) else {
                continue;
            };
            if files.iter().any(|file| file == name) {
                continue;
            }
            found.push(
                Diagnostic::error(
                    "missing-file",
                    format!("`{}.{key}`: the FileServer has no file \"{name}\"", instance.name),
                )
                .at(value.span)
                .suggest(name, files.iter().map(String::as_str))
                .note(format!("it has {}", listing(files))),
            );
        }
    }
}

fn listing(files: &[String]) -> String {
    if files.is_empty() { "no files".to_owned() } else { files.join(", ") }
}

/// The settings that name files which a guest can't do without.
fn images(instance: &Instance) -> Vec<(String, &Value)> {
    let mut images = Vec::new();
    for key in ["kernel_image", "kernel_relocs", "initrd_image"] {
        images.extend(instance.value(key).map(|value| (key.to_owned(), value)));
    }
    let written = |key: &str| -> Option<&Setting> {
        let setting = instance.settings.get(key)?;
        (setting.origin != Origin::Default).then_some(setting)
    };
    if let Some(config) = written("vm_image_config").map(|setting| &setting.value) {
        let wanted = |field: &str| config.get(field).and_then(Value::as_bool).unwrap_or(true);
        let mut add = |field: &str| {
            let value = config.get(field);
            images.extend(value.map(|value| (format!("vm_image_config.{field}"), value)));
        };
        add("kernel_name");
        if wanted("provide_dtb") {
            add("dtb_name");
        }
        if wanted("provide_initrd") {
            add("initrd_name");
        }
    } else if let Some(config) = written("linux_image_config").map(|setting| &setting.value) {
        // Whether there are a device tree and an initrd is up to build options.
        let kernel = config.get("linux_name");
        images.extend(kernel.map(|value| ("linux_image_config.linux_name".to_owned(), value)));
    }
    images
}
