//! What systems are written as.

pub mod capdl;
pub mod json;
pub mod summary;

use system_spec::model::{ObjectId, ObjectKind, System};

/// The object's kind; only objects of the system are asked for.
fn kind(system: &System, id: ObjectId) -> Option<&ObjectKind> {
    system.objects.get(id.0 as usize).map(|object| &object.kind)
}

/// The object's name; a number for one that isn't there.
fn name(system: &System, id: ObjectId) -> String {
    match system.objects.get(id.0 as usize) {
        Some(object) => object.name.clone(),
        None => format!("#{}", id.0),
    }
}
