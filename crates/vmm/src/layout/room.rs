//! Finding free places.

use guest_memory::{GuestAddress, GuestRange, NamedRange};

/// The lowest place for `size` bytes that is `offset` above a multiple of `align`.
pub(super) fn lowest(
    ram: &[NamedRange], taken: &[NamedRange], size: u64, align: u64, offset: u64,
) -> Option<GuestAddress> {
    let places = ram.iter().filter_map(|ram| {
        let mut from = ram.range.start();
        loop {
            let base = GuestAddress(from.0.saturating_sub(offset)).align_up(align)?;
            let at = base.checked_add(offset)?;
            let range = GuestRange::new(at, size)?;
            if !ram.range.contains_range(range) {
                return None;
            }
            match taken.iter().find(|there| there.range.overlaps(range)) {
                None => return Some(at),
                Some(there) => from = there.range.last().checked_add(1)?,
            }
        }
    });
    places.min()
}

/// The highest place for `size` bytes within `near` that is a multiple of `align`.
pub(super) fn highest(
    ram: &[NamedRange], taken: &[NamedRange], size: u64, align: u64, near: GuestRange,
) -> Option<GuestAddress> {
    let more = size.checked_sub(1)?;
    let places = ram.iter().filter_map(|ram| {
        let first = ram.range.start().max(near.start());
        let mut last = ram.range.last().min(near.last());
        loop {
            let at = GuestAddress(last.0.checked_sub(more)?).align_down(align)?;
            if at < first {
                return None;
            }
            let range = GuestRange::new(at, size)?;
            match taken.iter().find(|there| there.range.overlaps(range)) {
                None => return Some(at),
                Some(there) => last = GuestAddress(there.range.start().0.checked_sub(1)?),
            }
        }
    });
    places.max()
}
