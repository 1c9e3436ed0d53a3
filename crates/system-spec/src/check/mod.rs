//! What can be wrong with a system, found before anything boots.

mod memory;
mod objects;
mod spaces;
mod threads;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::model::{Cap, Object, ObjectId, ObjectKind, SIGNAL, System};

/// The shape of address spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Bytes of the smallest page, as a power of two.
    pub page_bits: u8,
    /// Entries of a table, as a power of two, from the root to the tables of the smallest pages.
    pub index_bits: &'static [u8],
    /// The highest level of tables, counted from the root, that frames can stand in.
    pub first_frame_level: u8,
}

impl Geometry {
    /// AArch64 with virtualization, physical addresses of 40 bits: two concatenated root tables.
    pub const AARCH64_40: Self =
        Self { page_bits: 12, index_bits: &[10, 9, 9], first_frame_level: 0 };
    /// AArch64, physical addresses of 44 bits.
    pub const AARCH64_44: Self =
        Self { page_bits: 12, index_bits: &[9, 9, 9, 9], first_frame_level: 1 };

    /// Bits of an address that one entry of a table at `level` covers.
    #[must_use]
    pub fn step_bits(&self, level: u8) -> u8 {
        let below = self.index_bits.get(usize::from(level) + 1..).unwrap_or_default();
        self.page_bits + below.iter().sum::<u8>()
    }

    /// The level of tables in which frames of 2^`size_bits` bytes stand, if there are such frames.
    #[must_use]
    pub fn frame_level(&self, size_bits: u8) -> Option<u8> {
        let levels = u8::try_from(self.index_bits.len()).unwrap_or(u8::MAX);
        (self.first_frame_level..levels).find(|level| self.step_bits(*level) == size_bits)
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The object or instance.
    pub subject: String,
    /// What is wrong with it, and what was expected.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.what)
    }
}

impl core::error::Error for Problem {}

/// Looks for everything that is wrong with `system`. Nothing is if the list is empty.
#[must_use]
pub fn check(system: &System, geometry: Geometry) -> Vec<Problem> {
    let mut checker = Checker { system, geometry, problems: Vec::new() };
    checker.names();
    for object in &system.objects {
        checker.object(object);
    }
    checker.fixed_memory();
    checker.references();
    checker.instances();
    checker.monitor();
    checker.problems
}

struct Checker<'a> {
    system: &'a System,
    geometry: Geometry,
    problems: Vec<Problem>,
}

/// The word for a kind of object.
fn word(kind: &ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Endpoint => "an endpoint",
        ObjectKind::Notification => "a notification",
        ObjectKind::CNode { .. } => "a CNode",
        ObjectKind::TranslationTable { level: 0, .. } => "a root table",
        ObjectKind::TranslationTable { .. } => "a translation table",
        ObjectKind::Frame { .. } => "a frame",
        ObjectKind::Untyped { .. } => "an untyped",
        ObjectKind::Tcb(_) => "a thread",
        ObjectKind::Vcpu => "a virtual processor",
        ObjectKind::Interrupt(_) => "an interrupt",
        ObjectKind::SmcPermission => "an SMC permission",
    }
}

impl<'a> Checker<'a> {
    fn report(&mut self, subject: &str, what: impl Into<String>) {
        self.problems.push(Problem { subject: subject.into(), what: what.into() });
    }

    fn get(&self, id: ObjectId) -> Option<&'a Object> {
        self.system.objects.get(usize::try_from(id.0).unwrap_or(usize::MAX))
    }

    /// The object `id`, if it is there and of the right kind.
    fn expect(
        &mut self, subject: &str, role: &str, id: ObjectId, expected: &str,
        fits: impl Fn(&ObjectKind) -> bool,
    ) -> Option<&'a Object> {
        let Some(object) = self.get(id) else {
            let count = self.system.objects.len();
            self.report(
                subject,
                format!("{role} is object {}, expected one of the {count} objects", id.0),
            );
            return None;
        };
        if fits(&object.kind) {
            return Some(object);
        }
        let found = word(&object.kind);
        self.report(subject, format!("{role} is `{}`, {found}, expected {expected}", object.name));
        None
    }

    /// Whether a capability may look like that.
    fn cap(&mut self, subject: &str, role: &str, cap: &Cap) {
        let Some(object) = self.expect(subject, role, cap.object, "an object", |_| true) else {
            return;
        };
        let name = &object.name;
        let badged = matches!(
            object.kind,
            ObjectKind::Endpoint | ObjectKind::Notification | ObjectKind::SmcPermission
        );
        if cap.badge != 0 && !badged {
            let found = word(&object.kind);
            self.report(
                subject,
                format!("{role} gives `{name}` the badge {:#x}, but {found} has none", cap.badge),
            );
        }
        let guard = cap.guard;
        if let ObjectKind::CNode { size_bits, .. } = object.kind {
            if u32::from(guard.size) + u32::from(size_bits) > 64 {
                self.report(
                    subject,
                    format!(
                        "{role} has a guard of {} bits for `{name}` of 2^{size_bits} slots, \
                         expected at most 64 bits together",
                        guard.size
                    ),
                );
            }
        } else if guard.size != 0 {
            self.report(subject, format!("{role} has a guard, but `{name}` is no CNode"));
        }
        let monitor = self.system.monitor;
        if monitor.is_some_and(|monitor| monitor.notification == cap.object)
            && cap.rights.write
            && cap.badge & SIGNAL == 0
        {
            self.report(
                subject,
                format!(
                    "{role} signals the monitor with the badge {:#x}, expected bit 63 in it",
                    cap.badge
                ),
            );
        }
    }
}
