//! The resolved system: what everything after the language works from.
//!
//! All names are looked up, the hierarchy is flat, assemblies and connections
//! are merged, and each setting has its final value. Orders are those of the
//! source, so that the same input gives the same model.

use std::ops::Index;

use indexmap::IndexMap;

use crate::ast::{Direction, EndType, InterfaceKind, LockKind, SliceUnit};
use crate::ctypes::CType;
use crate::source::Span;
use crate::value::Value;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $field:ident, $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);

        impl Index<$name> for Model {
            type Output = $item;

            fn index(&self, id: $name) -> &$item {
                &self.$field[id.0]
            }
        }
    };
}

identifier!(
    /// Index into [`Model::structs`].
    StructId, structs, Struct
);
identifier!(
    /// Index into [`Model::procedures`].
    ProcedureId, procedures, Procedure
);
identifier!(
    /// Index into [`Model::components`].
    ComponentId, components, Component
);
identifier!(
    /// Index into [`Model::connectors`].
    ConnectorId, connectors, Connector
);
identifier!(
    /// Index into [`Model::instances`].
    InstanceId, instances, Instance
);
identifier!(
    /// Index into [`Model::connections`].
    ConnectionId, connections, Connection
);

/// A whole system.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Every struct, those without a name too.
    pub structs: Vec<Struct>,
    /// Every procedure that was declared, used or not.
    pub procedures: Vec<Procedure>,
    /// Every component type that was declared, used or not.
    pub components: Vec<Component>,
    /// Every connector that was declared, used or not.
    pub connectors: Vec<Connector>,
    /// The instances: those of the assembly first, then inner ones.
    pub instances: Vec<Instance>,
    /// The connections, after connections that share an end were made one.
    pub connections: Vec<Connection>,
    /// Settings of something that is neither an instance nor a connection.
    pub unbound: Vec<UnboundSetting>,
    /// The domain schedule, if one is given.
    pub schedule: Option<Schedule>,
}

impl Model {
    /// The instance of that name.
    #[must_use]
    pub fn instance_named(&self, name: &str) -> Option<InstanceId> {
        self.instances.iter().position(|instance| instance.name == name).map(InstanceId)
    }

    /// The type of an instance.
    #[must_use]
    pub fn component_of(&self, instance: InstanceId) -> &Component {
        &self[self[instance].component]
    }

    /// The interface that a connection's end names.
    #[must_use]
    pub fn interface_of(&self, end: &End) -> &Interface {
        &self.component_of(end.instance).interfaces[end.interface]
    }

    /// The end's name for people: `instance.interface`.
    #[must_use]
    pub fn end_name(&self, end: &End) -> String {
        format!("{}.{}", self[end.instance].name, self.interface_of(end).name)
    }

    /// The identifiers of all instances, in order.
    pub fn instance_ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (0..self.instances.len()).map(InstanceId)
    }

    /// The identifiers of all connections, in order.
    pub fn connection_ids(&self) -> impl Iterator<Item = ConnectionId> + use<> {
        (0..self.connections.len()).map(ConnectionId)
    }
}

/// A record of attributes.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Nothing for a struct that is written in place.
    pub name: Option<String>,
    /// Its fields.
    pub fields: Vec<Attribute>,
    /// The declaration.
    pub span: Span,
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeType {
    /// A scalar: its name, one of those in [`crate::ctypes`], and what that is.
    Scalar(String, CType),
    /// `list`: any list.
    List,
    /// `dict`: any dictionary.
    Dict,
    /// A struct.
    Struct(StructId),
    /// A name that is declared nowhere. The C tool takes it for a C type and
    /// allows only attributes without a checked value.
    Unknown(String),
}

/// An attribute of a component, connector or procedure, or a struct's field.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The type of it, or of its elements.
    pub ty: AttributeType,
    /// A list of values instead of one.
    pub array: bool,
    /// The value that it has if none is set. The fields that it leaves out
    /// have their own defaults filled in.
    pub default: Option<Value>,
    /// The declaration.
    pub span: Span,
}

/// A remote procedure interface.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// The name.
    pub name: String,
    /// C headers that it includes.
    pub includes: Vec<String>,
    /// The methods, in the order of their numbers on the wire.
    pub methods: Vec<Method>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// The declaration.
    pub span: Span,
}

/// A method of a procedure.
#[derive(Clone, Debug)]
pub struct Method {
    /// The name.
    pub name: String,
    /// Nothing for `void`.
    pub returns: Option<ParameterType>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The declaration.
    pub span: Span,
}

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterType {
    /// As it is written, in its normal form.
    pub name: String,
    /// What that is. Nothing if the name is not a known C type.
    pub ty: Option<CType>,
    /// The `struct` of that name that a CAmkES file declares. If there is none either, an error is
    /// reported when the procedure is in use.
    pub declared: Option<StructId>,
}

/// A parameter of a method.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// Which way the value goes.
    pub direction: Direction,
    /// The type of it, or of its elements.
    pub ty: ParameterType,
    /// A counted array.
    pub array: bool,
    /// The declaration's name.
    pub span: Span,
}

/// A component type.
#[derive(Clone, Debug)]
pub struct Component {
    /// The name. One that is written in place is named after its instance.
    pub name: String,
    /// It has a `run` function.
    pub control: bool,
    /// It stands for a device.
    pub hardware: bool,
    /// Its interfaces, in the order of the source.
    pub interfaces: Vec<Interface>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its mutexes and semaphores.
    pub locks: Vec<Lock>,
    /// C headers that it includes.
    pub includes: Vec<String>,
    /// It has a composition of its own.
    pub composite: bool,
    /// The declaration.
    pub span: Span,
}

