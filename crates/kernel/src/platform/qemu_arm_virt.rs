//! QEMU's `virt` machine with 2 GiB of RAM, GICv2 and the virtualization
//! extensions (`-M virt,virtualization=on,gic-version=2 -m 2048`).
//!
//! Constants only: the build script includes this file as well, to place the
//! kernel image.

/// A half-open range of physical addresses, in bytes.
pub type PhysRange = core::ops::Range<u64>;

/// A device whose register page the kernel maps for itself.
pub struct KernelDevice {
    /// Physical address of the 4 KiB page.
    pub paddr: u64,
    /// Whether user space may own the page too. If not, the page is kept out of
    /// the device untypeds.
    pub user_available: bool,
}

/// Physical load address of the kernel image: the lowest usable address.
pub const KERNEL_PHYS_BASE: u64 = 0x6000_0000;

/// Memory that the kernel hands out as ordinary untypeds, minus what boot used.
pub const FREE_MEMORY: PhysRange = 0x6000_0000..0xc000_0000;

/// RAM below [`FREE_MEMORY`] that is set aside, for guests that need memory at
/// these addresses. It is handed out as device untypeds.
pub const RESERVED_MEMORY: PhysRange = 0x4000_0000..0x6000_0000;

/// All RAM: what the kernel's physical window maps as Normal memory.
pub const RAM: PhysRange = RESERVED_MEMORY.start..FREE_MEMORY.end;

/// Index in [`KERNEL_DEVICES`] of the PL011 UART.
pub const UART: usize = 0;
/// Index in [`KERNEL_DEVICES`] of the GIC distributor.
pub const GICD: usize = 1;
/// Index in [`KERNEL_DEVICES`] of the GIC CPU interface.
pub const GICC: usize = 2;
/// Index in [`KERNEL_DEVICES`] of the GIC virtual interface control registers.
pub const GICH: usize = 3;

/// Device pages that the kernel maps, in the order of its device window.
pub const KERNEL_DEVICES: [KernelDevice; 4] = [
    KernelDevice {
        paddr: 0x0900_0000,
        user_available: true,
    },
    KernelDevice {
        paddr: 0x0800_0000,
        user_available: false,
    },
    KernelDevice {
        paddr: 0x0801_0000,
        user_available: false,
    },
    KernelDevice {
        paddr: 0x0803_0000,
        user_available: false,
    },
];

/// Highest interrupt number that user space can ask a handler for.
pub const MAX_IRQ: u32 = 159;
/// PPI of the GIC's maintenance interrupt for list registers.
pub const IRQ_VGIC_MAINTENANCE: u32 = 25;
/// PPI of the EL2 physical timer, the kernel's tick.
pub const IRQ_KERNEL_TIMER: u32 = 26;
/// PPI of the virtual timer, which guests own.
pub const IRQ_VIRTUAL_TIMER: u32 = 27;
/// PPI of the EL1 physical timer, which user space may own.
pub const IRQ_PHYSICAL_TIMER: u32 = 30;

/// Frequency of the system counter.
pub const TIMER_HZ: u64 = 62_500_000;
/// Length of the kernel's tick.
pub const TIMER_TICK_MS: u64 = 2;
