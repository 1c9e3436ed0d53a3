//! What the terminal shows when somebody types at human speed.

use anyhow::{Result, ensure};

use super::flood::NAMES;
use super::{STEP_LIMIT, Terminal};

const HELP: &str = "\r\n --- SerialServer help: one serial line, 3 clients ---\r\n";
pub const SEVERAL: &str = "\r\nSwitching input to several clients. What all of them answer is shown \
    once,\r\nwithout a colour; what differs is shown for each.\r\n";

/// Every escape, in the order in which a person might try them.
pub fn escapes(terminal: &mut Terminal) -> Result<()> {
    terminal.types("@?")?;
    let help = terminal.shows_later(" ?           show this help\r\n", STEP_LIMIT)?;
    let start = HELP.trim_start();
    ensure!(help.contains(start), "{help}");
    terminal.shows(
        "\r\n Clients (* gets input):\r\n  *0 \x1b[0;31mone\x1b[0m   1 \x1b[0;32mtwo\x1b[0m   \
         2 \x1b[0;34mthree\x1b[0m\r\n",
    )?;
    // The first client has it without being chosen.
    terminal.answers("name\r", "\x1b[0;31mname\r\none\r\n$ ")?;
    terminal.answers("@1", "\x1b[0m\r\nSwitching input to 1 (\x1b[0;32mtwo\x1b[0m)\r\n")?;
    terminal.answers("name\r", "\x1b[0;32mname\r\ntwo\r\n$ ")?;
    terminal.answers("@2", "\x1b[0m\r\nSwitching input to 2 (\x1b[0;34mthree\x1b[0m)\r\n")?;
    terminal.answers("name\r", "\x1b[0;34mname\r\nthree\r\n$ ")?;
    // There is no fourth one.
    terminal.answers("@3", "\x1b[0m\r\nInvalid SerialServer command: 3\r\nType @? for help\r\n")?;
    // Only the start of a line is special, and there two of them are one.
    terminal.answers("me@1\r", "\x1b[0;34mme@1\r\nno such command: me@1\r\n$ ")?;
    terminal.answers("@@\r", "@\r\nno such command: @\r\n$ ")?;
    terminal.answers("@c", "\x1b[0m\r\nColours: off\r\n")?;
    terminal.answers("name\r", "name\r\nthree\r\n$ ")?;
    terminal.types("@p")?;
    terminal.shows_later("Time and name before each line: on\r\n", STEP_LIMIT)?;
    terminal.types("name\r")?;
    terminal.shows_later(" three] name\r\n", STEP_LIMIT)?;
    terminal.shows_later(" three] three\r\n", STEP_LIMIT)?;
    terminal.shows_later(" three] $ ", STEP_LIMIT)?;
    terminal.types("@p@c")?;
    terminal.shows_later("Time and name before each line: off\r\nColours: on\r\n", STEP_LIMIT)?;
    for mode in ["1 (output that differs", "2 (each turn on the line", "0 (nothing is explained"] {
        terminal.types("@d")?;
        terminal.shows_later(&format!("Debug: {mode}"), STEP_LIMIT)?;
        // What clients are doing: nothing.
        terminal.shows_later("  name             state ", STEP_LIMIT)?;
        for name in NAMES {
            let before = terminal.shows_later(&format!("\r\n  {name:16} idle "), STEP_LIMIT)?;
            ensure!(!before.contains("running"), "{before}");
        }
        let row = terminal.shows_later(" of 2048 KiB\r\n", STEP_LIMIT)?;
        ensure!(row.contains(" % "), "{row}");
    }
    // What comes then is the kernel's, or the server's excuse. The server goes on afterwards.
    terminal.types("@s@0")?;
    terminal.shows_later("Switching input to 0 (\x1b[0;31mone\x1b[0m)\r\n", STEP_LIMIT)?;
    terminal.answers("name\r", "\x1b[0;31mname\r\none\r\n$ ")
}

