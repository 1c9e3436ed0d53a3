//! What the kernel tells the initial thread.

use core::ops::{Deref, Range};
use core::slice;

use sel4_abi::bootinfo::{ExtraHeader, FRAME_BITS};
use sel4_config::sel4_cfg_usize;

use crate::init_thread::SlotRegion;
use crate::{IpcBuffer, cap_type};

const MAX_UNTYPEDS: usize = sel4_cfg_usize!(MAX_NUM_BOOTINFO_UNTYPED_CAPS);

/// `sel4-abi` knows the layout; the length of the list is configured.
type Raw = sel4_abi::BootInfo<MAX_UNTYPEDS>;

/// The bootinfo as it lies in memory, with the additional information behind it.
#[derive(Debug)]
#[repr(transparent)]
pub struct BootInfoPtr(*const BootInfo);

impl BootInfoPtr {
    /// Where the additional information begins.
    const EXTRA_OFFSET: usize = 1 << FRAME_BITS;

    /// Takes the address that the kernel gave to the initial thread.
    ///
    /// # Safety
    ///
    /// A bootinfo has to be there, with as much additional information behind it as it says, and
    /// nobody may change it while this value is used.
    ///
    /// # Panics
    ///
    /// If the address isn't that of a page.
    pub unsafe fn new(ptr: *const BootInfo) -> Self {
        assert!(
            ptr.addr().is_multiple_of(Self::EXTRA_OFFSET) && !ptr.is_null(),
            "{ptr:p} isn't the address of a bootinfo"
        );
        Self(ptr)
    }

    /// The address.
    pub fn ptr(&self) -> *const BootInfo {
        self.0
    }

    /// The pieces of additional information.
    pub fn extra(&self) -> BootInfoExtraIter<'_> {
        BootInfoExtraIter { rest: self.extra_slice() }
    }

    fn extra_slice(&self) -> &[u8] {
        // SAFETY: whoever made this value has promised that the bytes are there.
        unsafe {
            slice::from_raw_parts(
                self.0.cast::<u8>().add(Self::EXTRA_OFFSET),
                self.inner().extra_len,
            )
        }
    }

    /// Bytes from the begin of the bootinfo to the end of the additional information.
    pub fn footprint_size(&self) -> usize {
        Self::EXTRA_OFFSET + self.inner().extra_len
    }
}

impl Deref for BootInfoPtr {
    type Target = BootInfo;

    fn deref(&self) -> &BootInfo {
        // SAFETY: whoever made this value has promised that there is one.
        unsafe { &*self.0 }
    }
}

/// The bootinfo (`seL4_BootInfo`).
#[derive(Debug)]
#[repr(transparent)]
pub struct BootInfo(Raw);

impl BootInfo {
    /// The raw structure.
    pub const fn inner(&self) -> &Raw {
        &self.0
    }

    /// The initial thread's IPC buffer.
    pub fn ipc_buffer(&self) -> *mut IpcBuffer {
        core::ptr::with_exposed_provenance_mut(self.0.ipc_buffer)
    }

    /// Slots that are empty.
    pub fn empty(&self) -> SlotRegion<cap_type::Null> {
        self.0.empty.into()
    }

    /// Frames of the image, in the order of its addresses.
    pub fn user_image_frames(&self) -> SlotRegion<cap_type::Granule> {
        self.0.user_image_frames.into()
    }

    /// Page tables that map the image.
    pub fn user_image_paging(
        &self,
    ) -> SlotRegion<cap_type::UnspecifiedIntermediateTranslationTable> {
        self.0.user_image_paging.into()
    }

    /// Frames of the additional information.
    pub fn extra_pages(&self) -> SlotRegion<cap_type::Granule> {
        self.0.extra_bi_pages.into()
    }

    /// Binary logarithm of the number of slots in the root CNode.
    pub fn init_thread_cnode_size_bits(&self) -> usize {
        self.0.init_thread_cnode_size_bits
    }

    /// Domain of the initial thread.
    pub fn init_thread_domain(&self) -> usize {
        self.0.init_thread_domain
    }

    /// Untyped capabilities.
    pub fn untyped(&self) -> SlotRegion<cap_type::Untyped> {
        self.0.untyped.into()
    }

    /// What the untyped capabilities are to, in the order of their slots.
    pub fn untyped_list(&self) -> &[UntypedDesc] {
        let list = &self.0.untyped_list;
        let length = self.untyped().len().min(list.len());
        // SAFETY: `UntypedDesc` has the layout of what it wraps, and the list is that long.
        unsafe { slice::from_raw_parts(list.as_ptr().cast(), length) }
    }

    /// Where device memory is in the list of untypeds: at its begin.
    pub fn device_untyped_range(&self) -> Range<usize> {
        0..self.first_kernel_untyped()
    }

