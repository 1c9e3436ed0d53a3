//! The platform, as constants that the build script makes from the kernel's
//! configuration and the platform's description.

#[allow(dead_code)] // The same constants serve every part of a kernel.
mod configuration {
    include!(concat!(env!("OUT_DIR"), "/configuration.rs"));
}

pub use configuration::*;

/// A half-open range of physical addresses, in bytes.
pub type PhysRange = core::ops::Range<u64>;

/// A device whose register page the kernel maps for itself.
pub struct KernelDevice {
    /// Physical address of the 4 KiB page.
    pub paddr: u64,
}

/// All RAM, from the lowest to the highest address: what the kernel's physical
/// window maps as Normal memory.
pub const RAM: PhysRange = span(&RESERVED, span(&MEMORY, PhysRange { start: u64::MAX, end: 0 }));

/// Widens `span` to hold all `ranges`.
const fn span(ranges: &[core::ops::Range<usize>], mut span: PhysRange) -> PhysRange {
    let mut index = 0;
    while index < ranges.len() {
        let (start, end) = (ranges[index].start as u64, ranges[index].end as u64);
        span.start = if start < span.start { start } else { span.start };
        span.end = if end > span.end { end } else { span.end };
        index += 1;
    }
    span
}

/// Index in [`KERNEL_DEVICES`] of the PL011 UART.
pub const UART: usize = 0;

#[cfg(not(gic_v3))]
mod gic_pages {
    use super::{GICC_BASE, GICD_BASE, GICH_BASE, KernelDevice, UART_BASE};

    /// Index in [`KERNEL_DEVICES`] of the GIC distributor.
    pub const GICD: usize = 1;
    /// Index in [`KERNEL_DEVICES`] of the GIC CPU interface.
    pub const GICC: usize = 2;
    /// Index in [`KERNEL_DEVICES`] of the GIC virtual interface control registers.
    pub const GICH: usize = 3;

    /// Device pages that the kernel maps, in the order of its device window.
    pub const KERNEL_DEVICES: [KernelDevice; 4] = [
        KernelDevice { paddr: UART_BASE as u64 },
        KernelDevice { paddr: GICD_BASE as u64 },
        KernelDevice { paddr: GICC_BASE as u64 },
        KernelDevice { paddr: GICH_BASE as u64 },
    ];
}

#[cfg(gic_v3)]
mod gic_pages {
    use super::{GICD_BASE, GICR_BASE, KernelDevice, UART_BASE};
    use crate::arch::current::mmio::DevicePage;

    /// Pages of the distributor that have registers.
    const DISTRIBUTOR_PAGES: usize = 8;
    /// Redistributors that the kernel looks at to find its core's.
    pub const REDISTRIBUTORS: usize = 8;
    /// Bytes from one frame of a redistributor to the next. There are two.
    const FRAME: u64 = 0x1_0000;
    const PAGE: u64 = 0x1000;
    const FIRST: usize = super::UART + 1 + DISTRIBUTOR_PAGES;

    /// Page number `index` of the GIC distributor.
    pub fn distributor_page(index: u64) -> DevicePage {
        let index = crate::arch::current::memory_map::to_usize(index);
        assert!(index < DISTRIBUTOR_PAGES, "the distributor has no page {index}");
        DevicePage::new(super::UART + 1 + index)
    }

    /// The pages of a redistributor's two frames: its own, and that of the private
    /// interrupts.
    pub fn redistributor_pages(index: usize) -> (DevicePage, DevicePage) {
        (DevicePage::new(FIRST + 2 * index), DevicePage::new(FIRST + 2 * index + 1))
    }

    /// Device pages that the kernel maps, in the order of its device window.
    pub const KERNEL_DEVICES: [KernelDevice; FIRST + 2 * REDISTRIBUTORS] = {
        let mut pages = [const { KernelDevice { paddr: UART_BASE as u64 } }; _];
        let mut index = 0;
        while index < DISTRIBUTOR_PAGES {
            pages[1 + index].paddr = GICD_BASE as u64 + index as u64 * PAGE;
            index += 1;
        }
        let mut index = 0;
        while index < 2 * REDISTRIBUTORS {
            pages[FIRST + index].paddr = GICR_BASE as u64 + index as u64 * FRAME;
            index += 1;
        }
        pages
    };
}

pub use gic_pages::*;
