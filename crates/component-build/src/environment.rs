//! Where files are looked for.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Result;

const DEFAULT_PLATFORM: &str = "qemu-arm-virt";

/// Where a component type is read from.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file that declares it.
    pub file: PathBuf,
    /// The standard library: the folder that has `interfaces` and `components`.
    pub library: PathBuf,
    /// Folders for `import <..>`, after the library's.
    pub import_paths: Vec<PathBuf>,
    /// Folders for `#include`, before the library's.
    pub include_paths: Vec<PathBuf>,
    /// Macros, `NAME` or `NAME=VALUE`.
    pub defines: Vec<String>,
}

/// `platforms/<platform>/camkes.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    /// Folders for `#include`, below the standard library.
    include: Vec<PathBuf>,
}

impl Input {
    /// What the build script's environment says, of an application's part nothing for a `standard`
    /// type. `file` is named from the crate's folder.
    pub(crate) fn from_environment(
        crate_folder: &Path, file: &Path, standard: bool,
    ) -> Result<Self> {
        let library = match variable("CAMKES_STDLIB") {
            Some(library) => PathBuf::from(library),
            None => library_above(crate_folder).ok_or_else(|| {
                format!(
                    "no folder above {} has interfaces/std_connector.camkes: expected the standard \
                     library there, or CAMKES_STDLIB to name its folder",
                    crate_folder.display()
                )
            })?,
        };
        let platform = variable("CAMKES_PLATFORM").unwrap_or_else(|| DEFAULT_PLATFORM.to_owned());
        let mut input = Self::new(&crate_folder.join(file), &library, &platform)?;
        if standard {
            return Ok(input);
        }
        input.import_paths.extend(paths("CAMKES_IMPORT_PATHS"));
        input.include_paths.splice(0..0, paths("CAMKES_INCLUDE_PATHS"));
        let defines = variable("CAMKES_DEFINES").unwrap_or_default();
        input.defines = defines.split(';').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Ok(input)
    }

    /// A file that is read for a platform, with the standard library only.
    ///
    /// # Errors
    /// The library doesn't know the platform.
    pub fn new(file: &Path, library: &Path, platform: &str) -> Result<Self> {
        let folder = library.join("platforms").join(platform);
        let settings = folder.join("camkes.toml");
        let text = std::fs::read_to_string(&settings).map_err(|error| {
            format!("{}: {error} (the platform is {platform:?})", settings.display())
        })?;
        println!("cargo::rerun-if-changed={}", settings.display());
        let data: PlatformFile =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", settings.display()))?;
        let mut include_paths = vec![folder.join("include")];
        include_paths.extend(data.include.iter().map(|folder| library.join(folder)));
        include_paths.push(library.join("components/StringReverse/include"));
        // A component's own headers lie beside it.
        let beside = file.parent().unwrap_or(Path::new(""));
        for folder in [beside.to_path_buf(), beside.join("include"), beside.join("configurations")]
        {
            if folder.is_dir() {
                include_paths.push(folder);
            }
        }
        Ok(Self {
            file: file.to_path_buf(),
            library: library.to_path_buf(),
            import_paths: Vec::new(),
            include_paths,
            defines: Vec::new(),
        })
    }
}

/// The standard library in or above a folder.
fn library_above(folder: &Path) -> Option<PathBuf> {
    let has_library = |folder: &&Path| folder.join("interfaces/std_connector.camkes").is_file();
    folder.ancestors().find(has_library).map(Path::to_path_buf)
}

/// A variable that Cargo sets.
pub(crate) fn required(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("{name} isn't set: expected a build script of Cargo"))
}

fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn paths(name: &str) -> Vec<PathBuf> {
    variable(name).map(|list| std::env::split_paths(&list).collect()).unwrap_or_default()
}
