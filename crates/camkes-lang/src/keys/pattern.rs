//! Key names with a placeholder.

use std::fmt;

use super::Names;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// An interface of the instance.
    Interface,
    /// A semaphore or binary semaphore of the instance.
    Semaphore,
    /// A decimal number.
    Bits,
}

impl Placeholder {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Interface, "<interface>"),
        (Self::Semaphore, "<semaphore>"),
        (Self::Bits, "<bits>"),
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Interface => "<interface>",
            Self::Semaphore => "<semaphore>",
            Self::Bits => "<bits>",
        }
    }
}

/// A key's name: literal text around at most one placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    prefix: String,
    placeholder: Option<Placeholder>,
    suffix: String,
}

/// What a placeholder stood for in a name that fits a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// The pattern has no placeholder.
    Exact,
    /// The interface.
    Interface(String),
    /// The semaphore.
    Semaphore(String),
    /// The number.
    Bits(u32),
}

impl Pattern {
    /// Reads a pattern as the key list writes it.
    ///
    /// # Errors
    /// A message if there is an unknown or a second placeholder.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = Placeholder::ALL
            .iter()
            .find_map(|(kind, name)| text.split_once(name).map(|split| (*kind, split)));
        let (prefix, placeholder, suffix) = match found {
            Some((kind, (prefix, suffix))) => (prefix, Some(kind), suffix),
            None => (text, None, ""),
        };
        if prefix.contains(['<', '>']) || suffix.contains(['<', '>']) {
            let known: Vec<_> = Placeholder::ALL.iter().map(|(_, name)| *name).collect();
            return Err(format!("expected at most one placeholder out of {}", known.join(", ")));
        }
        Ok(Self { prefix: prefix.into(), placeholder, suffix: suffix.into() })
    }

    /// How much of the pattern is literal text. A pattern without a placeholder is longer than any with one.
    pub fn literal_len(&self) -> usize {
        match self.placeholder {
            Some(_) => self.prefix.len() + self.suffix.len(),
            None => usize::MAX,
        }
    }

    /// What the placeholder stands for.
    pub fn placeholder(&self) -> Option<Placeholder> {
        self.placeholder
    }

    fn middle<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.prefix.as_str())?
            .strip_suffix(self.suffix.as_str())
            .filter(|middle| !middle.is_empty())
    }

    /// Whether `name` fits, given what the instance has.
    pub fn matches(&self, name: &str, names: Names<'_>) -> Option<Match> {
        let Some(placeholder) = self.placeholder else {
            return (name == self.prefix).then_some(Match::Exact);
        };
        let middle = self.middle(name)?;
        match placeholder {
            Placeholder::Interface => {
                names.interfaces.contains(&middle).then(|| Match::Interface(middle.into()))
            }
            Placeholder::Semaphore => {
                names.semaphores.contains(&middle).then(|| Match::Semaphore(middle.into()))
            }
            Placeholder::Bits => {
                let digits = middle.bytes().all(|byte| byte.is_ascii_digit());
                digits.then(|| middle.parse().ok()).flatten().map(Match::Bits)
            }
        }
    }

    /// Whether `name` could fit in some instance.
    pub fn could_match(&self, name: &str) -> bool {
        match self.placeholder {
            None => name == self.prefix,
            Some(Placeholder::Bits) => self.matches(name, Names::default()).is_some(),
            Some(_) => self.middle(name).is_some(),
        }
    }

    /// Every concrete name that fits, for suggestions. A number is left as `number` has it.
    pub(super) fn concrete(&self, names: Names<'_>, number: Option<u32>) -> Vec<String> {
        let with = |middle: &str| format!("{}{middle}{}", self.prefix, self.suffix);
        match self.placeholder {
            None => vec![self.prefix.clone()],
            Some(Placeholder::Interface) => {
                names.interfaces.iter().map(|name| with(name)).collect()
            }
            Some(Placeholder::Semaphore) => {
                names.semaphores.iter().map(|name| with(name)).collect()
            }
            Some(Placeholder::Bits) => {
                number.iter().map(|number| with(&number.to_string())).collect()
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let middle = self.placeholder.map_or("", Placeholder::as_str);
        write!(f, "{}{middle}{}", self.prefix, self.suffix)
    }
}
