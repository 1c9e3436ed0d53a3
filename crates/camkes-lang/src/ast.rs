//! The syntax tree: one file as it is written, nothing looked up yet.
//!
//! Numeric expressions have been evaluated, since CAmkES has only constants.

use crate::source::Span;
use crate::value::Value;

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

/// A dotted name: `vm0.fs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The names between the dots, at least one.
    pub parts: Vec<Name>,
    /// Where it is written.
    pub span: Span,
}

impl Path {
    /// The names with their dots.
    #[must_use]
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }
}

/// What stands at the top level of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `import <...>;` or `import "...";`
    Import(Include),
    /// `component Name { ... }`
    Component(Component),
    /// `procedure Name { ... }`
    Procedure(Procedure),
    /// `struct Name { ... }`
    Struct(Struct),
    /// `connector Name { ... }`
    Connector(Connector),
    /// `composition Name { ... }`
    Composition(Composition),
    /// `configuration Name { ... }`
    Configuration(Configuration),
    /// `assembly { ... }`
    Assembly(Assembly),
}

/// The file name of an `import` or `include`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The file name.
    pub file: String,
    /// `<...>` instead of `"..."`.
    pub angled: bool,
    /// The whole statement.
    pub span: Span,
}

/// A component type.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Nothing for a type that is written where an instance is declared.
    pub name: Option<Name>,
    /// What is between the braces, in order.
    pub items: Vec<ComponentItem>,
    /// The head of the declaration.
    pub span: Span,
}

/// A statement in a component type.
#[derive(Clone, Debug, PartialEq)]
pub enum ComponentItem {
    /// `control;`
    Control(Span),
    /// `hardware;`
    Hardware(Span),
    /// `include ...;`
    Include(Include),
    /// `attribute ...;`
    Attribute(Attribute),
    /// `uses`, `provides`, `emits`, `consumes` or `dataport`.
    Interface(Interface),
    /// `has mutex`, `has semaphore` or `has binary_semaphore`.
    Lock(Lock),
    /// The composition of a hierarchical component.
    Composition(Use<Composition>),
    /// The configuration of a hierarchical component.
    Configuration(Use<Configuration>),
}

/// Something that is either written in place or named.
#[derive(Clone, Debug, PartialEq)]
pub enum Use<T> {
    /// Written in place.
    Inline(T),
    /// Declared elsewhere.
    Named(Path),
}

/// Which kind of interface a statement declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceKind {
    /// A procedure that the component calls.
    Uses,
    /// A procedure that the component implements.
    Provides,
    /// An event that the component sends.
    Emits,
    /// An event that the component receives.
    Consumes,
    /// Shared memory.
    Dataport,
}

/// An interface of a component type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The kind.
    pub kind: InterfaceKind,
    /// `maybe`: may stay unconnected.
    pub optional: bool,
    /// The procedure, event or data type.
    pub ty: Path,
    /// The size in `Buf(size)`, in bytes.
    pub size: Option<u64>,
    /// The interface's name.
    pub name: Name,
    /// The whole statement.
    pub span: Span,
}

/// Which lock a component has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockKind {
    /// `has mutex`
    Mutex,
    /// `has semaphore`
    Semaphore,
    /// `has binary_semaphore`
    BinarySemaphore,
}

/// A lock of a component type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The kind.
    pub kind: LockKind,
    /// The name.
    pub name: Name,
}

/// The type of an attribute, a struct's field or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A name, with words such as `unsigned int` brought to one form.
    Named(Path),
    /// `struct name`, a C struct.
    CStruct(Name),
    /// Fields in braces.
    Struct(Struct),
}

/// An attribute, or a struct's field.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The type.
    pub ty: Type,
    /// The name.
    pub name: Name,
    /// `name[]`
    pub array: bool,
    /// The value that it has if none is set.
    pub default: Option<Value>,
    /// The whole declaration.
    pub span: Span,
}

/// A record of attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Nothing for one written in place.
    pub name: Option<Name>,
    /// The fields.
    pub fields: Vec<Attribute>,
    /// The declaration.
    pub span: Span,
}

/// A remote procedure interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Procedure {
    /// Nothing for an anonymous one, which nobody can name.
    pub name: Option<Name>,
    /// C headers that the types come from.
    pub includes: Vec<Include>,
    /// The methods.
    pub methods: Vec<Method>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// The head of the declaration.
    pub span: Span,
}

/// A method of a procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// The name.
    pub name: Name,
    /// Nothing for `void`.
    pub returns: Option<Type>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The whole statement.
    pub span: Span,
}

/// Which way a parameter's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the callee, by value.
    In,
    /// Back to the caller.
    Out,
    /// Both ways.
    InOut,
    /// To the callee, by reference.
    RefIn,
}

