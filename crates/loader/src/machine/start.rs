//! From EL2 with the MMU off into the kernel.

use core::fmt::{self, Write};

use loader::device_tree::{self, NotATree};
use loader::page_table::{MAIR, MapError, Memory, PageTables, Table};
use loader::{Description, DeviceTreeSource, Overlap, Range, find_overlap};

use super::console::Console;
use super::{cpu, memory};

/// Tables: a root, one for low memory, one for the kernel's virtual addresses,
/// and one for each GiB that the image, the UART or the kernel touches.
const TABLES: usize = 12;

static mut TABLE_POOL: [Table; TABLES] = [Table::EMPTY; TABLES];

enum Problem {
    NotPacked(u64),
    ExceptionLevel(u64),
    Overlap(Overlap<'static>),
    AddressBits { kernel: u64, cpu: u64 },
    DeviceTree { address: u64, reason: NotATree },
    DeviceTreeAddress(u64),
    Map(MapError),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPacked(found) => write!(
                f,
                "the image's description starts with {found:#x}, expected {:#x}; \
                 pack the image with a boot-image of the same version",
                Description::MAGIC
            ),
            Self::ExceptionLevel(level) => write!(
                f,
                "entered at EL{level} on a CPU that gives no access to EL2, but the kernel is a \
                 hypervisor and needs EL2; in QEMU add virtualization=on to -M virt, on a board \
                 let the firmware start the image at EL2"
            ),
            Self::Overlap(overlap) => overlap.fmt(f),
            Self::AddressBits { kernel, cpu } => write!(
                f,
                "the kernel was built for {kernel}-bit physical addresses, this CPU has {cpu} \
                 bits; take a kernel that was configured for this CPU"
            ),
            Self::DeviceTree { address, reason } => {
                write!(f, "no usable device tree at {address:#x} (from x0): {reason}")
            }
            Self::DeviceTreeAddress(address) => write!(
                f,
                "the device tree's address in x0 is {address:#x}, expected a multiple of 8 that \
                 isn't 0; ELF images get none from QEMU"
            ),
            Self::Map(error) => error.fmt(f),
        }
    }
}

/// Where `entry` goes on: `boot_x0` is x0 at the image's entry, `entered_at` the
/// exception level at which it was entered.
pub extern "C" fn start(boot_x0: u64, entered_at: u64) -> ! {
    let description = super::description();
    let mut console = Console::new(&description.platform);
    match prepare(&description, boot_x0, entered_at, &mut console) {
        Err(problem) => {
            console.report(problem);
            cpu::park()
        }
        Ok(device_tree) => {
            console.flush();
            let user = &description.user;
            // SAFETY: `prepare` has mapped the kernel, turned the MMU on and
            // zeroed what must be zero; the packer took entry and arguments from
            // the ELF files.
            unsafe {
                cpu::enter_kernel(
                    description.kernel.entry,
                    [
                        user.physical.start,
                        user.physical.end,
                        user.offset,
                        user.entry,
                        device_tree.start,
                        device_tree.len(),
                    ],
                )
            }
        }
    }
}

/// Does everything up to the jump; returns the place of the device tree.
fn prepare(
    description: &Description, boot_x0: u64, entered_at: u64, console: &mut Console,
) -> Result<Range, Problem> {
    if description.magic != Description::MAGIC {
        return Err(Problem::NotPacked(description.magic));
    }
    if !at_el2() {
        return Err(Problem::ExceptionLevel(entered_at));
    }
    if let Some(overlap) = find_overlap(&description.parts()) {
        return Err(Problem::Overlap(overlap));
    }
    let bits = tcr_address_bits(description.kernel.tcr_el2);
    if bits > cpu::physical_address_bits() {
        return Err(Problem::AddressBits { kernel: bits, cpu: cpu::physical_address_bits() });
    }
    let device_tree = place_device_tree(description, boot_x0)?;

    // Writing to the UART cannot fail.
    let _ = writeln!(
        console,
        "loader: entered at EL{entered_at}; kernel at {}, device tree at {device_tree}, \
         root task at {}",
        description.kernel.physical, description.user.physical
    );

    if entered_at == 3 && description.platform.gic_distributor == 0 {
        let _ = writeln!(
            console,
            "loader: warning: entered at EL3, but the device tree has no GICv2: interrupts may \
             stay with the secure world; let firmware start the image at EL2"
        );
    }

    let root = build_tables(description).map_err(Problem::Map)?;
    // SAFETY: `build_tables` maps all parts of the image one to one, the loader
    // among them. `entry` has turned the MMU off and dropped what the caches
    // held of the loader's memory, so the tables are in memory and only there.
    unsafe { cpu::enable_mmu(root, MAIR, description.kernel.tcr_el2) }
    for fill in description.fills {
        // SAFETY: the packer lists pages of the kernel and the root task that
        // hold no bytes of their files, and all parts lie apart.
        unsafe { memory::zero_pages(fill) }
    }
    Ok(device_tree)
}

fn at_el2() -> bool {
    let level: u64;
    // SAFETY: reads the current exception level.
    unsafe { core::arch::asm!("mrs {}, CurrentEL", out(reg) level, options(nomem, nostack)) }
    level >> 2 == 2
}

/// The physical address size in `TCR_EL2.PS`.
fn tcr_address_bits(tcr: u64) -> u64 {
    match (tcr >> 16) & 7 {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        5 => 48,
        _ => 52,
    }
}

/// Where the device tree for the kernel is, copied there if it came in x0.
fn place_device_tree(description: &Description, boot_x0: u64) -> Result<Range, Problem> {
    let room = description.device_tree;
    if description.device_tree_source != DeviceTreeSource::BootLoader as u64 {
        return Ok(room);
    }
    if boot_x0 == 0 || !boot_x0.is_multiple_of(8) {
        return Err(Problem::DeviceTreeAddress(boot_x0));
    }
    // SAFETY: the boot protocol says that x0 is the address of a device tree;
    // the MMU is off, so even a wrong address only reads something else.
    let size = unsafe { device_tree::total_size(memory::read(boot_x0), room.len()) }
        .map_err(|reason| Problem::DeviceTree { address: boot_x0, reason })?;
    let target = Range::new(room.start, room.start + size);
    let source = Range::new(boot_x0, boot_x0 + size);
    let named = [("the device tree in x0", source), ("its place", room)];
    let mut parts = description.parts();
    parts[1] = named[0];
    if let Some(overlap) = find_overlap(&parts).or_else(|| find_overlap(&named)) {
        return Err(Problem::Overlap(overlap));
    }
    // SAFETY: the source was just checked, the destination is kept for it and
    // page-aligned, and the two lie apart.
    unsafe { memory::copy(source.start, target.start, size) }
    Ok(target)
}

/// Maps every part of the image one to one, the kernel where it is linked, and
/// the UART. Returns the physical address of the root table.
fn build_tables(description: &Description) -> Result<u64, MapError> {
    let pool = &raw mut TABLE_POOL;
    // SAFETY: this is the only reference ever made to the pool, on the only
    // core that runs.
    let pool = unsafe { &mut *pool };
    let base = pool.as_ptr() as u64;

    let mut tables = PageTables::new(pool, base);
    let kernel = &description.kernel;
    tables.map(kernel.virtual_start, kernel.physical, Memory::Normal)?;
    for (_, part) in description.parts() {
        tables.map(part.start, part, Memory::Normal)?;
    }
    let uart = description.platform.uart;
    if uart != 0 {
        tables.map(uart, Range::new(uart, uart + 0x1000), Memory::Device)?;
    }
    Ok(base)
}
