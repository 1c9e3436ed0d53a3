//! The configuration of a kernel: what `gen_config.json` holds.

use std::collections::BTreeMap;

/// One configuration value. The JSON form knows only truth values and strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// A string, or a number in decimal.
    Text(String),
}

impl core::fmt::Display for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "\"{value}\""),
        }
    }
}

/// Configuration values by name, without the prefix `CONFIG_`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    values: BTreeMap<String, Value>,
}

impl Config {
    /// An empty configuration: every switch is off.
    pub fn new() -> Self {
        Self::default()
    }

    /// A configuration where exactly the named switches are on.
    pub fn with_enabled<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut config = Self::new();
        for name in names {
            config.insert(name, Value::Bool(true));
        }
        config
    }

    /// Sets a value and gives back the one it replaces.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) -> Option<Value> {
        self.values.insert(name.into(), value)
    }

    /// The value of `name`, if the configuration has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whether the switch `name` is on. Strings that aren't empty count as on, as in C's `#ifdef`.
    pub fn is_enabled(&self, name: &str) -> bool {
        match self.values.get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::Text(value)) => !value.is_empty(),
            None => false,
        }
    }

    /// The text of `name`, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(value)) => Some(value),
            _ => None,
        }
    }

    /// The number in `name`, if it is a string of decimal digits.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// All values in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<K: Into<String>> FromIterator<(K, Value)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(values: I) -> Self {
        Self { values: values.into_iter().map(|(k, v)| (k.into(), v)).collect() }
    }
}