impl Component {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The index of the interface of that name.
    #[must_use]
    pub fn interface_named(&self, name: &str) -> Option<usize> {
        self.interfaces.iter().position(|interface| interface.name == name)
    }
}

/// What an interface is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceType {
    /// `uses` or `provides`.
    Procedure(ProcedureId),
    /// `emits` or `consumes`. Events are not declared: the name is all.
    Event(String),
    /// `dataport`.
    Dataport {
        /// The data type; `Buf` for plain memory.
        ty: String,
        /// Bytes, if the type is written `Buf(size)`. Otherwise a page.
        size: Option<u64>,
    },
}

/// An interface of a component type.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The name.
    pub name: String,
    /// Which side of it this is.
    pub kind: InterfaceKind,
    /// What it is.
    pub ty: InterfaceType,
    /// `maybe`: may stay unconnected.
    pub optional: bool,
    /// A hierarchical component's name for an inner interface. Connections to
    /// it have been moved to that one, so it is never connected itself.
    pub exported: bool,
    /// The declaration.
    pub span: Span,
}

/// A lock of a component type.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: LockKind,
    /// The declaration.
    pub span: Span,
}

/// A side of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorEnd {
    /// The interfaces that it takes.
    pub ty: EndType,
    /// Any number of them instead of one.
    pub multiple: bool,
    /// Only those of hardware components.
    pub hardware: bool,
    /// The threads that each of them gets in the C implementation.
    pub threads: u32,
}

/// A kind of connection.
#[derive(Clone, Debug)]
pub struct Connector {
    /// The name. One that is written in place is named after its connection.
    pub name: String,
    /// The end that calls, emits or reads.
    pub from: ConnectorEnd,
    /// The end that is called or consumes.
    pub to: ConnectorEnd,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// The declaration.
    pub span: Span,
}

impl Connector {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Whether a boolean attribute of that name is there and true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.attribute(name)
            .and_then(|attribute| attribute.default.as_ref())
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// The two ends may have interfaces of different types.
    #[must_use]
    pub fn takes_any_type(&self) -> bool {
        self.flag("disable_interface_type_checking")
    }
}

/// An instance of a component type.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The name; inner ones have their outer instance's before it: `outer.inner`.
    pub name: String,
    /// The type.
    pub component: ComponentId,
    /// The hierarchical component's instance that it is in.
    pub parent: Option<InstanceId>,
    /// The values of its attributes and other keys, by name: those that are
    /// set, in the order of the source, then defaults.
    pub settings: IndexMap<String, Setting>,
    /// Settings on its interfaces, by the interface's index. A hierarchical
    /// component makes them in its own configuration: `timer.dtb = dtb(...)`.
    pub interface_settings: IndexMap<usize, IndexMap<String, Setting>>,
    /// The declaration.
    pub span: Span,
    /// The name in the declaration.
    pub name_span: Span,
}

impl Instance {
    /// The value of an attribute or another key; defaults count.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.settings.get(name).map(|setting| &setting.value)
    }

    /// The value of a key of an interface, which is named by its index.
    #[must_use]
    pub fn interface_value(&self, interface: usize, name: &str) -> Option<&Value> {
        self.interface_settings.get(&interface)?.get(name).map(|setting| &setting.value)
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// `= value`
    Written,
    /// `<- other.attribute`
    Reference,
    /// `= dtb(...)` or `= gpio(...)`
    Query,
    /// The attribute's default.
    Default,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The value. The fields of a struct that it leaves out have their defaults
    /// filled in.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// The setting's `target.attribute`; for defaults the declaration.
    pub span: Span,
}

/// A connected interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The instance.
    pub instance: InstanceId,
    /// Index into its component's interfaces.
    pub interface: usize,
    /// Where the connection names it.
    pub span: Span,
}

/// A connection, perhaps of several that share an end.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The name. Of merged ones, their names, sorted, with dots between.
    pub name: String,
    /// The connector.
    pub connector: ConnectorId,
    /// The ends that call, emit or read, each once.
    pub from: Vec<End>,
    /// The ends that are called or consume, each once.
    pub to: Vec<End>,
    /// The values of its attributes, by name.
    pub settings: IndexMap<String, Setting>,
    /// The connections that it was made of, as they are declared; at least one.
    pub parts: Vec<ConnectionPart>,
    /// The first declaration.
    pub span: Span,
}

/// A connection as it is declared.
#[derive(Clone, Debug)]
pub struct ConnectionPart {
    /// The name; inner ones have their instance's before it.
    pub name: String,
    /// The declaration.
    pub span: Span,
}

/// A setting whose target does not exist.
#[derive(Clone, Debug)]
pub struct UnboundSetting {
    /// The target that is named.
    pub target: String,
    /// Where it is named.
    pub target_span: Span,
    /// The attribute that is named.
    pub attribute: String,
    /// Its value.
    pub setting: Setting,
}

/// The domain schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The time slices, in order.
    pub slices: Vec<Slice>,
    /// The declaration.
    pub span: Span,
}

/// One time slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The domain.
    pub domain: u64,
    /// The length, in `unit`.
    pub length: u64,
    /// The unit.
    pub unit: SliceUnit,
    /// Where it is written.
    pub span: Span,
}
