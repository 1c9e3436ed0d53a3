//! A guest's serial output: bytes to lines, and lines to an end.

/// Collects bytes and cuts them into lines, without carriage returns and terminal colours.
#[derive(Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Takes more bytes; returns the lines that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut complete = Vec::new();
        for &byte in bytes {
            if byte == b'\n' {
                complete.push(clean(&self.partial));
                self.partial.clear();
            } else {
                self.partial.push(byte);
            }
        }
        complete
    }

    /// What came after the last line's end.
    pub fn rest(&self) -> Option<String> {
        let rest = clean(&self.partial);
        (!rest.is_empty()).then_some(rest)
    }
}

/// Drops control characters and ANSI escape sequences (ECMA-48, section 5.4), and trailing space.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut characters = text.chars();
    let mut line = String::new();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            // `ESC [`, parameters, one final byte from `@` to `~`.
            if characters.next() == Some('[') {
                let _ = characters.find(|c| ('@'..='~').contains(c));
            }
        } else if !character.is_control() || character == '\t' {
            line.push(character);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_come_in_pieces() {
        let mut lines = Lines::default();
        assert!(lines.push(b"cara").is_empty());
        assert_eq!(lines.push(b"van: done\r\nnext"), ["caravan: done"]);
        assert_eq!(lines.rest().as_deref(), Some("next"));
        assert_eq!(lines.push(b"\n\n"), ["next", ""]);
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn colours_are_dropped() {
        let mut lines = Lines::default();
        let coloured = b"\x1b[0m\x1b[30;1m<<\x1b[32mseL4\x1b[0m>>\x1b[0m \n";
        assert_eq!(lines.push(coloured), ["<<seL4>>"]);
        assert_eq!(lines.push(b"bad \xff byte\n"), ["bad \u{fffd} byte"]);
    }
}
