//! The pages that a range of guest memory is mapped with.
//!
//! The second stage of translation maps 4 KiB or 2 MiB at once (Arm ARM D8.2, 4 KiB granule). A
//! large page costs one capability and one entry instead of 512, so a range gets as many as its
//! placement allows.

use crate::address::{GuestAddress, GuestRange};

/// The size of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSize {
    /// 4 KiB.
    Small,
    /// 2 MiB.
    Large,
}

impl PageSize {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Small => 1 << 12,
            Self::Large => 1 << 21,
        }
    }
}

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the guest sees it.
    pub guest: GuestAddress,
    /// The physical address, if the range has a fixed one.
    pub physical: Option<u64>,
    /// Its size.
    pub size: PageSize,
}

/// Why a range can't be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It isn't made of whole pages.
    #[error("{range} ({size:#x} bytes) isn't made of whole pages of 0x1000 bytes")]
    GuestAlignment {
        /// The range.
        range: GuestRange,
        /// Its size in bytes.
        size: u64,
    },
    /// Its physical address isn't that of a page.
    #[error("the physical address {physical:#x} of {range} isn't a multiple of 0x1000")]
    PhysicalAlignment {
        /// The range.
        range: GuestRange,
        /// Where it should be.
        physical: u64,
    },
    /// It goes past the end of physical addresses.
    #[error("{range} at the physical address {physical:#x} goes past the last address")]
    PhysicalEnd {
        /// The range.
        range: GuestRange,
        /// Where it should start.
        physical: u64,
    },
}

/// The pages of a range, by ascending address and without gaps: large ones wherever the guest's
/// address and the physical one, if it is fixed, are both multiples of 2 MiB.
///
/// # Errors
/// The range can't be mapped by pages.
pub fn pages(
    range: GuestRange, physical: Option<u64>,
) -> Result<impl Iterator<Item = Page>, PageError> {
    let small = PageSize::Small.bytes();
    let size = range.size();
    if !range.start().is_aligned(small) || !size.is_multiple_of(small) {
        return Err(PageError::GuestAlignment { range, size });
    }
    if let Some(physical) = physical {
        if !physical.is_multiple_of(small) {
            return Err(PageError::PhysicalAlignment { range, physical });
        }
        if physical.checked_add(size - 1).is_none() {
            return Err(PageError::PhysicalEnd { range, physical });
        }
    }
    let mut done = 0;
    Ok(core::iter::from_fn(move || {
        let left = size.checked_sub(done).filter(|left| *left > 0)?;
        let guest = range.start().checked_add(done)?;
        let physical = physical.map(|start| start + done);
        let large = PageSize::Large.bytes();
        let aligned = guest.is_aligned(large) && physical.is_none_or(|at| at.is_multiple_of(large));
        let size = if aligned && left >= large { PageSize::Large } else { PageSize::Small };
        done += size.bytes();
        Some(Page { guest, physical, size })
    }))
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn range(start: u64, size: u64) -> GuestRange {
        GuestRange::new(GuestAddress(start), size).unwrap()
    }

    fn counts(range: GuestRange, physical: Option<u64>) -> (usize, usize) {
        let pages: Vec<Page> = pages(range, physical).unwrap().collect();
        let large = pages.iter().filter(|page| page.size == PageSize::Large).count();
        (large, pages.len() - large)
    }

    #[test]
    fn large_pages_where_both_addresses_allow() {
        assert_eq!(counts(range(0x4000_0000, 512 << 20), Some(0x4000_0000)), (256, 0));
        assert_eq!(counts(range(0x4000_0000, 512 << 20), None), (256, 0));
        assert_eq!(counts(range(0x4000_0000, 4 << 20), Some(0x4000_1000)), (0, 1024));
        // An exynos5422's memory of 256 MiB and a page on either side.
        assert_eq!(counts(range(0x3fff_f000, (256 << 20) + 0x2000), None), (128, 2));
        assert_eq!(counts(range(0x804_0000, 0x1000), Some(0x804_0000)), (0, 1));
    }

    #[test]
    fn errors_name_the_range() {
        let error = |range, physical| pages(range, physical).err().unwrap().to_string();
        assert_eq!(
            error(range(0x4000_0000, 0x1001), None),
            "0x40000000..=0x40001000 (0x1001 bytes) isn't made of whole pages of 0x1000 bytes"
        );
        assert_eq!(
            error(range(0x4000_0000, 0x1000), Some(0x10)),
            "the physical address 0x10 of 0x40000000..=0x40000fff isn't a multiple of 0x1000"
        );
        assert_eq!(
            error(range(0x4000_0000, 0x2000), Some(0xffff_ffff_ffff_f000)),
            "0x40000000..=0x40001fff at the physical address 0xfffffffffffff000 goes past the \
             last address"
        );
    }

    #[test]
    fn the_last_page_of_all_is_a_page() {
        let last = range(0xffff_ffff_ffe0_0000, 0x20_0000);
        assert_eq!(counts(last, None), (1, 0));
    }

    proptest! {
        #[test]
        fn pages_cover_the_range_and_no_more(
            start in 0u64..2048, count in 1u64..2048, shift in proptest::option::of(0u64..2048),
        ) {
            let range = range(start << 12, count << 12);
            let physical = shift.map(|shift| (start + shift) << 12);
            let mut next = range.start();
            for page in pages(range, physical).unwrap() {
                prop_assert_eq!(page.guest, next);
                prop_assert!(page.guest.is_aligned(page.size.bytes()));
                prop_assert_eq!(
                    page.physical,
                    physical.map(|at| at + (page.guest.0 - range.start().0))
                );
                prop_assert!(page.physical.is_none_or(|at| at.is_multiple_of(page.size.bytes())));
                next = next.checked_add(page.size.bytes()).unwrap();
            }
            prop_assert_eq!(next.0 - 1, range.last().0);
        }
    }
}
