//! The command line.

use std::path::{Path, PathBuf};

use camkes_lang::{DeviceTreeSource, LoadOptions};
use clap::{Args, Parser, Subcommand};

/// Checks, explains and draws systems that are described in CAmkES.
#[derive(Debug, Parser)]
#[command(name = "camkes", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find mistakes in a system.
    Check(Check),
    /// Draw a system.
    Graph(Graph),
    /// List the component types that need a program, and the files that the system is read from.
    Programs(Programs),
    /// Make the kernel objects of a system, and write them as text, for the initializer or for
    /// rust-sel4's.
    Spec(Spec),
    /// Make a bootable image of a system.
    Image(Image),
    /// Pack files into an archive (newc CPIO), as FileServers have them.
    Archive(Archive),
    /// Say what a configuration key or an attribute of the standard library does.
    Explain {
        /// The key, as it is set (`fs_shmem_size`, `vm0.heap_size`) or as it is declared
        /// (`<interface>_shmem_size`).
        key: String,
        /// The standard library, as for `check`.
        #[arg(long, value_name = "DIR", env = "CAMKES_STDLIB")]
        stdlib: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what of an existing camkes-vm application works here, and what needs porting.
    PortCheck {
        /// The application's folder.
        folder: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub input: Input,
    /// Print the diagnostics and the resolved system as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Archive {
    /// The files, and the names that clients open.
    #[arg(value_name = "NAME=FILE")]
    pub files: Vec<String>,
    /// The archive.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct Programs {
    #[command(flatten)]
    pub input: Input,
}

#[derive(Debug, Args)]
pub struct Graph {
    #[command(flatten)]
    pub input: Input,
    /// Where to: `.svg` or `.dot`. SVG to standard output if it is left out.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The picture's title; the file's name if it is left out.
    #[arg(long)]
    pub title: Option<String>,
}

#[derive(Debug, Args)]
pub struct Spec {
    #[command(flatten)]
    pub parts: Parts,
    /// Where the form that the initializer reads goes.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the CapDL JSON of rust-sel4's initializer goes. The system in it has no monitor.
    #[arg(long, value_name = "FILE", requires = "fill_dir")]
    pub json: Option<PathBuf>,
    /// The folder for the files that the JSON names.
    #[arg(long, value_name = "DIR", requires = "json")]
    pub fill_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Image {
    #[command(flatten)]
    pub parts: Parts,
    /// The program that makes the system's objects and stays as the monitor.
    #[arg(long, value_name = "FILE.elf")]
    pub initializer: PathBuf,
    /// The program that the firmware starts.
    #[arg(long, value_name = "FILE.elf")]
    pub loader: PathBuf,
    /// The image, an ELF file.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// The same as a raw arm64 `Image`, for boot loaders that want that.
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
    /// Take the device tree from the boot loader (x0) and keep this many KiB for it, instead of
    /// putting the prefix's into the image.
    #[arg(long, value_name = "KIB")]
    pub device_tree_from_boot_loader: Option<u32>,
}

/// What systems are made from.
#[derive(Debug, Args)]
pub struct Parts {
    #[command(flatten)]
    pub input: Input,
    /// The directory of an installed kernel. Its device tree is asked if `--dtb` names none.
    #[arg(long, value_name = "DIR", env = "SEL4_PREFIX")]
    pub prefix: PathBuf,
    /// The program of a component type; may be given several times.
    #[arg(long = "component", value_name = "TYPE=FILE.elf")]
    pub components: Vec<String>,
    /// An archive (newc CPIO) with the files of a FileServer, instead of `--file`.
    #[arg(long = "archive", value_name = "INSTANCE=FILE.cpio")]
    pub archives: Vec<String>,
    /// Bytes of heap of components that don't set `heap_size`.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    pub default_heap_size: u64,
    /// Where the text for people goes, in the capDL language.
    #[arg(long, value_name = "FILE")]
    pub cdl: Option<PathBuf>,
    /// Print what each instance costs.
    #[arg(long)]
    pub summary: bool,
}

/// A file of a FileServer, as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedFile {
    /// The FileServer's instance; none for the only one there is.
    pub instance: Option<String>,
    /// The name that clients open.
    pub name: String,
    /// Where it comes from.
    pub path: Option<PathBuf>,
}

impl ServedFile {
    /// Takes `[INSTANCE:]NAME[=PATH]` apart.
    fn parse(text: &str) -> Self {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let (instance, name) = match name.split_once(':') {
            Some((instance, name)) => (Some(instance.to_owned()), name),
            None => (None, name),
        };
        Self { instance, name: name.to_owned(), path }
    }
}

/// What is read.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The file with the assembly.
    pub file: PathBuf,
    /// A directory for `import <...>`; may be given several times.
    #[arg(short = 'I', long = "import-path", value_name = "DIR")]
    pub import_paths: Vec<PathBuf>,
    /// A directory for `#include`; may be given several times.
    #[arg(long = "cpp-include", value_name = "DIR")]
    pub cpp_includes: Vec<PathBuf>,
    /// The platform, a folder below `platforms`: its headers are found, and what the folder of its
    /// name beside the assembly has.
    #[arg(long)]
    pub platform: Option<String>,
    /// A board of the platform, a folder below `platforms/<platform>/boards`.
    #[arg(long, requires = "platform")]
    pub board: Option<String>,
    /// A macro for the preprocessor: `NAME` or `NAME=VALUE`.
    #[arg(short = 'D', long = "define", value_name = "MACRO")]
    pub defines: Vec<String>,
    /// The standard library: a folder with `interfaces` and `components`. By default it is looked
    /// for in and above the file's folder, the current one and this program's.
    #[arg(long, value_name = "DIR", env = "CAMKES_STDLIB")]
    pub stdlib: Option<PathBuf>,
    /// The board's device tree (`.dtb`), for `dtb()` queries.
    #[arg(long, value_name = "FILE")]
    pub dtb: Option<PathBuf>,
    /// The board's GPIO pins (YAML), for `gpio()` queries.
    #[arg(long, value_name = "FILE")]
    pub gpio: Option<PathBuf>,
    /// A file that a FileServer will have, and where it comes from; may be given several times. If
    /// it is, guests' images must be among them. The instance may be left out if there is one.
    #[arg(long = "file", value_name = "[INSTANCE:]NAME[=PATH]")]
    pub files: Vec<String>,
    /// Take every warning for an error.
    #[arg(long)]
    pub strict: bool,
    /// Write a rule for make or ninja that lists every file that was read, as `cpp -MD` does. Its
    /// target is the rule's file without the last extension.
    #[arg(long, value_name = "FILE")]
    pub depfile: Option<PathBuf>,
}

