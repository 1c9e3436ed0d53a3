//! Guests of the system with the files that they get: what a VM component would find out when it
//! starts is found here first, with the same code.

use std::collections::BTreeMap;

use camkes_lang::model::{Instance, InstanceId, InterfaceType, Model, Origin};
use camkes_lang::{Diagnostic, Value as Given};
use file_archive::archive::Archive;
use guest_config::config::{DeviceTree, File};
use guest_config::legacy::Platform;
use guest_config::source::{Attributes, Value};
use guest_config::{GuestConfig, read};
use guest_memory::{GuestAddress, GuestRange, NamedRange};
use vmm::images::{
    ImageError, Kernel, Mode, Options, Problem, UnpackError, Unrecognised, zstd_memory,
};
use vmm::layout::{self, Blob, Request};

use crate::assemble::FILE_SERVER;

/// A generated device tree is never smaller: so much is tried to be placed. The component places
/// the real one.
const LEAST_TREE: u64 = 1024;

/// What a VM component's heap has to have room for besides what unpacking takes.
const OWN_HEAP: u64 = 64 << 10;

/// Checks the guests of all ARM VM components. `board` is the board's device tree, and `archives`
/// are the FileServers' files; `default_heap` are the bytes of heap of a component that sets none.
pub fn check(
    model: &Model, platform: &str, board: Option<&[u8]>, archives: &BTreeMap<String, Vec<u8>>,
    default_heap: u64,
) -> Vec<Diagnostic> {
    let memory = board.map(memory).unwrap_or_default();
    let mut found = Vec::new();
    for id in model.instance_ids() {
        let component = model.component_of(id);
        let arm = component.attribute("vm_address_config").is_some()
            || component.attribute("linux_address_config").is_some();
        if !camkes_check::is_virtual_machine(component) || !arm {
            continue;
        }
        let instance = &model[id];
        let files = Files { archives, server: server_of(model, id) };
        if let Err(text) = guest(instance, platform, &memory, default_heap, &files) {
            let span = ["vm_image_config", "linux_image_config"]
                .iter()
                .filter_map(|key| instance.settings.get(*key))
                .find(|setting| setting.origin != Origin::Default)
                .map_or(instance.name_span, |setting| setting.span);
            found.push(
                Diagnostic::error(
                    "guest",
                    format!("the guest of `{}` can't be started: {text}", instance.name),
                )
                .at(span),
            );
        }
    }
    found
}

/// The board's memory, by ascending address; nothing if its tree doesn't say.
fn memory(board: &[u8]) -> Vec<GuestRange> {
    let Ok(tree) = fdt::blob::read(board) else {
        return Vec::new();
    };
    let mut found: Vec<GuestRange> = tree
        .places()
        .into_iter()
        .filter(|place| place.node().text("device_type") == Some("memory"))
        .filter_map(|place| place.regions().ok())
        .flatten()
        .filter_map(|region| GuestRange::new(GuestAddress(region.base), region.size))
        .collect();
    found.sort_by_key(|range| range.start());
    found
}

/// A guest that is mapped one to one has memory where the board has some.
fn has_memory(config: &GuestConfig, board: &[GuestRange]) -> Result<(), String> {
    let size = config.ram.range.size();
    let fits = match config.ram.physical {
        Some(start) => {
            let wanted = GuestRange::new(GuestAddress(start), size);
            wanted.is_some_and(|wanted| {
                board
                    .iter()
                    .any(|range| range.contains(wanted.start()) && range.contains(wanted.last()))
            })
        }
        None => size <= board.iter().map(|range| range.size()).sum(),
    };
    if fits || board.is_empty() {
        return Ok(());
    }
    let at = config.ram.physical.map_or(String::new(), |start| format!(" at {start:#x}"));
    let board: Vec<String> = board.iter().map(ToString::to_string).collect();
    Err(format!("its memory is {size:#x} bytes{at}, and the board has {}", board.join(", ")))
}

fn guest(
    instance: &Instance, platform: &str, memory: &[GuestRange], default_heap: u64,
    files: &Files<'_>,
) -> Result<(), String> {
    let old = |field: &str| instance.value("linux_image_config")?.get(field)?.as_str();
    let platform = Platform {
        name: platform,
        initrd_file: old("initrd_name").is_some_and(|name| files.get(name).is_some()),
        dtb_file: false,
    };
    let config = read(&Own(instance), &platform).map_err(|error| error.to_string())?;
    has_memory(&config, memory)?;
    let heap = instance.value("heap_size").and_then(Given::as_integer);
    let heap = heap.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(default_heap);
    images(&config, heap, files).map_err(|wrong| match wrong {
        Wrong::Text(text) => text,
        Wrong::Kernel(ImageError {
            file,
            problem: Problem::Unpack(UnpackError::Window { window, .. }),
        }) if window <= Options::default().most_window => format!(
            "{file}: the zstd data needs a window of {window} bytes, for which the heap is too \
             small; set `{}.heap_size` (VM_HEAP_SIZE if VM_CONFIGURATION_DEF sets it) to {:#x} or \
             more, or unpack the file with `zstd -d`",
            instance.name,
            least_heap(window)
        ),
        Wrong::Kernel(error) => error.to_string(),
    })
}

