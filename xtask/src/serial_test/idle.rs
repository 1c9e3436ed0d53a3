//! While nobody waits for a time, nothing interrupts: QEMU writes down each interrupt that the kernel
//! takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{STEP_LIMIT, Terminal};
use crate::app::App;
use crate::kernels::Kernel;

/// The server's alarms are over by then.
const SETTLE: Duration = Duration::from_secs(4);
const WATCHED: Duration = Duration::from_secs(4);
/// The hypervisor's timer, which is the kernel's own.
const KERNELS_TIMER: u32 = 26;
/// The timer of TimeServer.
const TIMER: u32 = 30;
/// From here on it isn't an interrupt (GICv2 architecture specification, 4.4.4).
const SPURIOUS: u32 = 1020;

/// After a timer of the server's has been used, the board's timer is off, and nobody's interrupt
/// comes. A kernel may count its threads' time by its own timer: the C kernel does so always.
pub fn nothing_ticks(app: &App, instances: usize, kernel: &Kernel) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("interrupts");
    let mut command = app.command();
    command
        .args(["-trace", "gic_acknowledge_irq", "-trace", "gicv3_icc_iar1_read", "-D"])
        .arg(&log);
    let mut terminal = Terminal::start(&mut command, instances)?;
    for key in ["@2", "@1", "@0"] {
        terminal.types(&format!("{key}name\r"))?;
        terminal.shows_later("$ ", STEP_LIMIT)?;
    }
    terminal.types("@d")?;
    terminal.shows_later("  name             state ", STEP_LIMIT)?;
    terminal.shows_later("three", STEP_LIMIT)?;
    let used = taken(&log)?;
    ensure!(used.contains_key(&TIMER), "the states came without the timer, after {used:?}");
    std::thread::sleep(SETTLE);
    let before = taken(&log)?;
    std::thread::sleep(WATCHED);
    let mut ticks = taken(&log)?;
    for (interrupt, count) in before {
        if let Some(after) = ticks.get_mut(&interrupt) {
            *after -= count;
        }
    }
    ticks.retain(|&interrupt, count| {
        let kernels = interrupt == KERNELS_TIMER && !kernel.is_embedded();
        *count > 0 && !kernels
    });
    ensure!(ticks.is_empty(), "interrupts and how often they came in {WATCHED:?}: {ticks:?}");
    // It isn't asleep for ever.
    terminal.types("name\r")?;
    terminal.shows_later("name\r\none\r\n", STEP_LIMIT).map(drop)
}

/// How often the kernel has taken each interrupt so far.
fn taken(log: &Path) -> Result<BTreeMap<u32, u64>> {
    let text = fs::read_to_string(log).with_context(|| log.display().to_string())?;
    Ok(counts(&text))
}

fn counts(log: &str) -> BTreeMap<u32, u64> {
    let mut counts = BTreeMap::new();
    for line in log.lines() {
        let number = line.rsplit(' ').next().unwrap_or_default();
        let number = match number.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        if let Some(number) = number.filter(|&number| number < SPURIOUS) {
            *counts.entry(number).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    #[test]
    fn interrupts_are_counted() {
        let log = "gic_acknowledge_irq cpu 0 acknowledged irq 30\n\
                   gic_acknowledge_irq cpu 0 acknowledged irq 1023\n\
                   gic_acknowledge_irq cpu 0 acknowledged irq 33\n\
                   gicv3_icc_iar1_read GICv3 ICC_IAR1 read cpu 0x0 value 0x1e\n";
        assert_eq!(super::counts(log), [(30, 2), (33, 1)].into());
    }
}
