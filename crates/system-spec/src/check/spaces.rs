//! Address spaces, and what may be referred to once only.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::Checker;
use crate::model::{Cap, ObjectId, ObjectKind};

impl Checker<'_> {
    /// The entries of a table are tables of the next level, or frames of this level's size.
    pub(super) fn table(&mut self, name: &str, level: u8, entries: &[(u32, Cap)]) {
        let Some(bits) = self.geometry.index_bits.get(usize::from(level)) else {
            let levels = self.geometry.index_bits.len();
            return self.report(name, format!("level {level}, expected less than {levels}"));
        };
        self.ascending(name, "entry", entries, 1 << bits);
        for (index, cap) in entries {
            let role = format!("entry {index}");
            let expected = "a frame or a table";
            let Some(object) = self.expect(name, &role, cap.object, expected, |kind| {
                matches!(kind, ObjectKind::TranslationTable { .. } | ObjectKind::Frame { .. })
            }) else {
                continue;
            };
            match &object.kind {
                ObjectKind::TranslationTable { level: found, .. } if *found != level + 1 => {
                    let expected = level + 1;
                    let child = &object.name;
                    self.report(
                        name,
                        format!("{role} is `{child}` of level {found}, expected level {expected}"),
                    );
                }
                ObjectKind::Frame { size_bits, .. } => {
                    if self.geometry.frame_level(*size_bits) != Some(level) {
                        let step = self.geometry.step_bits(level);
                        self.report(
                            name,
                            format!(
                                "{role} is `{}` of 2^{size_bits} bytes, expected 2^{step} in a \
                                 table of level {level}",
                                object.name
                            ),
                        );
                    }
                    if !cap.rights.read {
                        self.report(name, format!("{role} maps `{}` without reading", object.name));
                    }
                }
                _ => {}
            }
        }
    }

    /// Finds the frame that is mapped at `address`, and how.
    pub(super) fn mapped(&self, root: ObjectId, address: u64) -> Option<&Cap> {
        let mut table = root;
        let top = self.geometry.step_bits(0) + self.geometry.index_bits.first()?;
        if address.checked_shr(top.into()).unwrap_or(0) != 0 {
            return None;
        }
        loop {
            let ObjectKind::TranslationTable { level, entries } = &self.get(table)?.kind else {
                return None;
            };
            let bits = self.geometry.index_bits.get(usize::from(*level))?;
            let index = address >> self.geometry.step_bits(*level) & ((1 << bits) - 1);
            let at = entries.iter().find(|(at, _)| u64::from(*at) == index)?;
            match &self.get(at.1.object)?.kind {
                // A table of an equal or higher level would be a circle.
                ObjectKind::TranslationTable { level: next, .. } if next > level => {
                    table = at.1.object;
                }
                ObjectKind::Frame { .. } => return Some(&at.1),
                _ => return None,
            }
        }
    }

    /// Tables are mapped once; notifications and virtual processors are bound once; an interrupt
    /// has one handler.
    pub(super) fn references(&mut self) {
        let system = self.system;
        let mut mapped: BTreeMap<ObjectId, &str> = BTreeMap::new();
        let mut bound: BTreeMap<ObjectId, &str> = BTreeMap::new();
        let mut interrupts: BTreeMap<u32, &str> = BTreeMap::new();
        for object in &system.objects {
            let name = object.name.as_str();
            match &object.kind {
                ObjectKind::TranslationTable { entries, .. } => {
                    for (_, cap) in entries {
                        let table = self.get(cap.object).is_some_and(|object| {
                            matches!(object.kind, ObjectKind::TranslationTable { .. })
                        });
                        if table && let Some(other) = mapped.insert(cap.object, name) {
                            let what = self.twice(cap.object, "is mapped", other, name);
                            self.report(name, what);
                        }
                    }
                }
                ObjectKind::Tcb(thread) => {
                    let both = [thread.bound_notification, thread.vcpu];
                    for id in both.into_iter().flatten() {
                        if let Some(other) = bound.insert(id, name) {
                            let what = self.twice(id, "is bound", other, name);
                            self.report(name, what);
                        }
                    }
                }
                ObjectKind::Interrupt(interrupt) => {
                    if let Some(other) = interrupts.insert(interrupt.number, name) {
                        let number = interrupt.number;
                        self.report(name, format!("interrupt {number} is `{other}` already"));
                    }
                }
                _ => {}
            }
        }
    }

    fn twice(&self, id: ObjectId, what: &str, one: &str, other: &str) -> String {
        let name = self.get(id).map_or("", |object| object.name.as_str());
        format!("`{name}` {what} twice, in `{one}` and `{other}`, expected once")
    }
}
