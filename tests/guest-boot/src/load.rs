//! The guest's files, and where they go.

use alloc::vec::Vec;

use fdt::address::Region;
use fdt::guest::{Chosen, Conduit, Cpus, Device, Gic, Guest, Timer};
use guest_memory::{GuestMemory, NamedRange, Regions};
use sel4_root_task::debug_println;
use vmm::images::{Kernel, Options};
use vmm::layout::{Blob, Boot, Plan, Request, plan};
use vmm_sel4::mapped::Mapped;

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const COMMAND_LINE: &str = match option_env!("GUEST_COMMAND_LINE") {
    Some(line) => line,
    None => "console=ttyAMA0 earlycon",
};

/// What is told to the guest about its machine.
fn tree(memory: &[NamedRange], affinities: &[u64], initrd: Option<Region>) -> Vec<u8> {
    let region = |part: &NamedRange| Region { base: part.range.start().0, size: part.range.size() };
    let memory: Vec<Region> = memory.iter().map(region).collect();
    let guest = Guest {
        model: "Caravan virtual machine",
        compatible: "linux,dummy-virt",
        memory: &memory,
        reserved: &[],
        cpus: Cpus { affinities, compatible: "arm,cortex-a53", conduit: Conduit::Smc },
        gic: Gic::V2 {
            distributor: Region { base: super::guest::DISTRIBUTOR, size: 0x1000 },
            cpu_interface: Region { base: super::guest::CPU_INTERFACE, size: 0x1000 },
        },
        timer: Timer::default(),
        uart: Some(Device {
            region: Region { base: super::guest::UART, size: 0x1000 },
            intid: super::guest::UART_INTID,
        }),
        rtc: None,
        power_button: None,
        virtio: &[],
        chosen: Chosen { bootargs: Some(COMMAND_LINE), initrd, ..Chosen::default() },
        passthrough: None,
    };
    let (tree, _) = guest.tree().expect("a description without contradictions");
    fdt::blob::write(&tree).expect("a tree that fits a blob")
}

/// Puts everything into guest memory.
pub fn load(memory: &Regions<Mapped>, affinities: &[u64]) -> Boot {
    let ram: Vec<NamedRange> = memory
        .iter()
        .map(|region| NamedRange { name: "RAM".into(), range: region.range() })
        .collect();
    let kernel = match Kernel::inspect("linux", KERNEL, Options::default()) {
        Ok(kernel) => kernel,
        Err(error) => sel4_root_task::abort!("{error} (build with GUEST_KERNEL)"),
    };
    let size = INITRD.len() as u64;
    let nowhere = (size > 0).then(|| Region { base: ram[0].range.start().0, size });
    let request = Request {
        ram: &ram,
        reserved: &[],
        kernel: &kernel,
        kernel_at: None,
        initrd: (size > 0).then(|| Blob { file: "linux-initrd".into(), size, at: None }),
        device_tree: Some(Blob {
            file: "device tree".into(),
            size: tree(&ram, affinities, nowhere).len() as u64,
            at: None,
        }),
    };
    let plan = match plan(&request) {
        Ok(plan) => plan,
        Err(error) => sel4_root_task::abort!("{error}"),
    };
    debug_println!("{plan}");
    put(&plan, &kernel, memory, &ram, affinities);
    plan.boot
}

fn put(
    plan: &Plan, kernel: &Kernel<'_>, memory: &Regions<Mapped>, ram: &[NamedRange],
    affinities: &[u64],
) {
    kernel.load(plan.kernel.range.start(), memory).expect("room for the kernel");
    let mut initrd = None;
    if let Some(part) = &plan.initrd {
        memory.write(part.range.start(), INITRD).expect("room for the initial RAM disk");
        initrd = Some(Region { base: part.range.start().0, size: part.range.size() });
    }
    if let Some(part) = &plan.device_tree {
        let blob = tree(ram, affinities, initrd);
        memory.write(part.range.start(), &blob).expect("room for the device tree");
    }
    for part in plan.parts() {
        if let Some(region) = memory.find(part.range.start()) {
            let offset = part.range.start().0 - region.range().start().0;
            region.backing().publish(offset, part.range.size());
        }
    }
}