    /// Where normal memory is in the list of untypeds: behind the devices.
    pub fn kernel_untyped_range(&self) -> Range<usize> {
        self.first_kernel_untyped()..self.untyped_list().len()
    }

    fn first_kernel_untyped(&self) -> usize {
        self.untyped_list().partition_point(UntypedDesc::is_device)
    }
}

/// What an untyped capability is to (`seL4_UntypedDesc`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct UntypedDesc(sel4_abi::UntypedDesc);

impl UntypedDesc {
    /// The raw structure.
    pub const fn inner(&self) -> &sel4_abi::UntypedDesc {
        &self.0
    }

    /// Physical address.
    pub fn paddr(&self) -> usize {
        self.0.paddr
    }

    /// Binary logarithm of the size in bytes.
    pub fn size_bits(&self) -> usize {
        self.0.size_bits.into()
    }

    /// Whether it is a device's memory (or reserved memory), which the kernel never clears.
    pub fn is_device(&self) -> bool {
        self.0.is_device != 0
    }
}

/// A piece of additional information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootInfoExtra<'a> {
    /// What it is.
    pub id: BootInfoExtraId,
    /// Its bytes, with its header.
    pub content_with_header: &'a [u8],
}

impl BootInfoExtra<'_> {
    /// Its bytes, with its header.
    pub fn content_with_header(&self) -> &[u8] {
        self.content_with_header
    }

    /// Its bytes.
    pub fn content(&self) -> &[u8] {
        &self.content_with_header[size_of::<ExtraHeader>()..]
    }
}

/// What a piece of additional information is (`seL4_BootInfoID`).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BootInfoExtraId {
    Padding,
    X86Vbe,
    X86Mbmmap,
    X86AcpiRsdp,
    X86FrameBuffer,
    X86TscFreq,
    /// The device tree that the kernel was booted with.
    Fdt,
}

impl BootInfoExtraId {
    /// The kind with this number, if this version of the API has it.
    pub fn from_sys(id: usize) -> Option<Self> {
        use sel4_abi::bootinfo::ExtraId;
        Some(match ExtraId::from_word(id)? {
            ExtraId::Padding => Self::Padding,
            ExtraId::X86Vbe => Self::X86Vbe,
            ExtraId::X86MbMmap => Self::X86Mbmmap,
            ExtraId::X86AcpiRsdp => Self::X86AcpiRsdp,
            ExtraId::X86Framebuffer => Self::X86FrameBuffer,
            ExtraId::X86TscFreq => Self::X86TscFreq,
            ExtraId::Fdt => Self::Fdt,
        })
    }
}

/// Iterates over the pieces of additional information, leaving out those of unknown kinds.
#[derive(Clone, Debug)]
pub struct BootInfoExtraIter<'a> {
    rest: &'a [u8],
}

impl<'a> BootInfoExtraIter<'a> {
    /// The word that begins at byte `at`.
    fn word(&self, at: usize) -> Option<usize> {
        let bytes = self.rest.get(at..at + size_of::<usize>())?;
        bytes.try_into().ok().map(usize::from_ne_bytes)
    }
}

impl<'a> Iterator for BootInfoExtraIter<'a> {
    type Item = BootInfoExtra<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let id = self.word(0)?;
            let len = self.word(size_of::<usize>())?;
            // A length that leads nowhere or out of the memory ends the list.
            if len < size_of::<ExtraHeader>() {
                return None;
            }
            let (content_with_header, rest) = self.rest.split_at_checked(len)?;
            self.rest = rest;
            if let Some(id) = BootInfoExtraId::from_sys(id) {
                return Some(BootInfoExtra { id, content_with_header });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    fn chunk(id: usize, len: usize, content: &[u8]) -> Vec<u8> {
        [&id.to_ne_bytes(), &len.to_ne_bytes(), content].concat()
    }

    #[test]
    fn unknown_pieces_are_left_out() {
        let bytes = [chunk(99, 20, b"abcd"), chunk(6, 18, b"dt"), chunk(0, 16, b"")].concat();
        let mut extra = BootInfoExtraIter { rest: &bytes };
        let fdt = extra.next().unwrap();
        assert_eq!((fdt.id, fdt.content()), (BootInfoExtraId::Fdt, &b"dt"[..]));
        assert_eq!(extra.next().unwrap().id, BootInfoExtraId::Padding);
        assert_eq!(extra.next(), None);
    }

    #[test]
    fn bad_lengths_end_the_list() {
        for len in [0, 15, 1000] {
            assert_eq!(BootInfoExtraIter { rest: &chunk(6, len, b"dt") }.next(), None);
        }
    }
}
