//! Defaults of attributes, and of the fields of structs.

use crate::model::{Attribute, AttributeType, Model, Origin, Setting};
use crate::value::{Key, Value, ValueKind};

use super::Resolver;

impl Resolver<'_> {
    /// Completes the defaults of all attributes in structs. Those of components
    /// are completed as they are given to instances.
    pub(super) fn fill_all_defaults(&mut self) {
        for index in 0..self.model.structs.len() {
            let mut fields = self.model.structs[index].fields.clone();
            for field in &mut fields {
                if let Some(mut value) = field.default.take() {
                    complete(&self.model, &field.ty, field.array, &mut value);
                    field.default = Some(value);
                }
            }
            self.model.structs[index].fields = fields;
        }
    }

    /// Gives each instance the values that it doesn't set, and completes the
    /// structs among those that it sets.
    pub(super) fn fill_defaults(&mut self) {
        let mut instances = std::mem::take(&mut self.model.instances);
        for instance in &mut instances {
            for attribute in &self.model[instance.component].attributes {
                match instance.settings.get_mut(&attribute.name) {
                    Some(setting) => self.complete_attribute(attribute, &mut setting.value),
                    None => {
                        if let Some(default) = &attribute.default {
                            let mut value = default.clone();
                            self.complete_attribute(attribute, &mut value);
                            let setting =
                                Setting { value, origin: Origin::Default, span: attribute.span };
                            instance.settings.insert(attribute.name.clone(), setting);
                        }
                    }
                }
            }
        }
        self.model.instances = instances;
    }

    fn complete_attribute(&self, attribute: &Attribute, value: &mut Value) {
        complete(&self.model, &attribute.ty, attribute.array, value);
    }
}

/// Adds the fields that have a default and are not there. Values of a wrong
/// kind stay as they are; the checks report them.
fn complete(model: &Model, ty: &AttributeType, array: bool, value: &mut Value) {
    let AttributeType::Struct(id) = ty else {
        return;
    };
    let fields = &model[*id].fields;
    match &mut value.kind {
        ValueKind::List(items) if array => {
            for item in items {
                complete(model, ty, false, item);
            }
        }
        ValueKind::Dict(entries) if !array => {
            for field in fields {
                match entries.iter_mut().find(|(key, _)| key.text == field.name) {
                    Some((_, entry)) => complete(model, &field.ty, field.array, entry),
                    None => {
                        if let Some(default) = &field.default {
                            let mut default = default.clone();
                            complete(model, &field.ty, field.array, &mut default);
                            let key = Key { text: field.name.clone(), span: field.span };
                            entries.push((key, default));
                        }
                    }
                }
            }
        }
        _ => {}
    }
}