/// A parameter of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `in` if none is written.
    pub direction: Direction,
    /// The type.
    pub ty: Type,
    /// The name.
    pub name: Name,
    /// `name[]`
    pub array: bool,
}

/// What a connector's end connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndType {
    /// `Procedure(s)`
    Procedure,
    /// `Event(s)`
    Event,
    /// `Dataport(s)`
    Dataport,
}

/// One end of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorEnd {
    /// The interfaces that it takes.
    pub ty: EndType,
    /// The plural form: any number of interfaces.
    pub multiple: bool,
    /// Only interfaces of hardware components.
    pub hardware: bool,
    /// `with N threads`; 1 if it is not written.
    pub threads: u32,
}

/// A kind of connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connector {
    /// Nothing for one that is written where a connection is declared.
    pub name: Option<Name>,
    /// The end that calls, emits or reads.
    pub from: ConnectorEnd,
    /// The end that is called or consumes.
    pub to: ConnectorEnd,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// The head of the declaration.
    pub span: Span,
}

/// Instances and connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Composition {
    /// The name, if it has one.
    pub name: Option<Name>,
    /// The statements, in order.
    pub items: Vec<CompositionItem>,
    /// The head of the declaration.
    pub span: Span,
}

/// A statement in a composition.
#[derive(Clone, Debug, PartialEq)]
pub enum CompositionItem {
    /// `component Type name;`
    Instance(Instance),
    /// `connection Connector name(from ..., to ...);`
    Connection(Connection),
    /// `group name { ... }`, which is understood and refused.
    Group(Group),
    /// `export instance.interface -> interface;`
    Export(Export),
}

/// An instance of a component type.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The type.
    pub ty: Use<Component>,
    /// The name.
    pub name: Name,
    /// The whole statement.
    pub span: Span,
}

/// Instances that share an address space.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The name, if it has one.
    pub name: Option<Name>,
    /// What is in it.
    pub instances: Vec<Instance>,
    /// The head of the declaration.
    pub span: Span,
}

/// A connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The connector.
    pub connector: Use<Connector>,
    /// The name.
    pub name: Name,
    /// The `from` ends.
    pub from: Vec<Path>,
    /// The `to` ends.
    pub to: Vec<Path>,
    /// The whole statement.
    pub span: Span,
}

/// An interface of an inner instance that a hierarchical component shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The inner interface: `instance.interface`.
    pub source: Path,
    /// The component's own interface that stands for it.
    pub destination: Path,
    /// The whole statement.
    pub span: Span,
}

/// Settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// The name, if it has one.
    pub name: Option<Name>,
    /// The settings, in order.
    pub settings: Vec<Setting>,
    /// The head of the declaration.
    pub span: Span,
}

/// `target.attribute = value;`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The instance or connection.
    pub target: Name,
    /// The attribute.
    pub attribute: Name,
    /// What it is set to.
    pub value: SettingValue,
    /// The whole statement.
    pub span: Span,
}

/// The right side of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// `= value`
    Value(Value),
    /// `= dtb({...})`
    Query(Query),
    /// `<- instance.attribute`
    Reference(Reference),
}

/// A question to something outside of the description.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `dtb` or `gpio`.
    pub name: Name,
    /// The dictionaries between the parentheses.
    pub arguments: Vec<Value>,
    /// The keys in brackets after it.
    pub lookup: Vec<Value>,
    /// The whole expression.
    pub span: Span,
}

/// Another attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The instance, with dots inside hierarchical components, and the
    /// attribute as the last part.
    pub path: Path,
    /// The keys in brackets after it.
    pub lookup: Vec<Value>,
    /// The whole expression.
    pub span: Span,
}

/// A whole system, or a part of one: all assemblies are merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembly {
    /// The name, if it has one.
    pub name: Option<Name>,
    /// What is between the braces, in order.
    pub items: Vec<AssemblyItem>,
    /// The head of the declaration.
    pub span: Span,
}

/// A part of an assembly.
#[derive(Clone, Debug, PartialEq)]
pub enum AssemblyItem {
    /// Its composition.
    Composition(Use<Composition>),
    /// Its configuration.
    Configuration(Use<Configuration>),
    /// Its domain schedule.
    Schedule(Schedule),
}

/// The domain schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The time slices, in order.
    pub slices: Vec<Slice>,
    /// The head of the declaration.
    pub span: Span,
}

/// The unit of a slice's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SliceUnit {
    /// Timer ticks of the kernel.
    Ticks,
    /// Microseconds.
    Microseconds,
}

/// One time slice of a schedule: `(domain, length)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The domain.
    pub domain: Value,
    /// The length.
    pub length: Value,
    /// The length's unit.
    pub unit: SliceUnit,
    /// The whole slice.
    pub span: Span,
}
