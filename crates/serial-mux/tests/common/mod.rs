//! A line with guests on it, and a person who types.
#![allow(dead_code, reason = "not every test needs everything")]

use serial_mux::config::{Client, ClientConfig, Config, Kind};
use serial_mux::status::{State, Status};
use serial_mux::{Host, SerialMux};

pub const MS: u64 = 1_000_000;

/// Guests that take what they get, or less.
#[derive(Debug)]
pub struct Guests {
    pub input: Vec<Vec<u8>>,
    pub room: Vec<usize>,
    pub debug_kernel: bool,
}

impl Host for Guests {
    fn input_room(&mut self, client: Client) -> usize {
        self.room[client.index()]
    }

    fn input(&mut self, client: Client, bytes: &[u8]) {
        let room = &mut self.room[client.index()];
        *room = room.checked_sub(bytes.len()).expect("more input than there is room for");
        self.input[client.index()].extend_from_slice(bytes);
    }

    fn status(&mut self, show: &mut dyn FnMut(&Status<'_>)) {
        show(&Status {
            name: "vm0",
            state: State::Idle,
            exits: &[("WFx", 5_000), ("SMC", 1)],
            interrupts: Some(1_500),
            idle_percent: Some(98),
            memory: Some((64 << 20, 128 << 20)),
        });
    }

    fn dump_scheduler(&mut self) -> bool {
        self.debug_kernel
    }
}

pub struct Session {
    pub mux: SerialMux,
    pub guests: Guests,
    pub now: u64,
}

impl Session {
    /// `count` guests, with whatever `change` does to the settings.
    pub fn with(count: usize, change: impl FnOnce(&mut Config<'_>)) -> Self {
        let names: Vec<String> = (0..count).map(|n| format!("vm{n}")).collect();
        let clients: Vec<ClientConfig<'_>> = (0..)
            .zip(&names)
            .map(|(n, name)| ClientConfig { name, badge: n + 100, input: true })
            .collect();
        let mut config = Config::new(&clients);
        change(&mut config);
        let now = 1000 * MS;
        let guests = Guests {
            input: vec![Vec::new(); count],
            room: vec![usize::MAX; count],
            debug_kernel: false,
        };
        Self { mux: SerialMux::new(&config, now).unwrap(), guests, now }
    }

    pub fn new(count: usize) -> Self {
        Self::with(count, |_| ())
    }

    pub fn client(&self, n: u64) -> Client {
        self.mux.client(n + 100).unwrap()
    }

    /// Output of a guest, processed.
    pub fn says(&mut self, n: u64, text: &str) -> &mut Self {
        let taken = self.mux.write(self.client(n), Kind::Processed, text.as_bytes(), self.now);
        assert_eq!(taken, text.len());
        self
    }

    pub fn says_raw(&mut self, n: u64, text: &str) -> &mut Self {
        let taken = self.mux.write(self.client(n), Kind::Raw, text.as_bytes(), self.now);
        assert_eq!(taken, text.len());
        self
    }

    /// All that the line gets now, as text in which ESC is `^`.
    pub fn line(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap().replace('\x1b', "^")
    }

    pub fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut piece = [0; 7];
        loop {
            let count = self.mux.pull(&mut piece, self.now);
            bytes.extend_from_slice(&piece[..count]);
            if count < piece.len() {
                return bytes;
            }
        }
    }

    /// Types, and returns what the line gets.
    pub fn types(&mut self, text: &str) -> String {
        let mut left = text.as_bytes();
        let mut line = String::new();
        while !left.is_empty() {
            let taken = self.mux.receive(left, &mut self.guests, self.now);
            assert!(taken > 0, "nobody takes {:?}", left.escape_ascii().to_string());
            left = &left[taken..];
            line += &self.line();
        }
        line
    }

    /// Time passes, with calls at all deadlines.
    pub fn passes(&mut self, time: u64) -> String {
        let end = self.now + time;
        let mut line = self.line();
        while let Some(deadline) = self.mux.deadline(self.now).filter(|&due| due <= end) {
            assert!(deadline > self.now, "a tick without an end");
            self.now = deadline;
            self.mux.poll(&mut self.guests, self.now);
            line += &self.line();
        }
        self.now = end;
        self.mux.poll(&mut self.guests, self.now);
        line + &self.line()
    }

    /// What a guest got since the last time.
    pub fn got(&mut self, n: usize) -> String {
        String::from_utf8(std::mem::take(&mut self.guests.input[n])).unwrap()
    }
}
