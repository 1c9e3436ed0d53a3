//! Reports of what a guest did wrong: which guest, which device, what it did, and what the
//! specification asks for. Each kind is printed once, so a guest can't flood the console.

use alloc::collections::BTreeMap;
use core::fmt;

use guest_memory::Name;

/// Something that a guest should not have done.
#[derive(Clone, Copy, Debug)]
pub struct Mistake<'a> {
    /// A short name of the kind of mistake, unique in its device: `read-only-register`.
    pub kind: &'static str,
    /// Tells mistakes of one kind apart that deserve a line each, such as the number of a
    /// register. Zero where there is nothing to tell apart.
    pub detail: u64,
    /// What the guest did, as a sentence without a subject: `wrote 0x1 to the read-only register
    /// UARTFR`.
    pub did: fmt::Arguments<'a>,
    /// What the specification asks for: `PL011 TRM 3.3.3: UARTFR is read-only`.
    pub rule: &'static str,
}

/// Takes mistakes. What a device gets adds the device's name, what a bus gets adds the guest's.
pub trait MistakeLog {
    /// Notes a mistake that the guest made with `device`.
    fn mistake(&mut self, device: &str, mistake: Mistake<'_>);
}

/// Ignores mistakes: for tests of something else.
impl MistakeLog for () {
    fn mistake(&mut self, _device: &str, _mistake: Mistake<'_>) {}
}

/// A [`MistakeLog`] as one device sees it.
pub struct DeviceLog<'a> {
    device: &'a str,
    log: &'a mut dyn MistakeLog,
}

impl<'a> DeviceLog<'a> {
    /// The log, for a device of this name.
    pub fn new(device: &'a str, log: &'a mut dyn MistakeLog) -> Self {
        Self { device, log }
    }

    /// Notes a mistake that the guest made with this device.
    pub fn mistake(&mut self, mistake: Mistake<'_>) {
        self.log.mistake(self.device, mistake);
    }
}

/// Most different mistakes that are told apart for one guest; what comes later is only counted.
pub const MOST_KINDS: usize = 256;

type Key = (Name, &'static str, u64);

/// Prints every kind of mistake of one guest once, and counts them all.
///
/// `print` gets one complete line, without an end of line.
pub struct Reporter<P> {
    guest: Name,
    seen: BTreeMap<Key, u64>,
    untold: u64,
    print: P,
}

impl<P: FnMut(fmt::Arguments<'_>)> Reporter<P> {
    /// Reports for the guest of this name.
    pub fn new(guest: impl Into<Name>, print: P) -> Self {
        Self { guest: guest.into(), seen: BTreeMap::new(), untold: 0, print }
    }

    /// How often the mistake was made. The device, the kind and the detail are those of the
    /// [`Mistake`].
    #[must_use]
    pub fn count(&self, device: &str, kind: &str, detail: u64) -> u64 {
        self.seen
            .iter()
            .find(|((d, k, n), _)| d.as_ref() == device && *k == kind && *n == detail)
            .map_or(0, |(_, count)| *count)
    }

    /// How many mistakes were made, of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.seen.values().fold(self.untold, |sum, count| sum.saturating_add(*count))
    }

    /// Forgets everything, as after a reset of the guest.
    pub fn clear(&mut self) {
        self.seen.clear();
        self.untold = 0;
    }
}

impl<P: FnMut(fmt::Arguments<'_>)> MistakeLog for Reporter<P> {
    fn mistake(&mut self, device: &str, mistake: Mistake<'_>) {
        let guest = &self.guest;
        // Cloning the name would allocate on every repetition.
        let known = self
            .seen
            .iter_mut()
            .find(|((d, k, n), _)| *n == mistake.detail && *k == mistake.kind && d == device);
        if let Some((_, count)) = known {
            *count = count.saturating_add(1);
        } else if self.seen.len() < MOST_KINDS {
            let device = Name::Owned(device.into());
            (self.print)(format_args!(
                "guest {guest}, {device}: {} ({}; said once)",
                mistake.did, mistake.rule
            ));
            self.seen.insert((device, mistake.kind, mistake.detail), 1);
        } else {
            if self.untold == 0 {
                (self.print)(format_args!(
                    "guest {guest}: more than {MOST_KINDS} kinds of mistakes; no more are told"
                ));
            }
            self.untold = self.untold.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    fn mistake(kind: &'static str, detail: u64, log: &mut dyn MistakeLog) {
        DeviceLog::new("uart0", log).mistake(Mistake {
            kind,
            detail,
            did: format_args!("wrote {detail:#x} to UARTFR"),
            rule: "PL011 TRM 3.3.3: read-only",
        });
    }

    #[test]
    fn a_kind_is_printed_once_and_counted() {
        let mut lines: Vec<String> = Vec::new();
        let mut reporter = Reporter::new("vm0", |line| lines.push(line.to_string()));
        for _ in 0..3 {
            mistake("read-only", 1, &mut reporter);
        }
        mistake("read-only", 2, &mut reporter);
        assert_eq!(reporter.count("uart0", "read-only", 1), 3);
        assert_eq!(reporter.count("uart1", "read-only", 1), 0);
        assert_eq!(reporter.total(), 4);
        reporter.clear();
        assert_eq!(reporter.total(), 0);
        assert_eq!(
            lines,
            [
                "guest vm0, uart0: wrote 0x1 to UARTFR (PL011 TRM 3.3.3: read-only; said once)",
                "guest vm0, uart0: wrote 0x2 to UARTFR (PL011 TRM 3.3.3: read-only; said once)",
            ]
        );
    }

    #[test]
    fn a_guest_cannot_fill_the_heap_with_mistakes() {
        let mut lines = 0;
        let mut reporter = Reporter::new("vm0", |_| lines += 1);
        for detail in 0..10_000 {
            mistake("read-only", detail, &mut reporter);
        }
        assert_eq!(reporter.total(), 10_000);
        assert_eq!(lines, MOST_KINDS + 1);
    }
}
