//! What `spec` and `image` have in common: reading everything that a system is made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use camkes_assemble::{Assembled, File, Input, Kernel, Options};
use camkes_lang::model::{InterfaceType, Model};
use camkes_lang::{Diagnostic, Loaded};
use sel4_prefix::Prefix;
use sel4_prefix::prefix::{DEVICE_TREE, KERNEL, KERNEL_CONFIG, PLATFORM_JSON};

use crate::arguments::Parts;
use crate::{check, guests};

/// The interface that FileServers provide.
pub const FILE_SERVER: &str = "FileServerInterface";
/// The instance that files belong to if there is no other hint, as in camkes-vm.
const DEFAULT_FILE_SERVER: &str = "fserv";

/// Everything that a system is made from.
pub struct Source {
    /// The description.
    pub loaded: Loaded,
    /// The kernel's directory.
    pub prefix: Prefix,
    kernel: Kernel,
    device_tree: Option<Vec<u8>>,
    programs: BTreeMap<String, File>,
    archives: BTreeMap<String, Vec<u8>>,
}

/// Reads it all. `more` are files that the caller reads, which the result depends on too.
///
/// # Errors
///
/// When the command line is wrong or a file can't be read.
pub fn read(parts: &Parts, more: &[&Path]) -> Result<Source, String> {
    let prefix = Prefix::open(&parts.prefix).map_err(|error| error.to_string())?;
    let kernel = Kernel::from_prefix(&prefix).map_err(|error| error.message)?;
    let mut input = parts.input.clone();
    let own_tree = parts.prefix.join(DEVICE_TREE);
    if input.dtb.is_none() && own_tree.is_file() {
        input.dtb = Some(own_tree);
    }
    let mut loaded = check::resolve(&input)?;
    let device_tree = input.dtb.as_deref().map(read_file).transpose()?;
    let mut programs = BTreeMap::new();
    let mut files: Vec<PathBuf> = input.dtb.iter().cloned().collect();
    for (name, path) in pairs("--component", &parts.components)? {
        files.push(path.into());
        let bytes = read_file(Path::new(path))?;
        let file = File { name: path.to_owned(), bytes };
        if programs.insert(name.to_owned(), file).is_some() {
            return Err(format!("--component {name}: given twice"));
        }
    }
    let archives = match &loaded.model {
        Some(model) => archives(parts, model, &mut files)?,
        None => BTreeMap::new(),
    };
    files.extend(more.iter().map(|path| path.to_path_buf()));
    loaded.dependencies.append(&mut files);
    loaded
        .dependencies
        .extend([KERNEL, KERNEL_CONFIG, PLATFORM_JSON].map(|file| parts.prefix.join(file)));
    loaded.dependencies.sort();
    loaded.dependencies.dedup();
    Ok(Source { loaded, prefix, kernel, device_tree, programs, archives })
}

impl Source {
    /// The shape of the kernel's address spaces.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Makes the system. What is wrong is shown and added to the description's own mistakes.
    pub fn assemble(&mut self, options: Options) -> Option<system_spec::model::System> {
        if let Some(model) = &self.loaded.model
            && !self.loaded.has_errors()
        {
            let found = guests::check(
                model,
                &self.kernel.platform,
                self.device_tree.as_deref(),
                &self.archives,
                options.heap_size,
            );
            self.loaded.diagnostics.extend(found);
        }
        let model = self.loaded.model.as_ref().filter(|_| !self.loaded.has_errors())?;
        let input = Input {
            model,
            kernel: &self.kernel,
            device_tree: self.device_tree.as_deref(),
            programs: self.programs.clone(),
            archives: self.archives.clone(),
            options,
        };
        let Assembled { system, diagnostics } = camkes_assemble::assemble(&input);
        let known: Vec<Diagnostic> = diagnostics
            .into_iter()
            .filter(|diagnostic| !self.loaded.diagnostics.contains(diagnostic))
            .collect();
        self.loaded.diagnostics.extend(known);
        system
    }
}

/// The files of each FileServer, packed.
fn archives(
    parts: &Parts, model: &Model, files: &mut Vec<PathBuf>,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut contents: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for file in parts.input.served_files() {
        let Some(path) = &file.path else {
            return Err(format!("--file {0}: expected where it is, {0}=PATH", file.name));
        };
        let instance = match file.instance {
            Some(instance) => instance,
            None => only_file_server(model)?,
        };
        files.push(path.clone());
        let own = contents.entry(instance.clone()).or_default();
        if own.iter().any(|(name, _)| *name == file.name) {
            return Err(format!("--file {instance}:{}: given twice", file.name));
        }
        own.push((file.name, read_file(path)?));
    }
    let mut archives = BTreeMap::new();
    for (instance, mut files) in contents {
        files.sort();
        let list = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let packed = camkes_assemble::cpio::pack(list);
        archives.insert(instance, packed.map_err(|error| format!("--file: {error}"))?);
    }
    for (instance, path) in pairs("--archive", &parts.archives)? {
        files.push(path.into());
        let bytes = read_file(Path::new(path))?;
        if archives.insert(instance.to_owned(), bytes).is_some() {
            return Err(format!("--archive {instance}: its files are given already"));
        }
    }
    Ok(archives)
}

/// The instance that a file without one belongs to.
fn only_file_server(model: &Model) -> Result<String, String> {
    let serves = |interface: &camkes_lang::model::Interface| match &interface.ty {
        InterfaceType::Procedure(id) => {
            interface.kind == camkes_lang::ast::InterfaceKind::Provides
                && model[*id].name == FILE_SERVER
        }
        _ => false,
    };
    let servers: Vec<&str> = model
        .instances
        .iter()
        .filter(|instance| model[instance.component].interfaces.iter().any(serves))
        .map(|instance| instance.name.as_str())
        .collect();
    match servers.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Ok(DEFAULT_FILE_SERVER.to_owned()),
        _ if servers.contains(&DEFAULT_FILE_SERVER) => Ok(DEFAULT_FILE_SERVER.to_owned()),
        _ => Err(format!(
            "--file: there are several FileServers ({}), expected INSTANCE:NAME=PATH",
            servers.join(", ")
        )),
    }
}

/// `NAME=PATH` of an option that may be given several times.
pub fn pairs<'o>(option: &str, values: &'o [String]) -> Result<Vec<(&'o str, &'o str)>, String> {
    values
        .iter()
        .map(|value| {
            value
                .split_once('=')
                .ok_or_else(|| format!("{option} {value}: expected NAME=PATH, with an `=`"))
        })
        .collect()
}

pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("can't read {}: {error}", path.display()))
}

/// Writes a file.
///
/// # Errors
///
/// When it can't be written.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("can't write {}: {error}", path.display()))
}
