//! What a guest may cost: the promises of SPECIFICATION.md that `cargo xtask bench guest` checks.

use std::fmt;

use anyhow::{Context, Result, bail};

/// Rows of the table.
pub type Measures = Vec<(String, u64)>;

pub const EMULATED: &str = "reset to init, emulated console";
pub const PASSED_THROUGH: &str = "reset to init, serial port passed through";
pub const IDLING: &str = "a second of idling";
pub const IDLE_SHARE: &str = "idling, 1/1000 of a host core";
pub const OFF_SHARE: &str = "guest off, 1/1000 of a host core";
pub const TRAPPED_READ: &str = "a read that traps, into x1";
pub const ROUND_TRIP: &str = "the kernel alone: exit and resume";
pub const ROUND_TRIP_ON: &str = "the kernel alone: exit, pc moved on, resume";
pub const MEMORY: &str = "memory of the VM component, KiB";
pub const HEAP: &str = "heap of the VM component, bytes";

/// A number with its limit, in thousandths.
#[derive(Debug, PartialEq, Eq)]
struct Check {
    what: &'static str,
    value: u64,
    most: u64,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, value, most } = self;
        let holds = if self.holds() { "holds" } else { "DOES NOT HOLD" };
        write!(f, "{what}: {}, at most {}: {holds}", Thousandths(*value), Thousandths(*most))
    }
}

impl Check {
    const fn holds(&self) -> bool {
        self.value <= self.most
    }
}

struct Thousandths(u64);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Compares a kernel's numbers with what is promised, prints that, and fails if a promise is broken.
/// `columns` are those of the table, QEMU's own first.
pub fn check(columns: &[(String, Measures)]) -> Result<()> {
    let Some(((_, bare), kernels)) = columns.split_first() else {
        return Ok(());
    };
    let mut broken = Vec::new();
    for (kernel, own) in kernels {
        for check in checks(bare, own, kernel.starts_with("embedded"))? {
            println!("{kernel}: {check}");
            if !check.holds() {
                broken.push(format!("{kernel}: {}", check.what));
            }
        }
    }
    if !broken.is_empty() {
        bail!("more than SPECIFICATION.md promises: {}", broken.join("; "));
    }
    Ok(())
}

fn checks(bare: &Measures, own: &Measures, embedded: bool) -> Result<Vec<Check>> {
    let value = |measures: &Measures, row: &str| {
        let found = measures.iter().find(|(name, _)| name == row).map(|(_, number)| *number);
        found.with_context(|| format!("`{row}` was not measured"))
    };
    let ratio = |number: u64, of: u64| number.saturating_mul(1000).div_ceil(of.max(1));
    let passed = ratio(value(own, PASSED_THROUGH)?, value(bare, PASSED_THROUGH)?);
    let emulated = ratio(value(own, EMULATED)?, value(bare, EMULATED)?);
    Ok(vec![
        Check {
            what: "boot with the serial port passed through, of bare QEMU's",
            value: passed,
            most: if embedded { 1060 } else { 1080 },
        },
        Check {
            what: "an emulated console, more than that",
            value: emulated.saturating_sub(passed),
            most: 100,
        },
        Check {
            what: "a trapped read, of the kernel's exit, pc moved on, resume",
            value: ratio(value(own, TRAPPED_READ)?, value(own, ROUND_TRIP_ON)?),
            most: 2000,
        },
        Check {
            what: "an idle guest, of a host core",
            value: value(own, IDLE_SHARE)?,
            most: if embedded { 10 } else { 30 },
        },
        Check {
            what: "memory of the VM component besides guest RAM and tables, in MiB",
            value: ratio(value(own, MEMORY)?, 1024),
            most: 2000,
        },
    ])
}

/// The memory of a VM component in KiB, from the description of its system: what has a name of the
/// instance or of the component type. The guest's own memory, devices and tables have others.
pub fn memory(description: &str) -> Result<u64> {
    let mut sum = 0;
    for line in description.lines().map(str::trim_start) {
        let own = line.starts_with("\"vm0.") || line.starts_with("\"VM.");
        let Some((_, frame)) = line.split_once("\" = frame (") else {
            continue;
        };
        if own {
            let size = frame.split([',', ')']).next().unwrap_or_default();
            sum += match size {
                "4k" => 4,
                "2M" => 2048,
                _ => bail!("a frame of the system has the unknown size {size}"),
            };
        }
    }
    if sum == 0 {
        bail!("the system's description has no memory of a component vm0");
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures(list: &[(&str, u64)]) -> Measures {
        list.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
    }

    #[test]
    fn limits_are_compared() {
        let bare = measures(&[(EMULATED, 1000), (PASSED_THROUGH, 1000)]);
        let own = measures(&[
            (EMULATED, 1150),
            (PASSED_THROUGH, 1070),
            (TRAPPED_READ, 2001),
            (ROUND_TRIP_ON, 1000),
            (IDLE_SHARE, 12),
            (MEMORY, 2048),
        ]);
        let broken = |embedded| -> Vec<&str> {
            let all = checks(&bare, &own, embedded).unwrap();
            all.iter().filter(|check| !check.holds()).map(|check| check.what).collect()
        };
        assert_eq!(broken(false), ["a trapped read, of the kernel's exit, pc moved on, resume"]);
        assert_eq!(broken(true).len(), 3);
        let text = checks(&bare, &own, true).unwrap()[0].to_string();
        assert!(text.ends_with("bare QEMU's: 1.070, at most 1.060: DOES NOT HOLD"), "{text}");
        let columns = [("bare".to_owned(), bare), ("embedded-a53".to_owned(), own)];
        assert!(check(&columns).unwrap_err().to_string().contains("embedded-a53: an idle guest"));
        assert!(checks(&Vec::new(), &Vec::new(), true).is_err());
    }

    #[test]
    fn memory_is_counted_by_name() {
        let text = "    \"vm0.heap.0\" = frame (2M, paddr: 0x0)\n    \"VM.text.0x1.2\" = frame (4k)\n\
                    \"memory.0x40000000.1\" = frame (2M)\n    \"vm0.tcb\" = tcb (ip: 0)\n";
        assert_eq!(memory(text).unwrap(), 2052);
        assert!(memory("\"fserv.heap.0\" = frame (4k)").is_err());
        assert!(memory("\"vm0.heap.0\" = frame (1G)").is_err());
    }
}
