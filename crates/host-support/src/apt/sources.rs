//! The machine's apt sources, in both of their formats (sources.list(5)).

use std::fs;
use std::path::{Path, PathBuf};

/// One enabled entry for binary packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Archive roots.
    pub uris: Vec<String>,
    /// Suites or codenames.
    pub suites: Vec<String>,
    /// Components, as `main`.
    pub components: Vec<String>,
    /// What verifies it: paths of keyrings, or an embedded key with its line breaks.
    pub signed_by: Option<String>,
}

/// An archive and what verifies it, taken from the machine's own sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The archive's root.
    pub uri: String,
    /// See [`Source::signed_by`].
    pub signed_by: Option<String>,
}

impl Mirror {
    /// A deb822 stanza for the component `main` of `suites` on this mirror.
    pub fn stanza(&self, suites: &[&str]) -> String {
        let mut text = format!(
            "Types: deb\nURIs: {}\nSuites: {}\nComponents: main\n",
            self.uri,
            suites.join(" ")
        );
        if let Some(key) = &self.signed_by {
            // Continuation lines start with a space; an empty line is written as a dot.
            let value: Vec<_> = key
                .lines()
                .enumerate()
                .map(|(index, line)| if index > 0 && line.is_empty() { "." } else { line })
                .collect();
            text.push_str(&format!("Signed-By: {}\n", value.join("\n ")));
        }
        text
    }
}

/// All enabled binary sources of the machine.
pub fn read_system() -> Vec<Source> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(directory) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(directory.flatten().map(|entry| entry.path()));
    }
    // A stable choice of mirror, whatever the directory's order.
    files.sort();
    files.iter().flat_map(|path| read_file(path)).collect()
}

fn read_file(path: &Path) -> Vec<Source> {
    let Ok(text) = fs::read_to_string(path) else {
        return Vec::new();
    };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("list") => parse_one_line(&text),
        Some("sources") => parse_deb822(&text),
        _ => Vec::new(),
    }
}

/// The archive that the release `codename` comes from: the place to ask for other suites.
pub fn mirror_of(sources: &[Source], codename: &str) -> Option<Mirror> {
    let names_suite = |source: &&Source, suite: &str| source.suites.iter().any(|s| s == suite);
    let has_main = |source: &&Source| source.components.iter().any(|c| c == "main");
    let mut candidates = sources.iter().filter(has_main);
    // A machine may name its release by role (`stable`); security archives lack other suites.
    let by_role = ["stable", "testing", "unstable", "sid", "oldstable"];
    let source = candidates.clone().find(|s| names_suite(s, codename)).or_else(|| {
        candidates.find(|source| by_role.iter().any(|role| names_suite(source, role)))
    })?;
    Some(Mirror { uri: source.uris.first()?.clone(), signed_by: source.signed_by.clone() })
}

/// Parses the one-line format: `deb [option=value ...] uri suite component ...`.
pub fn parse_one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(one_line).collect()
}

fn one_line(line: &str) -> Option<Source> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None; // deb-src
    }
    let rest = rest.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let signed_by = options
        .split_whitespace()
        .filter_map(|option| option.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("signed-by"))
        .map(|(_, value)| value.replace(',', " "));
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: vec![words.next()?],
        suites: vec![words.next()?],
        components: words.collect(),
        signed_by,
    })
}

/// Parses the deb822 format: stanzas of `Field: value`, with continuation lines.
pub fn parse_deb822(text: &str) -> Vec<Source> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.trim().is_empty()).filter_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Option<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut()?;
            value.push('\n');
            value.push_str(line.trim());
        } else {
            let (name, value) = line.split_once(':')?;
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let words = |name: &str| -> Vec<String> {
        let value = field(name).map_or("", String::as_str);
        value.split_whitespace().map(str::to_owned).collect()
    };
    let enabled = field("enabled").is_none_or(|value| {
        !["no", "false", "0", "off", "without", "disable"].contains(&value.to_lowercase().as_str())
    });
    if !enabled || !words("types").iter().any(|kind| kind == "deb") {
        return None;
    }
    Some(Source {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        signed_by: field("signed-by").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "\
Types: deb deb-src
# a comment inside a stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://elsewhere.example/
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.example/
Suites: bookworm
Components: main
";

    #[test]
    fn deb822_stanzas() {
        let sources = parse_deb822(DEB822);
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].suites, ["bookworm", "bookworm-updates"]);
        assert_eq!(sources[0].components, ["main", "contrib"]);
        assert_eq!(sources[1].signed_by, None);
    }

    #[test]
    fn one_line_entries() {
        let sources = parse_one_line(
            "# deb http://commented.example/ bookworm main\n\
             deb-src http://mirror.example/debian bookworm main\n\
             deb [arch=amd64 signed-by=/k/a.gpg,/k/b.gpg] http://mirror.example/debian bookworm main non-free # note\n\
             deb http://mirror.example/debian-security bookworm-security main\n\
             deb broken\n",
        );
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].uris, ["http://mirror.example/debian"]);
        assert_eq!(sources[0].components, ["main", "non-free"]);
        assert_eq!(sources[0].signed_by.as_deref(), Some("/k/a.gpg /k/b.gpg"));
        assert_eq!(sources[1].suites, ["bookworm-security"]);
    }

    #[test]
    fn the_mirror_is_the_one_of_the_release() {
        let mut sources = parse_deb822(DEB822);
        sources.reverse();
        let mirror = mirror_of(&sources, "bookworm").unwrap();
        assert_eq!(mirror.uri, "http://mirror.example/debian");
        assert_eq!(
            mirror.stanza(&["trixie-backports", "sid"]),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie-backports sid\n\
             Components: main\n\
             Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        );
        assert_eq!(mirror_of(&sources, "forky"), None);
    }

    #[test]
    fn a_release_may_be_named_by_role() {
        let sources = parse_one_line("deb http://mirror.example/debian stable main\n");
        let mirror = mirror_of(&sources, "trixie").unwrap();
        assert_eq!(mirror.signed_by, None);
        assert!(!mirror.stanza(&["sid"]).contains("Signed-By"));
    }

    #[test]
    fn an_embedded_key_survives() {
        let text = "Types: deb\nURIs: http://mirror.example/\nSuites: sid\nComponents: main\n\
                    Signed-By:\n -----BEGIN KEY-----\n .\n abc=\n -----END KEY-----\n";
        let mirror = mirror_of(&parse_deb822(text), "sid").unwrap();
        let expected = "Signed-By: \n -----BEGIN KEY-----\n .\n abc=\n -----END KEY-----\n";
        assert!(mirror.stanza(&["sid"]).ends_with(expected));
    }
}
