//! Hands a GICv2's interrupts over to the non-secure world (Arm IHI 0048B,
//! 4.3.4 and 4.4.2). Firmware does this where there is any; it takes EL3.

use loader::Platform;

const GICD_TYPER: u64 = 0x004;
const GICD_IGROUPR: u64 = 0x080;
const GICC_PMR: u64 = 0x004;
const TYPER_IT_LINES: u32 = 0x1f;

/// Puts every interrupt into group 1 and lets all priorities through.
pub fn release_interrupts(platform: &Platform) {
    let (distributor, cpu) = (platform.gic_distributor, platform.gic_cpu_interface);
    if distributor == 0 || cpu == 0 {
        return;
    }
    // SAFETY: the packer takes both addresses from a GICv2's node in the device
    // tree. The MMU is off, so they are physical, and device memory.
    unsafe {
        let lines = core::ptr::read_volatile((distributor + GICD_TYPER) as *const u32);
        for bank in 0..=u64::from(lines & TYPER_IT_LINES) {
            core::ptr::write_volatile(
                (distributor + GICD_IGROUPR + 4 * bank) as *mut u32,
                u32::MAX,
            );
        }
        core::ptr::write_volatile((cpu + GICC_PMR) as *mut u32, 0xff);
    }
}
