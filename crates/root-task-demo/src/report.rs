//! The bootinfo as tables.

use core::fmt;

use sel4::init_thread::SlotRegion;
use sel4::{BootInfoExtraId, BootInfoPtr, CapType, sel4_cfg_bool, sel4_cfg_str};
use sel4_root_task::debug_println;

/// A number of bytes in the largest unit that it is a multiple of.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let (mut value, mut unit) = (self.0, 0);
        while value >= 1024 && value.is_multiple_of(1024) && unit + 1 < UNITS.len() {
            value /= 1024;
            unit += 1;
        }
        write!(f, "{value:>4} {:<3}", UNITS[unit])
    }
}

/// Prints everything that the kernel told.
pub fn print(bootinfo: &BootInfoPtr) {
    debug_println!("Hello from a root task at EL0, in Rust, on seL4.");
    kernel();
    slots(bootinfo);
    extra(bootinfo);
    untypeds(bootinfo);
}

fn kernel() {
    let yes_no = |value| if value { "yes" } else { "no" };
    debug_println!("\nKernel");
    debug_println!("  architecture   {}", sel4_cfg_str!(SEL4_ARCH));
    debug_println!("  platform       {}", sel4_cfg_str!(PLAT));
    debug_println!("  hypervisor     {}", yes_no(sel4_cfg_bool!(ARM_HYPERVISOR_SUPPORT)));
    debug_println!("  MCS            {}", yes_no(sel4_cfg_bool!(KERNEL_MCS)));
    debug_println!("  debug build    {}", yes_no(sel4_cfg_bool!(DEBUG_BUILD)));
    debug_println!("  printing       {}", yes_no(sel4_cfg_bool!(PRINTING)));
    debug_println!("  nodes          {}", sel4_cfg_str!(MAX_NUM_NODES));
    debug_println!("  priorities     {}", sel4_cfg_str!(NUM_PRIORITIES));
}

fn region<T: CapType>(name: &str, region: &SlotRegion<T>) {
    debug_println!("  {name:<18} {:>6} to {:>6} ({})", region.start(), region.end(), region.len());
}

fn slots(bootinfo: &BootInfoPtr) {
    debug_println!("\nSlots, of 2^{}", bootinfo.init_thread_cnode_size_bits());
    region("image frames", &bootinfo.user_image_frames());
    region("image page tables", &bootinfo.user_image_paging());
    region("bootinfo frames", &bootinfo.extra_pages());
    region("untypeds", &bootinfo.untyped());
    region("empty", &bootinfo.empty());
    debug_println!("\nMemory");
    debug_println!("  bootinfo       {:p}, {} bytes", bootinfo.ptr(), bootinfo.footprint_size());
    debug_println!("  IPC buffer     {:p}", bootinfo.ipc_buffer());
}

fn extra(bootinfo: &BootInfoPtr) {
    debug_println!("\nAdditional information");
    for piece in bootinfo.extra() {
        let size = piece.content().len();
        match piece.id {
            BootInfoExtraId::Fdt => debug_println!("  device tree    {size} bytes"),
            BootInfoExtraId::Padding => debug_println!("  padding        {size} bytes"),
            other => debug_println!("  {other:?} {size} bytes"),
        }
    }
}

fn untypeds(bootinfo: &BootInfoPtr) {
    debug_println!("\nUntypeds");
    debug_println!("  {:>6}  {:<34}  {:<8}  kind", "slot", "physical addresses", "size");
    let mut total = [0, 0];
    for (i, untyped) in bootinfo.untyped_list().iter().enumerate() {
        let slot = bootinfo.untyped().index(i).index();
        let (start, size) = (untyped.paddr(), 1 << untyped.size_bits());
        let kind = if untyped.is_device() { "device" } else { "memory" };
        debug_println!(
            "  {slot:>6}  {start:#016x}..{:#016x}  {}  {kind}",
            start + size,
            Bytes(size)
        );
        total[usize::from(untyped.is_device())] += size;
    }
    let [memory, device] = total;
    debug_println!("  memory {} KiB, device {} KiB", memory / 1024, device / 1024);
}
