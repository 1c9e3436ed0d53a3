//! What guests and components are doing, for `@d`.

use core::fmt::{self, Write};

/// A guest's or component's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has something to do.
    Running,
    /// It waits.
    Idle,
    /// It isn't started, or has been stopped.
    Stopped,
    /// It was stopped because of a fault.
    Faulted,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Idle => "idle",
            Self::Stopped => "stopped",
            Self::Faulted => "faulted",
        })
    }
}

/// One guest or component. What isn't known is left out.
#[derive(Clone, Copy, Debug)]
pub struct Status<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its state.
    pub state: State,
    /// How often a guest stopped, by reason.
    pub exits: &'a [(&'a str, u64)],
    /// Interrupts that it got.
    pub interrupts: Option<u64>,
    /// Of a hundred parts of time, those in which it waited.
    pub idle_percent: Option<u8>,
    /// Bytes of memory, in use and in all.
    pub memory: Option<(u64, u64)>,
}

const COLUMNS: usize = 80;
const NAME: usize = 16;
const INDENT: usize = 2;

/// A number with commas.
struct Thousands(u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 26];
        let (mut rest, mut at, mut count) = (self.0, digits.len(), 0);
        loop {
            if count > 0 && count % 3 == 0 {
                at -= 1;
                digits[at] = b',';
            }
            at -= 1;
            digits[at] = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        f.pad(core::str::from_utf8(&digits[at..]).unwrap_or_default())
    }
}

/// The table's head.
pub(crate) fn head(out: &mut impl Write) -> fmt::Result {
    write!(
        out,
        "{:INDENT$}{:NAME$} {:8} {:>5} {:>14} {:>14}  memory\r\n",
        "", "name", "state", "idle", "interrupts", "exits"
    )
}

/// A row, and below it the reasons of exits.
pub(crate) fn row(out: &mut impl Write, status: &Status<'_>) -> fmt::Result {
    let exits = status.exits.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    write!(out, "{:INDENT$}{:NAME$.NAME$} {:8}", "", status.name, status.state)?;
    match status.idle_percent {
        Some(percent) => write!(out, " {percent:>3} %")?,
        None => write!(out, " {:5}", "")?,
    }
    match status.interrupts {
        Some(interrupts) => write!(out, " {:>14}", Thousands(interrupts))?,
        None => write!(out, " {:14}", "")?,
    }
    match status.exits {
        [] => write!(out, " {:14}", "")?,
        _ => write!(out, " {:>14}", Thousands(exits))?,
    }
    if let Some((used, all)) = status.memory {
        let (unit, shift) = if all >= 10 << 20 { ("MiB", 20) } else { ("KiB", 10) };
        // Up, so that nothing in use is shown as nothing.
        let [used, all] = [used, all].map(|bytes| bytes.div_ceil(1 << shift));
        write!(out, "  {used} of {all} {unit}")?;
    }
    out.write_str("\r\n")?;
    reasons(out, status.exits)
}

/// Reasons one after the other, in lines of no more than 80 columns.
fn reasons(out: &mut impl Write, exits: &[(&str, u64)]) -> fmt::Result {
    let mut column = 0;
    for &(reason, count) in exits.iter().filter(|(_, count)| *count > 0) {
        let width = reason.len() + 1 + digits(count);
        if column > 0 && column + 2 + width > COLUMNS {
            out.write_str("\r\n")?;
            column = 0;
        }
        if column == 0 {
            write!(out, "{:indent$}", "", indent = INDENT * 2)?;
            column = INDENT * 2;
        } else {
            out.write_str("  ")?;
            column += 2;
        }
        write!(out, "{reason} {}", Thousands(count))?;
        column += width;
    }
    if column > 0 { out.write_str("\r\n") } else { Ok(()) }
}

/// Characters of a number with commas.
fn digits(count: u64) -> usize {
    let digits = count.checked_ilog10().unwrap_or(0) as usize + 1;
    digits + (digits - 1) / 3
}

#[cfg(test)]
mod test {
    use super::*;
    use std::string::String;

    #[test]
    fn a_table_of_80_columns() {
        let mut text = String::new();
        let reasons: &[_] = &[
            ("WFx", 1_234_567),
            ("data abort", 45_678),
            ("SMC", 9),
            ("nothing", 0),
            ("interrupt maintenance", 100_000),
            ("system register", 7_000),
        ];
        let guest = Status {
            name: "vm0",
            state: State::Running,
            exits: reasons,
            interrupts: Some(u64::MAX),
            idle_percent: Some(100),
            memory: Some((64 << 20, 256 << 20)),
        };
        let none = Status {
            name: "a component with a long name",
            state: State::Faulted,
            exits: &[],
            interrupts: None,
            idle_percent: None,
            memory: Some((1, 4096)),
        };
        head(&mut text).unwrap();
        row(&mut text, &Status { interrupts: Some(89_012), ..guest }).unwrap();
        row(&mut text, &none).unwrap();
        let expected = [
            "  name             state     idle     interrupts          exits  memory",
            "  vm0              running  100 %         89,012      1,387,254  64 of 256 MiB",
            "    WFx 1,234,567  data abort 45,678  SMC 9  interrupt maintenance 100,000",
            "    system register 7,000",
            "  a component with faulted                                       1 of 4 KiB",
            "",
        ];
        assert_eq!(text, expected.join("\r\n"));
        text.clear();
        row(&mut text, &guest).unwrap();
        assert!(text.contains("18,446,744,073,709,551,615"));
    }
}
