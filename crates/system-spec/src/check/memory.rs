//! Objects at fixed physical addresses.

use alloc::format;
use alloc::vec::Vec;

use super::Checker;
use crate::model::ObjectKind;

impl Checker<'_> {
    /// Memory belongs to one object.
    pub(super) fn fixed_memory(&mut self) {
        let mut fixed: Vec<(u64, u64, &str)> = Vec::new();
        for object in &self.system.objects {
            if let ObjectKind::Frame { size_bits, paddr: Some(paddr), .. }
            | ObjectKind::Untyped { size_bits, paddr: Some(paddr) } = &object.kind
            {
                let size = 1_u64.checked_shl((*size_bits).into()).unwrap_or(u64::MAX);
                fixed.push((*paddr, paddr.saturating_add(size), &object.name));
            }
        }
        fixed.sort_unstable();
        let mut last: Option<(u64, &str)> = None;
        for (start, end, name) in fixed {
            if let Some((previous_end, other)) = last
                && previous_end > start
            {
                self.report(
                    name,
                    format!("physical address {start:#x} belongs to `{other}` already"),
                );
            }
            if last.is_none_or(|(previous_end, _)| end > previous_end) {
                last = Some((end, name));
            }
        }
    }
}
