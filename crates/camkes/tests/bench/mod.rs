//! A folder with a kernel's prefix, a description and a program, and the command run in it.

#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fdt::tree::{Node, Tree};
use sel4_prefix::prefix::{
    DEVICE_TREE, INCLUDE, KERNEL, KERNEL_CONFIG, LIBSEL4_CONFIG, PLATFORM_JSON,
};
use sel4_prefix::{KernelConfig, Platform};
use tempfile::TempDir;

const SYSTEM: &str = "import <std_connector.camkes>;
import <global-connectors.camkes>;
import <FileServer/FileServer.camkes>;
component Reader { control; uses FileServerInterface fs; }
assembly {
    composition {
        component Reader reader;
        component FileServer fserv;
        connection seL4RPCDataport files(from reader.fs, to fserv.fs_ctrl);
    }
}
";

/// A folder with a kernel's prefix, a description and a program.
pub struct Bench(TempDir);

impl Bench {
    pub fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let config = KernelConfig::default();
        let regions = Platform::built_in("qemu-arm-virt").unwrap().regions(&config).unwrap();
        let mut tree = Tree::default();
        tree.root.set_u32("#address-cells", 1);
        tree.root.set_u32("#size-cells", 1);
        tree.root.push(Node::new("chosen"));
        let mut memory = Node::new("memory@40000000");
        memory.set_text("device_type", "memory");
        memory.set_cells("reg", &[0x4000_0000, 0x8000_0000]);
        tree.root.push(memory);
        let blob = fdt::blob::write(&tree).unwrap();
        bench.put(&format!("prefix/{KERNEL}"), b"\x7fELF");
        bench.put(&format!("prefix/{KERNEL_CONFIG}"), config.kernel_json().as_bytes());
        bench.put(&format!("prefix/{LIBSEL4_CONFIG}"), config.libsel4_json().as_bytes());
        bench.put(&format!("prefix/{PLATFORM_JSON}"), regions.to_json().as_bytes());
        bench.put(&format!("prefix/{DEVICE_TREE}"), &blob);
        for (file, text) in sel4_abi::interfaces::FILES {
            bench.put(&format!("prefix/{INCLUDE}/{file}"), text.as_bytes());
        }
        bench.put("app.camkes", SYSTEM.as_bytes());
        bench.put("program.elf", &program());
        bench.put("motd", b"welcome");
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The project's root, which has the standard library.
    pub fn library(&self) -> String {
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        library.canonicalize().unwrap().display().to_string()
    }

    /// Runs in the folder, with the program for both types of the description.
    pub fn camkes(&self, command: &str, more: &[&str]) -> Output {
        self.run(command, &["Reader", "FileServer"], more)
    }

    /// Runs in the folder, with the program for some types.
    pub fn run(&self, command: &str, types: &[&str], more: &[&str]) -> Output {
        let programs =
            types.iter().flat_map(|ty| ["--component".into(), format!("{ty}=program.elf")]);
        Command::new(env!("CARGO_BIN_EXE_camkes"))
            .args([command, "app.camkes", "--prefix", "prefix", "--stdlib"])
            .arg(self.library())
            .args(programs)
            .args(more)
            .current_dir(self.0.path())
            .env_remove("SEL4_PREFIX")
            .env_remove("CAMKES_STDLIB")
            .output()
            .unwrap()
    }
}

/// A program of a page of code.
fn program() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let halves = |bytes: &mut Vec<u8>, values: &[u16]| {
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    };
    halves(&mut bytes, &[2, 183]);
    bytes.extend(1_u32.to_le_bytes());
    for word in [0x20_0000_u64, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    halves(&mut bytes, &[64, 56, 1, 64, 0, 0]);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(5_u32.to_le_bytes());
    for word in [120_u64, 0x20_0000, 0x20_0000, 8, 8, 1] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([0x1f; 8]);
    bytes
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
