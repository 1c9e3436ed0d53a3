//! What escapes do, and what is said about it.

use core::fmt::{self, Write};

use crate::colour;
use crate::config::{Kind, stream};
use crate::escape::Action;
use crate::input::Host;
use crate::mux::{Debugging, SerialMux};
use crate::status;

const COLUMNS: usize = 80;

impl SerialMux {
    /// Obeys an escape. Writing to messages can't fail.
    pub(crate) fn act(&mut self, action: Action, host: &mut impl Host, now: u64) {
        if !matches!(action, Action::Nothing | Action::Add(_)) {
            self.messages.fresh_line();
        }
        let _ = match action {
            Action::Give | Action::Nothing => Ok(()),
            Action::Select(number) => self.select(number),
            Action::Choose => {
                self.choose(0, true);
                self.messages.write_str("Multi-client input to clients: ")
            }
            Action::Add(number) => self.add(number),
            Action::Chosen => self.chosen(),
            Action::Debug => {
                host.ask_status();
                let result = self.debug();
                if self.holds.status == 0 {
                    self.status(host);
                } else {
                    self.show_status = Some(now.saturating_add(self.holds.status));
                }
                result
            }
            Action::Scheduler => {
                if host.dump_scheduler() {
                    Ok(())
                } else {
                    self.messages.write_str("Only a debug kernel can show its scheduler.\r\n")
                }
            }
            Action::Help => self.help(),
            Action::Colours => {
                self.colours = !self.colours;
                let state = if self.colours { "on" } else { "off" };
                write!(self.messages, "Colours: {state}\r\n")
            }
            Action::Prefix => {
                self.prefix = !self.prefix;
                let state = if self.prefix { "on" } else { "off" };
                write!(self.messages, "Time and name before each line: {state}\r\n")
            }
            Action::Invalid(byte) => {
                let byte = [byte];
                let shown = byte.escape_ascii();
                write!(
                    self.messages,
                    "Invalid SerialServer command: {shown}\r\nType @? for help\r\n"
                )
            }
        };
    }

    fn choose(&mut self, clients: u16, several: bool) {
        self.chosen = clients;
        self.several = several;
        self.groups.start();
        self.stalled = None;
    }

    fn select(&mut self, number: usize) -> fmt::Result {
        let Some(&client) = self.inputs.get(number) else {
            return Ok(());
        };
        self.choose(1 << client, false);
        write!(self.messages, "Switching input to {number} (")?;
        self.name(client)?;
        self.messages.write_str(")\r\n")
    }

    fn add(&mut self, number: usize) -> fmt::Result {
        let Some(&client) = self.inputs.get(number) else {
            return Ok(());
        };
        let comma = if self.chosen == 0 { "" } else { "," };
        self.chosen |= 1 << client;
        write!(self.messages, "{comma}{number}")
    }

    fn chosen(&mut self) -> fmt::Result {
        if self.chosen == 0 {
            return self.messages.write_str("No client chosen: nobody gets input.\r\n");
        }
        self.messages.write_str(
            "Switching input to several clients. What all of them answer is shown once,\r\n\
             without a colour; what differs is shown for each.\r\n",
        )
    }

    fn debug(&mut self) -> fmt::Result {
        let (debugging, number, what) = match self.debugging {
            Debugging::Off => (Debugging::Coalescing, 1, "output that differs is explained"),
            Debugging::Coalescing => (Debugging::Turns, 2, "each turn on the line is explained"),
            Debugging::Turns => (Debugging::Off, 0, "nothing is explained"),
        };
        self.debugging = debugging;
        let messages = &mut self.messages;
        write!(messages, "Debug: {number} ({what})\r\n")
    }

    /// The table of what everybody is doing.
    pub(crate) fn status(&mut self, host: &mut impl Host) {
        let messages = &mut self.messages;
        let mut result = Ok(());
        let mut rows = 0;
        host.status(&mut |status| {
            if rows == 0 {
                messages.fresh_line();
                result = result.and_then(|()| status::head(messages));
            }
            rows += 1;
            result = result.and_then(|()| status::row(messages, status));
        });
    }

    fn help(&mut self) -> fmt::Result {
        let clients = self.inputs.len();
        let onoff = |on| if on { "on" } else { "off" };
        let (colours, prefix) = (onoff(self.colours), onoff(self.prefix));
        write!(
            self.messages,
            " --- SerialServer help: one serial line, {clients} clients ---\r\n\
             \r\n\
             \x20Type @ at the start of a line (after Return, Ctrl-C or Ctrl-Z), then one of\r\n\
             \r\n\
             \x20 0 to 9 : ;  send input to this client alone\r\n\
             \x20 m           send input to several: type their characters, then Return\r\n\
             \x20 d           show what guests are doing; switch to the next debugging mode\r\n\
             \x20               0: none  1: output that differs  2: each turn on the line\r\n\
             \x20 s           let a debug kernel show its scheduler\r\n\
             \x20 c           switch colours (now {colours})\r\n\
             \x20 p           switch time and name before each line (now {prefix})\r\n\
             \x20 @           send one @\r\n\
             \x20 ?           show this help\r\n\
             \r\n\
             \x20Clients (* gets input):\r\n"
        )?;
        self.list()
    }

    /// The clients that can be chosen, in their colours, as many on a line as fit.
    fn list(&mut self) -> fmt::Result {
        let mut column = 0;
        for number in 0..self.inputs.len() {
            let client = self.inputs[number];
            let width = 6 + self.clients[client].name.chars().count();
            if column > 0 && column + width >= COLUMNS {
                self.messages.write_str("\r\n")?;
                column = 0;
            }
            column += width;
            let key = char::from(b"0123456789:;"[number]);
            let mark = if self.chosen >> client & 1 == 0 { ' ' } else { '*' };
            write!(self.messages, "  {mark}{key} ")?;
            self.name(client)?;
        }
        self.messages.write_str("\r\n")
    }

    /// A client's name, in its colour.
    fn name(&mut self, client: usize) -> fmt::Result {
        if self.colours {
            colour::write(&mut self.messages, stream(client, Kind::Processed))?;
        }
        self.messages.write_str(&self.clients[client].name)?;
        if self.colours { self.messages.write_str(colour::RESET) } else { Ok(()) }
    }
}
