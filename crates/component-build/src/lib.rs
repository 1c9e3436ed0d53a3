//! Generates the Rust side of a component type: for build scripts of component crates.
//!
//! ```no_run
//! // fn main() of build.rs
//! component_build::generate("FileServer.camkes", "FileServer");
//! ```
//!
//! The program includes the result with `component::include_interfaces!()`. It has
//!
//! - the trait `Component`, with a function for each method that the component provides
//!   (`<interface>_<method>`), and one for each event that it receives (`<interface>_handle`),
//! - the struct `Interfaces`, with a field for each interface, lock, and all attributes,
//! - the modules `clients`, with the calls of each procedure that is used, and `types`, with the
//!   structs that they take.
//!
//! Files are read as the `camkes` tool reads them: `import <..>` looks in the standard library's
//! `interfaces` and `components`, and in the folders of `CAMKES_IMPORT_PATHS`; `#include` in the
//! platform's folders and those of `CAMKES_INCLUDE_PATHS`; `CAMKES_DEFINES` are macros, between
//! semicolons. The platform is `CAMKES_PLATFORM`, by default `qemu-arm-virt`. The standard library
//! is `CAMKES_STDLIB`, or is found above the crate.

use std::path::{Path, PathBuf};

mod attributes;
mod clients;
mod dispatch;
mod environment;
mod interfaces;
mod load;
mod names;
mod server;
mod types;

/// A result whose error is the text to show.
pub type Result<T> = std::result::Result<T, String>;

/// Generates the interfaces of a component type that a `.camkes` file, named from the crate's
/// folder, declares. Ends the build script with the message if that can't be done.
pub fn generate(file: impl AsRef<Path>, component: &str) {
    Generator::new(file, component).run();
}

/// What is to be generated.
#[derive(Clone, Debug)]
pub struct Generator {
    file: PathBuf,
    component: String,
    deferred: Vec<String>,
    standard: bool,
}

impl Generator {
    /// As [`generate`], with options.
    pub fn new(file: impl AsRef<Path>, component: &str) -> Self {
        Self {
            file: file.as_ref().to_path_buf(),
            component: component.to_owned(),
            deferred: Vec::new(),
            standard: false,
        }
    }

    /// Lets the handler of a method, `interface.method`, answer later: it is given a
    /// `component::Reply` instead of returning the answer.
    #[must_use]
    pub fn deferred(mut self, method: &str) -> Self {
        self.deferred.push(method.to_owned());
        self
    }

    /// Leaves the paths and macros of an application alone: for a component type of the standard
    /// library in a crate that components of applications depend on.
    #[must_use]
    pub const fn standard(mut self) -> Self {
        self.standard = true;
        self
    }

    /// Writes `component.rs` into the build script's output directory. Ends the build script with
    /// the message if that can't be done.
    pub fn run(&self) {
        if let Err(message) = self.write() {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            std::process::exit(1);
        }
    }

    fn write(&self) -> Result<()> {
        let crate_folder = environment::required("CARGO_MANIFEST_DIR")?;
        let output = environment::required("OUT_DIR")?;
        let folder = Path::new(&crate_folder);
        let input = environment::Input::from_environment(folder, &self.file, self.standard)?;
        let generated = self.code(&input)?;
        for file in &generated.files {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        println!("cargo::rerun-if-changed=build.rs");
        let path = Path::new(&output).join("component.rs");
        std::fs::write(&path, generated.code)
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The code.
    ///
    /// # Errors
    /// The files have mistakes, or don't declare the component type.
    pub fn code(&self, input: &environment::Input) -> Result<Generated> {
        let loaded = load::load(input, &self.component)?;
        let code = interfaces::file(&loaded, self)?;
        Ok(Generated { code, files: loaded.files })
    }
}

pub use environment::Input;

/// What was generated.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The code.
    pub code: String,
    /// The files that it was made from.
    pub files: Vec<PathBuf>,
}
