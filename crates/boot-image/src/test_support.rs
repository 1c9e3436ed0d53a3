//! Inputs for tests: small ELF files of every kind, a board, a configuration.

use loader::{Description, Range, head};
use sel4_prefix::config::{Config, Value};

use crate::{Configuration, Input, InstalledKernel};

/// The options of a kernel that can be started.
pub fn options() -> Config {
    let text = |value: &str| Value::Text(value.to_owned());
    [
        ("SEL4_ARCH", text("aarch64")),
        ("ARM_HYPERVISOR_SUPPORT", Value::Bool(true)),
        ("ARM_PA_SIZE_BITS_40", Value::Bool(true)),
        ("ARM_PA_SIZE_BITS_44", Value::Bool(false)),
        ("MAX_NUM_NODES", text("1")),
        ("ROOT_CNODE_SIZE_BITS", text("18")),
        ("MAX_NUM_BOOTINFO_UNTYPED_CAPS", text("230")),
    ]
    .into_iter()
    .collect()
}

/// A program header.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    pub flags: u32,
    pub virtual_start: u64,
    pub physical: u64,
    pub data: &'a [u8],
    pub size: u64,
}

/// An ELF file under construction.
#[derive(Clone)]
pub struct Elf<'a> {
    pub kind: u16,
    pub machine: u16,
    pub entry: u64,
    pub loads: Vec<Load<'a>>,
    /// Name, type, flags, address and size of sections; `.rela` data is appended.
    pub sections: Vec<(&'a str, u32, u64, u64, &'a [u8])>,
}

impl Elf<'_> {
    /// The file.
    pub fn build(&self, name: &str) -> Input {
        let mut body = Vec::new();
        let headers = 64 + 56 * self.loads.len();
        let mut program_headers = Vec::new();
        for load in &self.loads {
            let offset = (headers + body.len()) as u64;
            program_headers.extend(1_u32.to_le_bytes());
            program_headers.extend(load.flags.to_le_bytes());
            for word in
                [offset, load.virtual_start, load.physical, load.data.len() as u64, load.size, 1]
            {
                program_headers.extend(word.to_le_bytes());
            }
            body.extend(load.data);
        }
        // Sections: the null section, those given, and the names.
        let mut names = vec![0];
        let mut section_headers = vec![0; 64];
        for (index, (section, kind, address, size, data)) in self.sections.iter().enumerate() {
            let offset = headers + body.len();
            body.extend(*data);
            let name_offset = u32::try_from(names.len()).unwrap();
            names.extend(section.bytes().chain([0]));
            let mut header = section_header(name_offset, *kind, 2, *address, offset, *size);
            if *kind == SYMBOL_TABLE {
                // Its strings are the next section; the first section has the number 1.
                header[40..44].copy_from_slice(&u32::try_from(index + 2).unwrap().to_le_bytes());
                header[44..48].copy_from_slice(&1_u32.to_le_bytes());
            }
            section_headers.extend(header);
        }
        let offset = headers + body.len();
        let name_offset = u32::try_from(names.len()).unwrap();
        names.extend(b".shstrtab\0");
        section_headers.extend(section_header(name_offset, 3, 0, 0, offset, names.len() as u64));
        body.extend(names);
        let count = u16::try_from(self.sections.len() + 2).unwrap();

        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend(self.machine.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        for word in [self.entry, 64, (headers + body.len()) as u64] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        let loads = u16::try_from(self.loads.len()).unwrap();
        for half in [64, 56, loads, 64, count, count - 1] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.extend(program_headers);
        bytes.extend(body);
        bytes.extend(section_headers);
        Input { name: name.to_owned(), bytes }
    }
}

/// Type of the section with the symbols.
pub const SYMBOL_TABLE: u32 = 2;

/// A symbol: name's offset, kind (1 for data, 2 for functions), address, size.
pub fn symbol(name: u32, kind: u8, address: u64, size: u64) -> Vec<u8> {
    let mut out = name.to_le_bytes().to_vec();
    // Global; in section 1.
    out.extend([1 << 4 | kind, 0, 1, 0]);
    out.extend(address.to_le_bytes());
    out.extend(size.to_le_bytes());
    out
}

fn section_header(
    name: u32, kind: u32, flags: u64, address: u64, offset: usize, size: u64,
) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(name.to_le_bytes());
    out.extend(kind.to_le_bytes());
    for word in [flags, address, offset as u64, size, 0, 8] {
        out.extend(word.to_le_bytes());
    }
    let entry_size: u64 = if kind == 4 || kind == SYMBOL_TABLE { 24 } else { 0 };
    out.extend(entry_size.to_le_bytes());
    out
}

pub const KERNEL_START: u64 = 0x6000_0000;
pub const KERNEL_OFFSET: u64 = 0xff_c000_0000 - KERNEL_START;