impl Input {
    /// The options for loading it.
    ///
    /// # Errors
    ///
    /// When there is no such platform or board, or no standard library that could have it.
    pub fn load_options(&self) -> Result<LoadOptions, String> {
        let library = self.stdlib.clone().or_else(|| find_library(Some(&self.file)));
        let mut import_paths = Vec::new();
        let mut include_paths = self.cpp_includes.clone();
        if let Some(library) = &library {
            import_paths.push(library.join("components"));
            include_paths.push(library.join("interfaces/include"));
        }
        import_paths.extend(self.import_paths.iter().cloned());
        let mut options = LoadOptions {
            main: self.file.clone(),
            builtin_dir: library.as_ref().map(|library| library.join("interfaces")),
            import_paths,
            include_paths,
            defines: self.defines.clone(),
            device_tree: self.dtb.clone().map(DeviceTreeSource::File),
            gpio_list: self.gpio.clone(),
            strict: self.strict,
            ..LoadOptions::default()
        };
        match (&self.platform, &library) {
            (Some(platform), Some(library)) => {
                crate::platform::add(&mut options, library, platform, self.board.as_deref())?;
            }
            (Some(platform), None) => {
                return Err(format!(
                    "--platform {platform}: the standard library was not found; name it with --stdlib"
                ));
            }
            (None, _) => {}
        }
        Ok(options)
    }

    /// The files of FileServers.
    pub fn served_files(&self) -> Vec<ServedFile> {
        self.files.iter().map(|file| ServedFile::parse(file)).collect()
    }

    /// The names of the FileServer's files, if they are given.
    ///
    /// # Errors
    ///
    /// When one of them doesn't exist, or is a folder.
    pub fn file_names(&self) -> Result<Option<Vec<String>>, String> {
        let mut names = Vec::new();
        for file in self.served_files() {
            if let Some(path) = file.path.filter(|path| !path.is_file()) {
                let what = if path.exists() { "is no file" } else { "does not exist" };
                return Err(format!("--file {}: {} {what}", file.name, path.display()));
            }
            names.push(file.name);
        }
        Ok((!names.is_empty()).then_some(names))
    }
}

/// The standard library in or above the folder of a file, the current folder or the program's.
pub fn find_library(file: Option<&Path>) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let starts = [
        file.and_then(|file| std::path::absolute(file).ok()),
        std::env::current_dir().ok(),
        program,
    ];
    starts
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find(|folder| is_library(folder))
        .map(Path::to_path_buf)
}

fn is_library(folder: &Path) -> bool {
    folder.join("interfaces/std_connector.camkes").is_file()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn files_name_instance_and_path() {
        let parse = |text| {
            let file = super::ServedFile::parse(text);
            (file.instance, file.name, file.path.map(|path| path.display().to_string()))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parse("linux"), (None, "linux".into(), None));
        assert_eq!(parse("linux=a/b:c=d"), (None, "linux".into(), some("a/b:c=d")));
        assert_eq!(parse("fs2:linux=x"), (some("fs2"), "linux".into(), some("x")));
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
