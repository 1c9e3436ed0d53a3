//! Who is on the line, and how it behaves.

/// As many clients as there are characters that select one: `0` to `9`, `:` and `;`.
pub const MAX_CLIENTS: usize = 12;

/// One who writes to the line, and perhaps reads from it.
#[derive(Clone, Copy, Debug)]
pub struct ClientConfig<'a> {
    /// What it is called, in lists and prefixes.
    pub name: &'a str,
    /// The badge that it calls with.
    pub badge: u64,
    /// It can be chosen for input. Those who can are numbered from 0, in order.
    pub input: bool,
}

/// Whether the terminal gets colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// It does, until somebody types `@c`.
    #[default]
    On,
    /// It doesn't, until somebody types `@c`.
    Off,
    /// It is asked what it is, and gets colours when it answers.
    Ask,
}

/// Settings of a line. All times are in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    /// The clients: at most [`MAX_CLIENTS`].
    pub clients: &'a [ClientConfig<'a>],
    /// One more who writes to the line but is none of the clients, by its name: the system itself.
    pub system: Option<&'a str>,
    /// Whether the terminal gets colours.
    pub colours: Colours,
    /// Each line starts with the time and the client's name, until somebody types `@p`.
    pub prefix: bool,
    /// How long an unfinished line is kept from being broken, or from breaking another one.
    pub line_hold: u64,
    /// How long output waits for the same output of others, while input goes to several clients.
    pub coalesce_hold: u64,
    /// How many bytes a client may send before it is another one's turn.
    pub quantum: usize,
    /// How long a client may leave its full input ring alone before it loses input.
    pub input_patience: u64,
    /// How long guests and components have to say what they are doing. With 0 they are asked, but
    /// what they said before is shown.
    pub status_hold: u64,
}

impl<'a> Config<'a> {
    /// The usual settings.
    #[must_use]
    pub const fn new(clients: &'a [ClientConfig<'a>]) -> Self {
        Self {
            clients,
            system: None,
            colours: Colours::On,
            prefix: false,
            line_hold: 20_000_000,
            coalesce_hold: 500_000_000,
            quantum: 512,
            input_patience: 2_000_000_000,
            status_hold: 20_000_000,
        }
    }

    /// For a server without a clock, whose time is always 0: nothing waits for time to pass. So
    /// unfinished lines are broken, output of several clients is shown once only if it is there at
    /// once, and a client with a full input ring loses input. A terminal isn't asked for colours and
    /// gets none then, since it might not answer.
    #[must_use]
    pub const fn untimed(self) -> Self {
        let colours = match self.colours {
            Colours::Ask => Colours::Off,
            colours => colours,
        };
        Self { colours, line_hold: 0, coalesce_hold: 0, input_patience: 0, status_hold: 0, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let clients = self.clients;
        if clients.len() > MAX_CLIENTS {
            return Err(ConfigError::TooManyClients(clients.len()));
        }
        let twice = clients
            .iter()
            .enumerate()
            .find(|&(n, client)| clients[..n].iter().any(|before| before.badge == client.badge));
        if let Some((_, client)) = twice {
            return Err(ConfigError::SameBadge(client.badge));
        }
        if self.quantum == 0 {
            return Err(ConfigError::NoQuantum);
        }
        Ok(())
    }
}

/// A configuration that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// {0} clients are on one line, expected at most 12
    #[error("{0} clients are on one line, expected at most {MAX_CLIENTS}")]
    TooManyClients(usize),
    /// two clients have the badge {0}, expected different ones
    #[error("two clients have the badge {0}, expected different ones")]
    SameBadge(u64),
    /// the quantum is 0, expected 1 or more
    #[error("the quantum is 0 bytes, expected 1 or more")]
    NoQuantum,
}

/// A client of a line, by its place in [`Config::clients`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(pub(crate) usize);

impl Client {
    /// Its place in [`Config::clients`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What happens to output, and which colours it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `processed_putchar` and `processed_batch`: a line feed gets a carriage return.
    Processed,
    /// `raw_putchar` and `raw_batch`: it is sent as it is.
    Raw,
}

/// Streams of a client are next to each other, the processed one first.
pub(crate) const fn stream(client: usize, kind: Kind) -> usize {
    client * KINDS.len() + kind as usize
}

pub(crate) const fn client_of(stream: usize) -> usize {
    stream / KINDS.len()
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Processed, Kind::Raw];
