//! Systems in memory: descriptions, tiny programs, a kernel.

#![allow(dead_code)] // Each test uses some of it.

pub mod views;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use camkes_assemble::{Assembled, File, Input, Kernel, Options, assemble};
use camkes_lang::{DeviceTreeSource, LoadOptions, Loaded};
use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, Writer};
use sel4_prefix::{KernelConfig, Platform};
use system_spec::model::System;

/// A part of a tiny program.
#[derive(Clone, Copy)]
pub struct Load {
    pub flags: u32,
    pub address: u64,
    pub data: &'static [u8],
    pub size: u64,
}

/// A tiny program.
#[derive(Clone)]
pub struct Elf {
    pub machine: u16,
    pub kind: u16,
    pub entry: u64,
    pub loads: Vec<Load>,
    pub extra: Vec<(u32, u64)>,
}

impl Default for Elf {
    fn default() -> Self {
        Self {
            machine: 183,
            kind: 2,
            entry: 0x21_0000,
            loads: vec![
                Load { flags: 4, address: 0x20_0040, data: b"constants", size: 9 },
                Load { flags: 5, address: 0x21_0000, data: &[0x1f; 64], size: 64 },
                Load { flags: 6, address: 0x22_0010, data: b"variables", size: 0x1800 },
            ],
            extra: Vec::new(),
        }
    }
}