/// The heap that unpacking a kernel with such a window needs.
fn least_heap(window: u64) -> u64 {
    let bytes = zstd_memory(window).saturating_add(OWN_HEAP);
    bytes.checked_next_multiple_of(1 << 12).unwrap_or(u64::MAX)
}

/// What is wrong with a guest's files.
enum Wrong {
    Text(String),
    Kernel(ImageError),
}

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Looks at the files and finds a place for each. Without a connection to a FileServer, a file that
/// isn't there is left out: it comes from elsewhere.
fn images(config: &GuestConfig, heap: u64, files: &Files<'_>) -> Result<(), Wrong> {
    let Some(bytes) = files.wanted(&config.kernel.file.name)? else {
        return Ok(());
    };
    let unrecognised = match config.kernel.file.at {
        Some(_) => Unrecognised::Raw(Mode::AArch64),
        None => Unrecognised::Refuse,
    };
    let mut options = Options { unrecognised, ..Options::default() };
    let most = heap.saturating_sub(least_heap(0)) / 3;
    options.most_window = options.most_window.min(most);
    let kernel =
        Kernel::inspect(config.kernel.file.name.clone(), bytes, options).map_err(Wrong::Kernel)?;
    kernel.verify().map_err(Wrong::Kernel)?;
    let blob = |file: &File| -> Result<Option<Blob>, String> {
        let Some(bytes) = files.wanted(&file.name)? else {
            return Ok(None);
        };
        if bytes.is_empty() {
            return Err(format!("{}: the file is missing or empty", file.name));
        }
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(Some(Blob { file: file.name.clone().into(), size, at: file.at }))
    };
    let device_tree = match &config.device_tree {
        DeviceTree::None => None,
        DeviceTree::File(file) => {
            if let Some(bytes) = files.get(&file.name) {
                fdt::blob::read(bytes).map_err(|error| format!("{}: {error}", file.name))?;
            }
            blob(file)?
        }
        DeviceTree::Generated { at, .. } => {
            Some(Blob { file: "device tree".into(), size: LEAST_TREE, at: *at })
        }
    };
    let initrd = config.initrd.as_ref().map(blob).transpose()?.flatten();
    let ram = [NamedRange { name: "RAM".into(), range: config.ram.range }];
    let request = Request {
        ram: &ram,
        reserved: &[],
        kernel: &kernel,
        kernel_at: config.kernel.file.at,
        initrd,
        device_tree,
    };
    layout::plan(&request).map(drop).map_err(|error| Wrong::Text(error.to_string()))
}

/// The FileServer that an instance is connected to.
fn server_of(model: &Model, client: InstanceId) -> Option<&str> {
    let connection = model.connections.iter().find(|connection| {
        connection.from.iter().any(|end| {
            let interface = &model.component_of(end.instance).interfaces[end.interface];
            end.instance == client
                && matches!(interface.ty, InterfaceType::Procedure(id)
                    if model[id].name == FILE_SERVER)
        })
    })?;
    connection.to.first().map(|end| model[end.instance].name.as_str())
}

/// All files that a guest can have.
struct Files<'a> {
    archives: &'a BTreeMap<String, Vec<u8>>,
    /// The instance that serves them, if the assembly says.
    server: Option<&'a str>,
}

impl<'a> Files<'a> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        let has = |bytes: &'a Vec<u8>| {
            let entry = Archive::new(bytes).find(name.as_bytes()).ok()??;
            Some(entry.data)
        };
        match self.server {
            Some(server) => self.archives.get(server).and_then(has),
            None => self.archives.values().find_map(has),
        }
    }

    /// A file that has to be there, if it is known who has it.
    fn wanted(&self, name: &str) -> Result<Option<&'a [u8]>, String> {
        let found = self.get(name);
        let Some(server) = self.server.filter(|_| found.is_none()) else {
            return Ok(found);
        };
        let elsewhere = self
            .archives
            .keys()
            .find(|other| Files { server: Some(other.as_str()), ..*self }.get(name).is_some());
        let elsewhere = elsewhere.map_or(String::new(), |other| format!(", but {other} has"));
        Err(format!("its FileServer {server} has no file \"{name}\"{elsewhere}"))
    }
}

/// The settings of an instance, as its component will see them.
struct Own<'m>(&'m Instance);

impl Attributes for Own<'_> {
    fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>> {
        let value = self.0.value(attribute)?;
        Some(convert(match field {
            Some(field) => value.get(field)?,
            None => value,
        }))
    }

    fn count(&self, attribute: &str) -> usize {
        self.0.value(attribute).and_then(Given::as_list).map_or(0, <[Given]>::len)
    }

    fn element(&self, attribute: &str, index: usize, field: &str) -> Option<Value<'_>> {
        self.0.value(attribute)?.as_list()?.get(index)?.get(field).map(convert)
    }
}

fn convert(value: &Given) -> Value<'_> {
    let integer = value.as_integer().and_then(|number| i64::try_from(number).ok());
    match (integer, value.as_str()) {
        (Some(number), _) => Value::Integer(number),
        (None, Some(text)) => Value::Text(text),
        (None, None) => Value::Other(value.describe()),
    }
}
