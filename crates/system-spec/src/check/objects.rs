//! Names, and each object by itself.

use alloc::collections::BTreeSet;
use alloc::format;

use super::Checker;
use crate::model::{Cap, Fill, Object, ObjectKind};

/// The largest untyped, as a power of two.
const MAX_UNTYPED_BITS: u8 = 47;
const MIN_UNTYPED_BITS: u8 = 4;

impl<'a> Checker<'a> {
    pub(super) fn names(&mut self) {
        let mut seen = BTreeSet::new();
        for object in &self.system.objects {
            if object.name.is_empty() {
                self.report("an object", "has no name");
            } else if !seen.insert(object.name.as_str()) {
                self.report(&object.name, "two objects have this name");
            }
            if let Some(owner) = object.owner
                && usize::try_from(owner.0).unwrap_or(usize::MAX) >= self.system.instances.len()
            {
                let count = self.system.instances.len();
                self.report(
                    &object.name,
                    format!("its owner is instance {}, expected one of {count}", owner.0),
                );
            }
        }
    }

    pub(super) fn object(&mut self, object: &'a Object) {
        let name = object.name.as_str();
        match &object.kind {
            ObjectKind::CNode { size_bits, slots } => {
                if !(1..=28).contains(size_bits) {
                    self.report(name, format!("2^{size_bits} slots, expected 2^1 to 2^28"));
                } else {
                    self.ascending(name, "slot", slots, 1 << size_bits);
                }
                for (slot, cap) in slots {
                    self.cap(name, &format!("slot {slot}"), cap);
                }
            }
            ObjectKind::TranslationTable { level, entries } => self.table(name, *level, entries),
            ObjectKind::Frame { size_bits, paddr, fills } => {
                if self.geometry.frame_level(*size_bits).is_none() {
                    self.report(name, format!("2^{size_bits} bytes is no size of frames"));
                }
                self.aligned(name, *size_bits, *paddr);
                self.fills(name, *size_bits, fills);
            }
            ObjectKind::Untyped { size_bits, paddr } => {
                if !(MIN_UNTYPED_BITS..=MAX_UNTYPED_BITS).contains(size_bits) {
                    self.report(
                        name,
                        format!(
                            "2^{size_bits} bytes, expected an untyped of 2^{MIN_UNTYPED_BITS} to \
                             2^{MAX_UNTYPED_BITS}"
                        ),
                    );
                } else {
                    self.aligned(name, *size_bits, *paddr);
                }
            }
            ObjectKind::Tcb(thread) => self.thread(name, thread),
            ObjectKind::Interrupt(interrupt) => {
                if let Some(cap) = &interrupt.notification {
                    self.expect(name, "what it signals", cap.object, "a notification", |kind| {
                        matches!(kind, ObjectKind::Notification)
                    });
                    self.cap(name, "what it signals", cap);
                }
            }
            ObjectKind::Endpoint
            | ObjectKind::Notification
            | ObjectKind::Vcpu
            | ObjectKind::SmcPermission => {}
        }
    }

    /// Slots and entries are in order, each is used once, and is there.
    pub(super) fn ascending(&mut self, name: &str, what: &str, list: &[(u32, Cap)], count: u64) {
        let mut previous = None;
        for (index, _) in list {
            if previous == Some(*index) {
                self.report(name, format!("{what} {index} is used twice"));
            } else if previous > Some(*index) {
                self.report(name, format!("{what} {index} isn't in ascending order"));
            }
            if u64::from(*index) >= count {
                self.report(name, format!("{what} {index}, expected less than {count}"));
            }
            previous = Some(*index);
        }
    }

    fn aligned(&mut self, name: &str, size_bits: u8, paddr: Option<u64>) {
        if let Some(paddr) = paddr
            && size_bits < 64
            && !paddr.is_multiple_of(1 << size_bits)
        {
            let what = format!(
                "physical address {paddr:#x}, expected a multiple of its size {:#x}",
                1_u64 << size_bits
            );
            self.report(name, what);
        }
    }

    fn fills(&mut self, name: &str, size_bits: u8, fills: &[Fill]) {
        let size = 1_u64.checked_shl(size_bits.into()).unwrap_or(u64::MAX);
        let mut filled = 0;
        for fill in fills {
            let end = fill.offset.saturating_add(fill.length);
            if fill.offset < filled || end > size {
                self.report(
                    name,
                    format!(
                        "filled from {:#x} to {end:#x}, expected ascending parts inside of \
                         {size:#x} bytes",
                        fill.offset
                    ),
                );
            }
            filled = end;
            let index = usize::try_from(fill.content.0).unwrap_or(usize::MAX);
            match self.system.contents.get(index) {
                None => {
                    let count = self.system.contents.len();
                    let found = fill.content.0;
                    self.report(
                        name,
                        format!("filled from content {found}, expected one of {count}"),
                    );
                }
                Some(content) => {
                    let end = fill.content_offset.saturating_add(fill.length);
                    let length = u64::try_from(content.bytes.len()).unwrap_or(u64::MAX);
                    if end > length {
                        self.report(
                            name,
                            format!(
                                "filled from `{}` up to byte {end:#x}, but that has {length:#x}",
                                content.name
                            ),
                        );
                    }
                }
            }
        }
    }
}
