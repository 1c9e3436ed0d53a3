//! Debian's package system: where the machine's packages come from, and private look-ups.

pub mod private;
pub mod sources;

use std::collections::HashMap;
use std::path::Path;

/// What `/etc/os-release` says about the machine.
pub struct System {
    fields: HashMap<String, String>,
}

impl System {
    /// Reads the machine's description; a machine without one is simply unknown.
    pub fn detect() -> Self {
        let text = ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|path| std::fs::read_to_string(path).ok())
            .unwrap_or_default();
        Self::parse(&text)
    }

    fn parse(text: &str) -> Self {
        let fields = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
            .collect();
        Self { fields }
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The name to show, as `Debian GNU/Linux 12 (bookworm)`.
    pub fn name(&self) -> &str {
        match self.field("PRETTY_NAME") {
            "" => "an unknown system",
            name => name,
        }
    }

    /// Whether this is Debian itself, whose mirrors carry all of Debian's suites.
    pub fn is_debian(&self) -> bool {
        self.field("ID") == "debian"
    }

    /// Whether packages are installed with apt (Debian and what is made from it).
    pub fn has_apt(&self) -> bool {
        Path::new("/usr/bin/apt-get").exists() && Path::new("/usr/bin/dpkg").exists()
    }

    /// The release's name, as `bookworm`.
    pub fn codename(&self) -> Option<&str> {
        match self.field("VERSION_CODENAME") {
            "" => None,
            name => Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_is_read() {
        let system = System::parse(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n",
        );
        assert_eq!(system.name(), "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(system.codename(), Some("bookworm"));
        assert!(system.is_debian());
        assert!(!System::parse("ID=fedora\n").is_debian());
        assert_eq!(System::parse("").name(), "an unknown system");
    }
}
