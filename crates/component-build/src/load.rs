//! Reading a component type.

use std::path::PathBuf;

use camkes_lang::model::{Component, Interface, InterfaceType, Model, Procedure};
use camkes_lang::{LoadOptions, load as load_assembly};

use crate::{Input, Result};

/// A component type with everything that it refers to.
pub(crate) struct Loaded {
    pub model: Model,
    pub component: usize,
    /// The file, for messages and for the head of the code.
    pub file: PathBuf,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
}

impl Loaded {
    pub fn component(&self) -> &Component {
        &self.model.components[self.component]
    }

    /// The interfaces that the component itself has, hidden ones of inner components left out.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.component().interfaces.iter().filter(|interface| !interface.exported)
    }

    /// The procedure of an interface.
    pub fn procedure(&self, interface: &Interface) -> Option<&Procedure> {
        match interface.ty {
            InterfaceType::Procedure(id) => Some(&self.model[id]),
            InterfaceType::Event(_) | InterfaceType::Dataport { .. } => None,
        }
    }
}

/// Reads the file, as part of an assembly that has no instance of the type: what it holds inside,
/// and what it is connected to, is not of interest here.
pub(crate) fn load(input: &Input, component: &str) -> Result<Loaded> {
    let file = std::path::absolute(&input.file)
        .map_err(|error| format!("{}: {error}", input.file.display()))?;
    if !file.is_file() {
        return Err(format!(
            "{}: no such file, expected the one that declares the component {component}",
            file.display()
        ));
    }
    let folder = Folder::new()?;
    let main = folder.0.join("assembly.camkes");
    let text = format!(
        "import <std_connector.camkes>;\n\
         import <global-connectors.camkes>;\n\
         import \"{}\";\n\
         component CaravanNothing {{ }}\n\
         assembly {{ composition {{ component CaravanNothing nothing; }} }}\n",
        file.display()
    );
    std::fs::write(&main, text).map_err(|error| format!("{}: {error}", main.display()))?;

    let mut include_paths = input.include_paths.clone();
    include_paths.push(input.library.join("interfaces/include"));
    let mut import_paths = vec![input.library.join("components")];
    import_paths.extend(input.import_paths.iter().cloned());
    let loaded = load_assembly(&LoadOptions {
        main: main.clone(),
        builtin_dir: Some(input.library.join("interfaces")),
        import_paths,
        include_paths,
        defines: input.defines.clone(),
        ..LoadOptions::default()
    });
    if loaded.has_errors() {
        let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        let texts: Vec<String> = errors.map(|error| error.render(&loaded.sources, false)).collect();
        return Err(texts.join("\n"));
    }
    let model = loaded.model.ok_or_else(|| format!("{}: can't be read", file.display()))?;
    let Some(index) = model.components.iter().position(|found| found.name == component) else {
        let mut known: Vec<&str> = model.components.iter().map(|it| it.name.as_str()).collect();
        known.retain(|name| *name != "CaravanNothing");
        known.sort_unstable();
        return Err(format!(
            "{}: declares no component {component} (found: {})",
            file.display(),
            known.join(", ")
        ));
    };
    let files = loaded.dependencies.into_iter().filter(|it| *it != main).collect();
    Ok(Loaded { model, component: index, file, files })
}

/// A folder that is removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let parent = std::env::var_os("OUT_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        // Tests read several at a time.
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = parent.join(format!("component-build-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
