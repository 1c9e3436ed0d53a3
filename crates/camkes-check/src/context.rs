//! What several checks want to look up quickly.

use camkes_lang::model::{
    Component, Connection, ConnectionId, Connector, Instance, InstanceId, Setting,
};
use camkes_lang::{Model, Value};

/// Which side of a connection an interface is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    From,
    To,
}

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
        }
    }
}

/// A model with an index from interfaces to their connections.
pub(crate) struct Context<'m> {
    pub model: &'m Model,
    connected: Vec<Vec<Option<(ConnectionId, Side)>>>,
}

impl<'m> Context<'m> {
    pub fn new(model: &'m Model) -> Self {
        let mut connected: Vec<Vec<Option<(ConnectionId, Side)>>> = model
            .instance_ids()
            .map(|id| vec![None; model.component_of(id).interfaces.len()])
            .collect();
        for id in model.connection_ids() {
            let connection = &model[id];
            let from = connection.from.iter().map(|end| (end, Side::From));
            let to = connection.to.iter().map(|end| (end, Side::To));
            for (end, side) in from.chain(to) {
                connected[end.instance.0][end.interface].get_or_insert((id, side));
            }
        }
        Self { model, connected }
    }

    /// The connection of an interface, which is named by its index, and the interface's side.
    pub fn connection(
        &self, instance: InstanceId, interface: usize,
    ) -> Option<(&'m Connection, Side)> {
        let (id, side) = (*self.connected.get(instance.0)?.get(interface)?)?;
        Some((&self.model[id], side))
    }

    pub fn connector(&self, connection: &Connection) -> &'m Connector {
        &self.model[connection.connector]
    }

    pub fn instances(&self) -> impl Iterator<Item = (InstanceId, &'m Instance, &'m Component)> {
        self.model.instance_ids().map(|id| (id, &self.model[id], self.model.component_of(id)))
    }
}

/// The setting of an instance for one of its interfaces: `<interface>_<suffix>` on the instance, or
/// `suffix` on the interface itself.
pub(crate) fn interface_setting<'m>(
    instance: &'m Instance, component: &Component, interface: usize, suffix: &str,
) -> Option<&'m Setting> {
    let key = format!("{}_{suffix}", component.interfaces[interface].name);
    instance.settings.get(&key).or_else(|| {
        instance.interface_settings.get(&interface).and_then(|settings| settings.get(suffix))
    })
}

/// Whether a component type is a virtual machine monitor: it has the attributes that say where a
/// guest comes from. Applications declare this type themselves, so its name says nothing.
#[must_use]
pub fn is_virtual_machine(component: &Component) -> bool {
    ["vm_image_config", "linux_image_config", "kernel_image"]
        .iter()
        .any(|name| component.attribute(name).is_some())
}

/// The elements of a setting that is a list; nothing for everything else.
pub(crate) fn list<'m>(instance: &'m Instance, key: &str) -> &'m [Value] {
    instance.value(key).and_then(Value::as_list).unwrap_or_default()
}
