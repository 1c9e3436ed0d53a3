//! The instance's attributes, for `guest-config`.

use component::Runtime;
use component::config::ValueRef;
use guest_config::source::{Attributes, Value};

/// The attributes of this instance.
pub struct Own(pub Runtime);

impl Attributes for Own {
    fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>> {
        let value = self.0.attribute(attribute)?;
        match field {
            Some(field) => value.as_dict()?.get(field).map(convert),
            None => Some(convert(value)),
        }
    }

    fn count(&self, attribute: &str) -> usize {
        let list = self.0.attribute(attribute).and_then(|value| value.as_list());
        list.map_or(0, Iterator::count)
    }

    fn element(&self, attribute: &str, index: usize, field: &str) -> Option<Value<'_>> {
        let mut list = self.0.attribute(attribute)?.as_list()?;
        list.nth(index)?.as_dict()?.get(field).map(convert)
    }
}

fn convert(value: ValueRef<'static>) -> Value<'static> {
    match (value.as_integer(), value) {
        (Some(number), _) => Value::Integer(number),
        (None, ValueRef::String(text)) => Value::Text(text),
        (None, other) => Value::Other(other.describe()),
    }
}
