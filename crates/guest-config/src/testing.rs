//! Attributes in a list.

use std::string::String;
use std::vec::Vec;

use crate::source::{Attributes, Value};

/// Values by `attribute`, `attribute.field` or `attribute[0].field`.
#[derive(Clone, Debug, Default)]
pub struct Given(pub Vec<(String, Value<'static>)>);

impl Given {
    /// These values; texts that are numbers stay texts.
    pub fn new(values: &[(&str, Value<'static>)]) -> Self {
        Self(values.iter().map(|(name, value)| ((*name).into(), *value)).collect())
    }

    /// With one more, or another one.
    pub fn with(&self, name: &str, value: Value<'static>) -> Self {
        let mut all = self.clone();
        all.0.retain(|(of, _)| of != name);
        all.0.push((name.into(), value));
        all
    }

    fn get(&self, name: &str) -> Option<Value<'_>> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, value)| *value)
    }
}

impl Attributes for Given {
    fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>> {
        match field {
            None => self.get(attribute),
            Some(field) => self.get(&std::format!("{attribute}.{field}")),
        }
    }

    fn count(&self, attribute: &str) -> usize {
        let has = |index: &usize| {
            let start = std::format!("{attribute}[{index}]");
            self.0.iter().any(|(name, _)| name.starts_with(&start))
        };
        (0..).take_while(has).count()
    }

    fn element(&self, attribute: &str, index: usize, field: &str) -> Option<Value<'_>> {
        self.get(&std::format!("{attribute}[{index}].{field}"))
    }
}
