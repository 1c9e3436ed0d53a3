//! What the server itself says.

use alloc::vec::Vec;
use core::fmt;

/// Room that the longest answer takes: a help text, or a table of states.
const ROOM: usize = 8192;
/// How much may wait before no more escapes are obeyed.
pub(crate) const LIMIT: usize = 256;

/// Text on its way to the line.
#[derive(Debug)]
pub(crate) struct Messages {
    text: Vec<u8>,
    read: usize,
    /// Whether the text so far ends a line.
    fresh: bool,
}

impl Messages {
    pub fn new() -> Self {
        Self { text: Vec::with_capacity(ROOM), read: 0, fresh: true }
    }

    pub fn len(&self) -> usize {
        self.text.len() - self.read
    }

    pub fn take(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.len());
        out[..count].copy_from_slice(&self.text[self.read..self.read + count]);
        self.read += count;
        if self.len() == 0 {
            self.text.clear();
            self.read = 0;
        }
        count
    }

    /// Starts a new line, unless one is started.
    pub fn fresh_line(&mut self) {
        if !self.fresh {
            self.text.extend_from_slice(b"\r\n");
            self.fresh = true;
        }
    }

    /// The line was used by somebody else meanwhile.
    pub fn interrupted(&mut self) {
        self.fresh = true;
    }
}

impl fmt::Write for Messages {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.extend_from_slice(text.as_bytes());
        if let Some(last) = text.as_bytes().last() {
            self.fresh = *last == b'\n';
        }
        Ok(())
    }
}
