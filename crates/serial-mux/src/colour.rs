//! Colours of streams, as control sequences (ECMA-48 8.3.117).

use core::fmt::{self, Write};

use crate::config::{KINDS, Kind, client_of};

/// Back to the terminal's own colours.
pub(crate) const RESET: &str = "\x1b[0m";

/// That of the system, which is no client.
pub(crate) const SYSTEM: &str = "\x1b[0;1m";

/// Red, green, blue, magenta, yellow, cyan.
const FOREGROUNDS: [u8; 6] = [31, 32, 34, 35, 33, 36];

/// Writes the sequence for a stream's colour. Six colours, then the same in bold; raw streams have
/// them on white.
pub(crate) fn write(out: &mut impl Write, stream: usize) -> fmt::Result {
    let client = client_of(stream);
    let bold = if client < FOREGROUNDS.len() { "" } else { ";1" };
    let background = match KINDS[stream % KINDS.len()] {
        Kind::Processed => "",
        Kind::Raw => ";47",
    };
    let foreground = FOREGROUNDS[client % FOREGROUNDS.len()];
    write!(out, "\x1b[0{bold};{foreground}{background}m")
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::config::{MAX_CLIENTS, stream};
    use std::collections::BTreeSet;
    use std::string::String;

    /// The original's table had two entries in one and one missing.
    #[test]
    fn all_streams_differ() {
        let colour = |stream| {
            let mut text = String::new();
            write(&mut text, stream).unwrap();
            text
        };
        let all: BTreeSet<String> = (0..MAX_CLIENTS * 2).map(colour).collect();
        assert_eq!(all.len(), 24);
        let processed = |client| colour(stream(client, Kind::Processed));
        let raw = |client| colour(stream(client, Kind::Raw));
        assert_eq!((&*processed(0), &*processed(11)), ("\x1b[0;31m", "\x1b[0;1;36m"));
        assert_eq!((&*raw(0), &*raw(11)), ("\x1b[0;31;47m", "\x1b[0;1;36;47m"));
    }
}