impl Elf {
    pub fn build(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(object::Endianness::Little, true, &mut out);
        writer.reserve_file_header();
        let count = self.loads.len() + self.extra.len();
        writer.reserve_program_headers(u32::try_from(count).unwrap());
        let offsets: Vec<u64> =
            self.loads.iter().map(|load| writer.reserve(load.data.len() as u64, 1)).collect();
        writer
            .write_file_header(&FileHeader {
                os_abi: elf::OsAbi(0),
                abi_version: 0,
                e_type: elf::FileType(self.kind),
                e_machine: elf::Machine(self.machine),
                e_entry: self.entry,
                e_flags: elf::FileFlags(0),
            })
            .unwrap();
        writer.write_align_program_headers();
        for (load, offset) in self.loads.iter().zip(&offsets) {
            writer.write_program_header(&ProgramHeader {
                p_type: elf::PT_LOAD,
                p_flags: elf::ProgramFlags(load.flags),
                p_offset: *offset,
                p_vaddr: load.address,
                p_paddr: load.address,
                p_filesz: load.data.len() as u64,
                p_memsz: load.size,
                p_align: 1,
            });
        }
        for (kind, size) in &self.extra {
            writer.write_program_header(&ProgramHeader {
                p_type: elf::ProgramType(*kind),
                p_flags: elf::ProgramFlags(4),
                p_offset: 0,
                p_vaddr: 0x30_0000,
                p_paddr: 0x30_0000,
                p_filesz: 0,
                p_memsz: *size,
                p_align: 1,
            });
        }
        for (load, offset) in self.loads.iter().zip(&offsets) {
            writer.pad_until(*offset);
            writer.write(load.data);
        }
        out
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Of most devices in the tree.
const DEVICE: &str = "test,device";

/// A device tree: RAM, a GIC, a serial port that is the console, a GPIO controller, a timer with a
/// page that begins in its middle.
pub fn device_tree() -> Vec<u8> {
    use fdt::tree::{Node, Tree};
    let mut tree = Tree::default();
    tree.root.set_u32("#address-cells", 2);
    tree.root.set_u32("#size-cells", 2);
    tree.root.set_u32("interrupt-parent", 1);
    let mut gic = Node::new("intc@8000000");
    gic.set_text("compatible", "arm,cortex-a15-gic");
    gic.set_u32("phandle", 1);
    gic.set_u32("#interrupt-cells", 3);
    gic.set_flag("interrupt-controller");
    // Distributor, CPU interface, virtual interface control, virtual CPU interface.
    let registers = [0x800_0000, 0x801_0000, 0x803_0000, 0x804_0000];
    gic.set_cells("reg", &registers.map(|base| [0, base, 0, 0x1000]).concat());
    tree.root.push(gic);
    for (name, compatible, address, size, interrupts) in [
        ("serial@9000000", DEVICE, 0x900_0000, 0x1000, vec![0, 1, 4]),
        ("gpio@9030000", "arm,pl061", 0x903_0000, 0x1000, vec![0, 6, 4]),
        ("timer@a000800", DEVICE, 0xa00_0800, 0x40, vec![0, 7, 1, 0, 8, 4, 1, 13, 4]),
        ("other@a000c00", DEVICE, 0xa00_0c00, 0x40, vec![0, 9, 4]),
    ] {
        let mut node = Node::new(name);
        node.set_text("compatible", compatible);
        node.set_cells("reg", &[0, address, 0, size]);
        node.set_cells("interrupts", &interrupts);
        tree.root.push(node);
    }
    let mut memory = Node::new("memory@40000000");
    memory.set_text("device_type", "memory");
    memory.set_cells("reg", &[0, 0x4000_0000, 0, 0x8000_0000]);
    tree.root.push(memory);
    let mut chosen = Node::new("chosen");
    chosen.set_text("stdout-path", "/serial@9000000");
    tree.root.push(chosen);
    fdt::blob::write(&tree).unwrap()
}

/// The embedded kernel's default configuration.
pub fn kernel() -> Kernel {
    let config = KernelConfig::default();
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    let regions = platform.regions(&config).unwrap();
    let mut options = config.kernel_options();
    options.insert("PRINTING", sel4_prefix::config::Value::Bool(true));
    Kernel::new("prefix".into(), &options, Some(regions), Some(device_tree())).unwrap()
}

/// A description, and the board's device tree.
pub fn load(text: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.camkes");
    std::fs::write(&file, text).unwrap();
    let root = root();
    camkes_lang::load(&LoadOptions {
        main: file,
        builtin_dir: Some(root.join("interfaces")),
        import_paths: vec![root.join("components")],
        device_tree: Some(DeviceTreeSource::Bytes { name: "dtb".into(), bytes: device_tree() }),
        ..LoadOptions::default()
    })
}

/// What a system is made from, to be changed by tests.
pub struct Source {
    pub loaded: Loaded,
    pub kernel: Kernel,
    pub programs: BTreeMap<String, File>,
    pub archives: BTreeMap<String, Vec<u8>>,
    pub options: Options,
}

impl Source {
    /// Every component type gets a tiny program.
    pub fn new(text: &str) -> Self {
        let loaded = load(text);
        let model = loaded.model.as_ref().expect("it resolves");
        let errors: Vec<String> = loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .map(|diagnostic| diagnostic.render(&loaded.sources, false))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        let programs = model
            .instance_ids()
            .filter(|id| camkes_assemble::needs_program(model, *id))
            .map(|id| {
                let name = model.component_of(id).name.clone();
                let file = File { name: format!("{name}.elf"), bytes: Elf::default().build() };
                (name, file)
            })
            .collect();
        Self {
            kernel: kernel(),
            programs,
            archives: BTreeMap::new(),
            options: Options::default(),
            loaded,
        }
    }

    pub fn assemble(&self) -> Assembled {
        let device_tree = device_tree();
        assemble(&Input {
            model: self.loaded.model.as_ref().unwrap(),
            kernel: &self.kernel,
            device_tree: Some(&device_tree),
            programs: self.programs.clone(),
            archives: self.archives.clone(),
            options: self.options.clone(),
        })
    }

    /// The system, if there is no error.
    pub fn system(&self) -> System {
        let assembled = self.assemble();
        let errors = self.summaries(&assembled);
        assembled.system.unwrap_or_else(|| panic!("{}", errors.join("\n")))
    }

    /// The first lines of all diagnostics, without the folder of the file.
    pub fn summaries(&self, assembled: &Assembled) -> Vec<String> {
        let line = |diagnostic: &camkes_lang::Diagnostic| {
            let text = diagnostic.summary(&self.loaded.sources);
            match text.find("test.camkes") {
                Some(at) => text[at..].to_owned(),
                None => text,
            }
        };
        assembled.diagnostics.iter().map(line).collect()
    }
}

/// The object of that name.
pub fn object<'s>(system: &'s System, name: &str) -> &'s system_spec::model::Object {
    system.objects.iter().find(|object| object.name == name).unwrap_or_else(|| {
        let names: Vec<&str> = system.objects.iter().map(|object| object.name.as_str()).collect();
        panic!("no {name} among {names:?}")
    })
}