/// A kernel of 0x1800 bytes in the file and 0x5000 in memory.
pub fn kernel() -> Elf<'static> {
    Elf {
        kind: 2,
        machine: 183,
        entry: KERNEL_START + KERNEL_OFFSET,
        loads: vec![Load {
            flags: 7,
            virtual_start: KERNEL_START + KERNEL_OFFSET,
            physical: KERNEL_START,
            data: &[0x4b; 0x1800],
            size: 0x5000,
        }],
        sections: vec![],
    }
}

/// A root task with code and data.
pub fn root_task() -> Elf<'static> {
    Elf {
        kind: 2,
        machine: 183,
        entry: 0x20_0040,
        loads: vec![
            Load {
                flags: 5,
                virtual_start: 0x20_0000,
                physical: 0x20_0000,
                data: &[0x43; 0x234],
                size: 0x234,
            },
            Load {
                flags: 6,
                virtual_start: 0x20_1800,
                physical: 0x20_1800,
                data: &[0x44; 0x10],
                size: 0x20_0000,
            },
        ],
        sections: vec![],
    }
}

const LOADER_SIZE: usize = 0x1000;
const LOADER_DATA: [u8; LOADER_SIZE] = [0x4c; LOADER_SIZE];
pub const DESCRIPTION_OFFSET: u64 = 0x800;
pub const RELOCATED: u64 = 0x780;

/// Relocation of the word at `RELOCATED`: the address of offset 0x10.
const RELA: [u8; 24] = {
    let mut rela = [0; 24];
    rela[0] = 0x80;
    rela[1] = 0x07;
    rela[8] = 0x03;
    rela[9] = 0x04;
    rela[16] = 0x10;
    rela
};

/// Something with the form of the loader's ELF file, and a zeroed page.
pub fn loader() -> Elf<'static> {
    Elf {
        kind: 3,
        machine: 183,
        entry: 0x20,
        loads: vec![Load {
            flags: 7,
            virtual_start: 0,
            physical: 0,
            data: &LOADER_DATA,
            size: 0x2000,
        }],
        sections: vec![
            (head::HEAD_SECTION, 1, 0x100, 0x200, &[]),
            (Description::SECTION, 1, DESCRIPTION_OFFSET, Description::WORDS as u64 * 8, &[]),
            (".rela.dyn", 4, 0x600, 24, &RELA),
        ],
    }
}

/// A platform with 32 MiB for the kernel, of 1 GiB of RAM.
pub fn installed() -> InstalledKernel {
    InstalledKernel {
        kernel: kernel().build("kernel.elf"),
        device_tree: Input { name: "kernel.dtb".to_owned(), bytes: device_tree() },
        memory: vec![Range::new(KERNEL_START, KERNEL_START + (32 << 20))],
        configuration: Configuration {
            physical_address_bits: 40,
            root_cnode_size_bits: 18,
            max_untypeds: 230,
        },
    }
}

/// The device tree of a board like QEMU's virt.
pub fn device_tree() -> Vec<u8> {
    use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
    let node = |name: &str, compatible: &str, reg: &[u32]| {
        let mut node = DeviceTreeNode::new_unchecked(name);
        let compatible = [compatible.as_bytes(), b"\0"].concat();
        node.add_property(DeviceTreeProperty::new_unchecked("compatible", compatible));
        let reg: Vec<u8> = reg.iter().flat_map(|cell| cell.to_be_bytes()).collect();
        node.add_property(DeviceTreeProperty::new_unchecked("reg", reg));
        node
    };
    let mut tree = DeviceTree::new();
    let cells = 2_u32.to_be_bytes().to_vec();
    tree.root.add_property(DeviceTreeProperty::new_unchecked("#address-cells", cells.clone()));
    tree.root.add_property(DeviceTreeProperty::new_unchecked("#size-cells", cells));
    tree.root.add_child(node("memory@40000000", "", &[0, 0x4000_0000, 0, 0x4000_0000]));
    tree.root.add_child(node("uart@9000000", "arm,pl011", &[0, 0x900_0000, 0, 0x1000]));
    tree.root.add_child(node(
        "intc@8000000",
        "arm,cortex-a15-gic",
        &[0, 0x800_0000, 0, 0x10000, 0, 0x801_0000, 0, 0x10000],
    ));
    let mut aliases = DeviceTreeNode::new_unchecked("aliases");
    aliases.add_property(DeviceTreeProperty::new_unchecked("serial0", b"/uart@9000000\0".to_vec()));
    tree.root.add_child(aliases);
    let mut chosen = DeviceTreeNode::new_unchecked("chosen");
    chosen.add_property(DeviceTreeProperty::new_unchecked(
        "stdout-path",
        b"serial0:115200n8\0".to_vec(),
    ));
    tree.root.add_child(chosen);
    tree.to_dtb()
}

/// Pseudo-random numbers (xorshift64), the same in every run.
pub struct Random(pub u64);

impl Random {
    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}
