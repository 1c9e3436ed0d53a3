//! The kernel's virtual address space, in the EL2 translation regime. User
//! level is not in it, so that physical memory can have its own addresses: the
//! kernel reaches an object without adding an offset.
//!
//! | virtual address                  | what                                         |
//! |----------------------------------|----------------------------------------------|
//! | `0x00_0000_0000..0x7f_c000_0000` | window onto physical memory, RAM only        |
//! | `0xff_c000_0000..`               | kernel image                                 |
//! | `0xff_ffe0_0000..`               | device pages, in the platform's order        |
//!
//! The window leaves out the kernel image, so that no stray physical address
//! can reach the kernel's own code and data.

use crate::platform;

/// Base of the window: the virtual address of physical address zero.
pub const PHYS_OFFSET: u64 = 0;
/// End of the window, exclusive.
pub const WINDOW_END: u64 = 0x7f_c000_0000;
/// Virtual address of the kernel image: where the build script links it.
pub const KERNEL_IMAGE_BASE: u64 = match u64::from_str_radix(env!("KERNEL_IMAGE_BASE"), 16) {
    Ok(address) => address,
    Err(_) => panic!("the build script sets a hexadecimal number"),
};
/// Base of the device pages, 4 KiB each.
pub const DEVICE_BASE: u64 = 0xff_ffe0_0000;
/// log2 of the page size.
pub const PAGE_BITS: u32 = 12;
/// Page size in bytes.
pub const PAGE_SIZE: u64 = 1 << PAGE_BITS;

/// Virtual minus physical address of the kernel image.
const IMAGE_OFFSET: u64 = KERNEL_IMAGE_BASE - platform::PHYS_BASE as u64;

const _: () = assert!(platform::RAM.end <= WINDOW_END - PHYS_OFFSET);
const _: () = assert!(KERNEL_IMAGE_BASE >= WINDOW_END && KERNEL_IMAGE_BASE < DEVICE_BASE);

/// Where the linker put the parts of the kernel image, as virtual addresses.
#[derive(Clone, Copy, Debug)]
pub struct ImageLayout {
    /// Start of the executable part, and of the image.
    pub text_start: u64,
    /// End of the executable part, start of the constants.
    pub text_end: u64,
    /// End of the constants, start of the data.
    pub rodata_end: u64,
    /// The page below the kernel stack that stays unmapped.
    pub stack_guard: u64,
    /// Top of the kernel stack.
    pub stack_top: u64,
    /// End of the image, stack included.
    pub image_end: u64,
}

/// Returns where the linker put the kernel image.
pub fn image_layout() -> ImageLayout {
    unsafe extern "C" {
        static kernel_text_start: u8;
        static kernel_text_end: u8;
        static kernel_rodata_end: u8;
        static kernel_stack_guard: u8;
        static kernel_stack_top: u8;
        static kernel_image_end: u8;
    }
    let address = |symbol: *const u8| symbol.addr() as u64;
    ImageLayout {
        text_start: address(&raw const kernel_text_start),
        text_end: address(&raw const kernel_text_end),
        rodata_end: address(&raw const kernel_rodata_end),
        stack_guard: address(&raw const kernel_stack_guard),
        stack_top: address(&raw const kernel_stack_top),
        image_end: address(&raw const kernel_image_end),
    }
}

/// Physical addresses that the kernel image occupies. They are not in the
/// window.
pub fn image_phys_range() -> platform::PhysRange {
    let layout = image_layout();
    image_to_phys(layout.text_start)..image_to_phys(layout.image_end)
}

/// Physical address of a virtual address within the kernel image.
pub const fn image_to_phys(vaddr: u64) -> u64 {
    vaddr - IMAGE_OFFSET
}

/// Virtual address in the window of a physical address.
pub const fn phys_to_virt(paddr: u64) -> u64 {
    paddr + PHYS_OFFSET
}

/// A virtual address as the integer that Rust's pointers are made of.
#[allow(clippy::cast_possible_truncation)] // AArch64 pointers have 64 bits.
pub const fn to_usize(address: u64) -> usize {
    const { assert!(usize::BITS == u64::BITS) };
    address as usize
}

/// Whether the window maps all of `range`: it is RAM and not the kernel image.
pub fn in_window(range: &platform::PhysRange) -> bool {
    let ram = platform::RAM;
    let image = image_phys_range();
    range.start >= ram.start
        && range.end <= ram.end
        && (range.end <= image.start || range.start >= image.end)
}