/// Both kinds of output, by rings and by calls, and the component's own log.
pub fn ways(terminal: &mut Terminal) -> Result<()> {
    terminal.answers("echo lines\r", "\x1b[0;31mecho lines\r\nlines\r\n$ ")?;
    terminal.answers("call putchar\r", "call putchar\r\nputchar\r\n$ ")?;
    // The same client's other stream has another colour, and a line of its own.
    terminal.types("raw bytes\r")?;
    terminal.shows("raw bytes\r\n")?;
    let raw = terminal.shows_later("$ ", STEP_LIMIT)?;
    ensure!(raw.contains("\x1b[0;31;47mbytes"), "{raw:?}");
    terminal.answers("rawcall slowly\r", "rawcall slowly\r\n")?;
    let raw = terminal.shows_later("slowly", STEP_LIMIT)?;
    ensure!(raw.ends_with("\x1b[0;31;47m"), "{raw:?}");
    terminal.shows_later("$ ", STEP_LIMIT)?;
    // What components log comes by way of the monitor, in a colour of its own.
    terminal.types("log a line for the monitor\r")?;
    terminal.shows_later("\x1b[0;1mone: a line for the monitor\r\n", STEP_LIMIT)?;
    // So does what the monitor says of a component that faults.
    terminal.types("@1fail\r")?;
    terminal.shows_later("\x1b[0;1mtwo: panic at ", STEP_LIMIT)?;
    terminal.shows_later("\r\nmonitor: two: panicked at ", STEP_LIMIT)?;
    terminal.shows_later("monitor: two: halted\r\n", STEP_LIMIT)?;
    terminal.types("@0name\r")?;
    terminal.shows_later("Switching input to 0 (\x1b[0;31mone\x1b[0m)\r\n", STEP_LIMIT)?;
    // Its prompt may be from before, or come only now and have brought the colour with it.
    let name = terminal.shows_later("name\r\none\r\n$ ", STEP_LIMIT)?;
    ensure!(name.contains("\x1b[0;31m"), "{name:?}");
    Ok(())
}

/// Output that is the same is shown once, and what differs is shown of each.
pub fn several(terminal: &mut Terminal) -> Result<()> {
    // Clients that have never written anything are waited for as well.
    terminal.types("@m012")?;
    terminal.shows_later("Multi-client input to clients: 0,1,2", STEP_LIMIT)?;
    terminal.answers("\r", SEVERAL)?;
    terminal.answers("echo all of us\r", "echo all of us\r\nall of us\r\n$ ")?;
    terminal.types("name\r")?;
    terminal.shows("name\r\n")?;
    terminal.shows("\x1b[0;31mone\r\n\x1b[0;32mtwo\r\n\x1b[0;34mthree\r\n\x1b[0m$ ")?;
    // Then they are compared again.
    terminal.answers("echo as one\r", "echo as one\r\nas one\r\n$ ")?;
    // Nobody.
    terminal.types("@m\r")?;
    terminal.shows_later("No client chosen: nobody gets input.\r\n", STEP_LIMIT)?;
    terminal.answers("echo lost\r@1", "Switching input to 1 (\x1b[0;32mtwo\x1b[0m)\r\n")?;
    terminal.answers("name\r", "\x1b[0;32mname\r\ntwo\r\n$ ")
}

/// One who is late isn't waited for for ever: its answer comes as a copy, and then all are compared
/// again.
pub fn late(terminal: &mut Terminal) -> Result<()> {
    terminal.types("@m012\r")?;
    terminal.shows_later(SEVERAL, STEP_LIMIT)?;
    terminal.answers("echo all of us\r", "echo all of us\r\nall of us\r\n$ ")?;
    terminal.answers("lag two\r", "lag two\r\ndone\r\n$ ")?;
    terminal.shows("\r\n\x1b[0;32mdone\r\n$ ")?;
    terminal.answers("echo again\r", "\x1b[0m\r\necho again\r\nagain\r\n$ ")
}

/// A terminal that says what it is gets colours, and nobody gets what it says as input.
pub fn asked(terminal: &mut Terminal) -> Result<()> {
    terminal.types("\x1b[?62;22c")?;
    terminal.types("name\r")?;
    terminal.shows_later("\x1b[0;31m[", STEP_LIMIT)?;
    terminal.shows_later(" one] name\r\n", STEP_LIMIT)?;
    let prefix = terminal.shows_later(" one] one\r\n", STEP_LIMIT)?;
    ensure!(prefix.starts_with('['), "{prefix:?}");
    Ok(())
}

/// One that says nothing doesn't.
pub fn not_answered(terminal: &mut Terminal) -> Result<()> {
    terminal.types("name\r")?;
    let shown = terminal.shows_later(" one] one\r\n", STEP_LIMIT)?;
    let answer = shown.strip_prefix("\x1b[c").unwrap_or(&shown);
    ensure!(!answer.contains('\x1b'), "{shown:?}");
    Ok(())
}
