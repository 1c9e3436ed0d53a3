//! The way from the keyboard.

use core::fmt::Write;

use crate::config::Client;
use crate::escape::Action;
use crate::messages::LIMIT;
use crate::mux::SerialMux;
use crate::query::Query;
use crate::status::Status;

/// Typed characters that wait for a client to have room.
pub const INPUT_BYTES: usize = 1024;
/// How long to wait before a client without room is looked at again: it doesn't say when it reads.
const RETRY: u64 = 10_000_000;

/// What the multiplexer needs of those around it.
pub trait Host {
    /// Room in a client's input ring, in bytes.
    fn input_room(&mut self, client: Client) -> usize;

    /// Puts input into a client's ring, and notifies it. There is room for it.
    fn input(&mut self, client: Client, bytes: &[u8]);

    /// Asks guests and components what they are doing: a moment later they have said it.
    fn ask_status(&mut self) {}

    /// Shows the state of each guest and component, in the order for people.
    fn status(&mut self, _show: &mut dyn FnMut(&Status<'_>)) {}

    /// Lets the kernel show its threads on the line; false if it can't.
    fn dump_scheduler(&mut self) -> bool {
        false
    }
}

impl SerialMux {
    /// How many typed characters [`receive`](Self::receive) would take.
    #[must_use]
    pub fn input_room(&self) -> usize {
        INPUT_BYTES.saturating_sub(self.typed.len())
    }

    /// What was typed. Returns how many characters were taken; the rest is to be offered again
    /// after [`poll`](Self::poll).
    pub fn receive(&mut self, bytes: &[u8], host: &mut impl Host, now: u64) -> usize {
        let count = bytes.len().min(self.input_room());
        let (bytes, typed) = (&bytes[..count], &mut self.typed);
        match &mut self.query {
            None => typed.extend(bytes),
            Some(query) => {
                let mut answered = false;
                for &byte in bytes {
                    if answered {
                        typed.push_back(byte);
                    } else {
                        answered = query.next(byte, &mut |bytes| typed.extend(bytes));
                    }
                }
                if answered {
                    self.colours = true;
                    self.query = None;
                }
            }
        }
        self.poll(host, now);
        count
    }

    /// Goes on with what was typed. To be called at the [deadline](Self::deadline), and after
    /// output was pulled while characters were left.
    pub fn poll(&mut self, host: &mut impl Host, now: u64) {
        if let Some(mut query) = self.query.take_if(|query| query.until <= now) {
            Query::give_up(&mut query, &mut |bytes| self.typed.extend(bytes));
        }
        if self.show_status.take_if(|due| *due <= now).is_some() {
            self.status(host);
        }
        self.retry = None;
        self.shares.renew(now);
        // Answers that nobody reads must not pile up: escapes wait until the line has taken them.
        while self.messages.len() <= LIMIT {
            let mut escapes = self.escapes;
            let typed = self.typed.as_slices().0;
            let Some((mut count, action)) = escapes.next(typed) else {
                return;
            };
            if action == Action::Give {
                let room = self.room(host, now);
                let typed = self.typed.as_slices().0;
                if room < count {
                    escapes = self.escapes;
                    match escapes.next(&typed[..room]) {
                        Some((fits, _)) => count = fits,
                        None => break,
                    }
                }
                self.give(host, count, now);
            } else {
                self.act(action, host, now);
            }
            self.escapes = escapes;
            self.typed.drain(..count);
        }
        self.retry = Some(now.saturating_add(RETRY));
    }

    /// The clients that input goes to, as bits.
    fn targets(&self) -> impl Iterator<Item = usize> + use<> {
        let chosen = self.chosen;
        (0..self.clients.len()).filter(move |client| chosen >> client & 1 != 0)
    }

    /// How much input all targets have room for. One that hasn't taken anything for too long
    /// isn't waited for any more.
    fn room(&mut self, host: &mut impl Host, now: u64) -> usize {
        let mut room = usize::MAX;
        let mut full = 0_u16;
        for client in self.targets() {
            let free = host.input_room(Client(client));
            if free > 0 {
                self.stuck &= !(1 << client);
                room = room.min(free);
            } else if self.stuck >> client & 1 == 0 {
                full |= 1 << client;
            }
        }
        if full == 0 {
            self.stalled = None;
            return room;
        }
        let since = *self.stalled.get_or_insert(now);
        if now < since.saturating_add(self.holds.input) {
            return 0;
        }
        self.stalled = None;
        self.stuck |= full;
        for client in self.targets().filter(|client| full >> client & 1 != 0) {
            let name = &self.clients[client].name;
            self.messages.fresh_line();
            let _ = write!(
                self.messages,
                "{name} doesn't read its input: until it does, input for it is lost.\r\n"
            );
        }
        room
    }

    fn give(&mut self, host: &mut impl Host, count: usize, now: u64) {
        self.group_is_asked(now);
        let bytes = &self.typed.as_slices().0[..count];
        for client in self.targets() {
            if self.stuck >> client & 1 == 0 {
                host.input(Client(client), bytes);
                self.shares.expect(client);
            }
        }
    }
}
