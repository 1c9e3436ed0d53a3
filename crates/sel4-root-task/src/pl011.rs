//! Output through an Arm PrimeCell UART (PL011). Register offsets and bits are those of the
//! PL011 Technical Reference Manual (DDI 0183), chapter 3.

use core::cell::UnsafeCell;
use core::ops::Range;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use sel4::init_thread::{Slot, slot};
use sel4::{
    BootInfoPtr, CapRights, Error, FrameObjectType, ObjectBlueprint, Result, UntypedDesc,
    VmAttributes, cap, cap_type,
};

use crate::image;
use crate::image::PAGE_SIZE;

/// Data register.
const UARTDR: usize = 0x000;
/// Flag register.
const UARTFR: usize = 0x018;
/// Transmit FIFO full.
const UARTFR_TXFF: u32 = 1 << 5;

/// A page of the image that the UART is mapped over, so that no page table is needed.
#[repr(align(4096))]
struct Window(UnsafeCell<[u8; PAGE_SIZE]>);

// SAFETY: nothing refers to the bytes. The registers that are mapped there are read and written
// with volatile accesses of one word, which can't tear.
unsafe impl Sync for Window {}

static WINDOW: Window = Window(UnsafeCell::new([0; PAGE_SIZE]));

/// The registers; null while the UART isn't mapped.
static REGISTERS: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// The slot of the UART's frame; 0, which never holds a capability, while there is none.
static FRAME: AtomicUsize = AtomicUsize::new(0);

/// Maps the UART. Failures have no way to be told: the console stays silent.
pub(crate) fn init(bootinfo: &BootInfoPtr, paddr: usize) {
    if map(bootinfo, paddr).is_ok() {
        REGISTERS.store(WINDOW.0.get().cast(), Ordering::Release);
    }
}

fn covers(untyped: &UntypedDesc, paddr: usize) -> bool {
    untyped.is_device() && paddr.wrapping_sub(untyped.paddr()) >> untyped.size_bits() == 0
}

fn map(bootinfo: &BootInfoPtr, paddr: usize) -> Result<()> {
    let list = bootinfo.untyped_list();
    let Some(index) = list.iter().position(|untyped| covers(untyped, paddr)) else {
        return Err(Error::InvalidArgument { number: 0 });
    };
    let untyped = bootinfo.untyped().index(index).cap();
    let offset = (paddr - list[index].paddr()) / PAGE_SIZE * PAGE_SIZE;
    let fillers = fill(bootinfo, untyped, offset)?;

    // The UART's frame takes the place of the frame under the window, in the CSpace and in the
    // VSpace.
    let window = WINDOW.0.get().addr();
    let slot = image::slot(bootinfo, window);
    slot::CNODE.cap().absolute_cptr(slot.cptr()).delete()?;
    retype(untyped, FrameObjectType::GRANULE.blueprint(), slot.upcast())?;
    for filler in fillers {
        let filler = Slot::<cap_type::Null>::from_index(filler).cptr();
        slot::CNODE.cap().absolute_cptr(filler).delete()?;
    }
    slot.cap().frame_map(
        slot::VSPACE.cap(),
        window,
        CapRights::read_write(),
        VmAttributes::EXECUTE_NEVER,
    )?;
    FRAME.store(slot.index(), Ordering::Relaxed);
    Ok(())
}

/// Uses up the first `size` bytes of the untyped, because objects are made from its begin on.
/// Returns the slots with what was made of them, at the end of the empty ones.
fn fill(bootinfo: &BootInfoPtr, untyped: cap::Untyped, size: usize) -> Result<Range<usize>> {
    let end = bootinfo.empty().end();
    let mut start = end;
    for size_bits in pieces(size) {
        start -= 1;
        let slot = Slot::from_index(start);
        retype(untyped, ObjectBlueprint::Untyped { size_bits }, slot)?;
    }
    Ok(start..end)
}

/// Divides `size` bytes into pieces of powers of two; gives their binary logarithms. The largest
/// comes first, so that each begins at a multiple of its size and the kernel leaves no gap.
fn pieces(size: usize) -> impl Iterator<Item = usize> {
    (0..usize::BITS as usize).rev().filter(move |bit| size >> bit & 1 != 0)
}

fn retype(untyped: cap::Untyped, blueprint: ObjectBlueprint, slot: Slot) -> Result<()> {
    let root = slot::CNODE.cap().absolute_cptr_for_self();
    untyped.untyped_retype(&blueprint, &root, slot.index(), 1)
}

/// Takes registers that somebody else has mapped.
pub(crate) fn adopt(registers: *mut u8) {
    REGISTERS.store(registers, Ordering::Release);
}

/// Unmaps and deletes the UART's frame.
pub(crate) fn release() -> Result<()> {
    REGISTERS.store(core::ptr::null_mut(), Ordering::Release);
    match FRAME.swap(0, Ordering::Relaxed) {
        0 => Ok(()),
        index => {
            let frame = Slot::<cap_type::Granule>::from_index(index).cptr();
            slot::CNODE.cap().absolute_cptr(frame).delete()
        }
    }
}

/// Writes a string; the ends of its lines become CR LF, as terminals want them.
pub(crate) fn write(text: &str) {
    let registers = REGISTERS.load(Ordering::Acquire);
    if registers.is_null() {
        return;
    }
    for byte in text.bytes() {
        if byte == b'\n' {
            put(registers, b'\r');
        }
        put(registers, byte);
    }
}

fn put(registers: *mut u8, byte: u8) {
    // SAFETY: the pointer is that of the mapped registers, which are words.
    unsafe {
        while registers.add(UARTFR).cast::<u32>().read_volatile() & UARTFR_TXFF != 0 {}
        registers.add(UARTDR).cast::<u32>().write_volatile(byte.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_each_other_without_gaps() {
        for size in [0, 0x1000, 0x3_0000, 0x12_3000, 0xfff_f000] {
            let mut end = 0_usize;
            for bits in pieces(size) {
                assert!(end.is_multiple_of(1 << bits), "{bits} bits at {end:#x} of {size:#x}");
                end += 1 << bits;
            }
            assert_eq!(end, size);
        }
    }
}
