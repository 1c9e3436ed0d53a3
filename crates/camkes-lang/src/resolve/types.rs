//! Structs, attributes, procedures, connectors.

use crate::ast::{self, Type};
use crate::ctypes;
use crate::diagnostics::Diagnostic;
use crate::model::{
    Attribute, AttributeType, Connector, ConnectorEnd, ConnectorId, Method, Parameter,
    ParameterType, Procedure, ProcedureId, Struct, StructId,
};

use super::Resolver;

/// Structs in structs.
const DEPTH_LIMIT: usize = 64;

/// Fields of a struct, those of inner structs included.
const FIELD_LIMIT: usize = 10_000;

/// What is known of a struct's size.
#[derive(Clone, Copy)]
enum Shape {
    Unknown,
    Visiting,
    Known { depth: usize, fields: usize },
}

impl<'p> Resolver<'p> {
    /// Everything that is declared outside of component types.
    pub(super) fn types(&mut self) {
        // All names first: a struct may be used before it is declared.
        let structs: Vec<(&'p str, &'p ast::Struct)> =
            self.symbols.structs.iter().map(|(name, it)| (*name, *it)).collect();
        for (name, declaration) in &structs {
            let id = StructId(self.model.structs.len());
            self.model.structs.push(Struct {
                name: Some((*name).to_owned()),
                fields: Vec::new(),
                span: declaration.span,
            });
            self.symbols.struct_ids.insert((*name).to_owned(), id);
        }
        for (index, (_, declaration)) in structs.iter().enumerate() {
            let fields = self.attributes(&declaration.fields);
            self.model.structs[index].fields = fields;
        }
        self.refuse_recursion(structs.len());
        self.fill_all_defaults();
        let procedures: Vec<(&'p str, &'p ast::Procedure)> =
            self.symbols.procedures.iter().map(|(name, it)| (*name, *it)).collect();
        for (name, declaration) in procedures {
            self.procedure(name, declaration);
        }
        let connectors: Vec<(&'p str, &'p ast::Connector)> =
            self.symbols.connectors.iter().map(|(name, it)| (*name, *it)).collect();
        for (name, declaration) in connectors {
            let id = self.connector(name, declaration);
            self.symbols.connector_ids.insert(name.to_owned(), id);
        }
    }

    /// A struct that contains itself has no end; its fields are dropped, so that
    /// what follows needs no care.
    fn refuse_recursion(&mut self, named: usize) {
        let mut shapes = vec![Shape::Unknown; self.model.structs.len()];
        for index in 0..named {
            if self.shape(index, 0, &mut shapes).is_none() {
                let name = self.model.structs[index].name.clone().unwrap_or_default();
                let span = self.model.structs[index].span;
                self.error(
                    "recursive-struct",
                    format!("struct `{name}` contains itself, or far too many fields"),
                    span,
                );
                self.model.structs[index].fields.clear();
                shapes[index] = Shape::Known { depth: 0, fields: 0 };
            }
        }
    }

    /// How deep a struct is and how many fields it has, those of inner structs
    /// included; nothing if that is beyond the limits.
    fn shape(&self, index: usize, level: usize, shapes: &mut [Shape]) -> Option<(usize, usize)> {
        match shapes[index] {
            Shape::Known { depth, fields } => return Some((depth, fields)),
            Shape::Visiting => return None,
            Shape::Unknown if level > DEPTH_LIMIT => return None,
            Shape::Unknown => {}
        }
        shapes[index] = Shape::Visiting;
        let mut depth = 0;
        let mut fields = self.model.structs[index].fields.len();
        for field in &self.model.structs[index].fields {
            if let AttributeType::Struct(inner) = field.ty {
                let inner = self.shape(inner.0, level + 1, shapes);
                let Some((inner_depth, inner_fields)) = inner else {
                    shapes[index] = Shape::Unknown;
                    return None;
                };
                depth = depth.max(inner_depth + 1);
                fields += inner_fields;
            }
        }
        if depth > DEPTH_LIMIT || fields > FIELD_LIMIT {
            shapes[index] = Shape::Unknown;
            return None;
        }
        shapes[index] = Shape::Known { depth, fields };
        Some((depth, fields))
    }

    /// Attributes of a component, connector, procedure or struct.
    pub(super) fn attributes(&mut self, declarations: &[ast::Attribute]) -> Vec<Attribute> {
        let mut attributes: Vec<Attribute> = Vec::new();
        for declaration in declarations {
            let name = &declaration.name;
            if let Some(first) = attributes.iter().find(|other| other.name == name.text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-attribute",
                        format!("attribute `{}` is declared twice", name.text),
                    )
                    .at(name.span)
                    .label(first.span, "the first declaration"),
                );
                continue;
            }
            attributes.push(Attribute {
                name: name.text.clone(),
                ty: self.attribute_type(&declaration.ty),
                array: declaration.array,
                default: declaration.default.clone(),
                span: declaration.span,
            });
        }
        attributes
    }

    fn attribute_type(&mut self, ty: &Type) -> AttributeType {
        match ty {
            Type::Struct(declaration) => {
                let fields = self.attributes(&declaration.fields);
                let id = StructId(self.model.structs.len());
                self.model.structs.push(Struct { name: None, fields, span: declaration.span });
                AttributeType::Struct(id)
            }
            Type::CStruct(name) => {
                let diagnostic = Diagnostic::error(
                    "unknown-type",
                    format!("attributes can't have the C type `struct {}`", name.text),
                )
                .at(name.span)
                .help(format!(
                    "declare `struct {} {{ ... }}` and write the type without `struct`",
                    name.text
                ));
                self.diagnostics.push(diagnostic);
                AttributeType::Unknown(format!("struct {}", name.text))
            }
            Type::Named(path) => {
                let name = path.text();
                if let Some(id) = self.symbols.struct_ids.get(&name) {
                    return AttributeType::Struct(*id);
                }
                if let Some(ty) = ctypes::lookup(&name) {
                    return AttributeType::Scalar(name, ty);
                }
                match name.as_str() {
                    "list" => return AttributeType::List,
                    "dict" => return AttributeType::Dict,
                    _ => {}
                }
                let mut known: Vec<&str> = ctypes::names().collect();
                known.extend(["list", "dict"]);
                known.extend(self.symbols.struct_ids.keys().map(String::as_str));
                let diagnostic =
                    self.symbols.unknown("unknown-type", "type", path, known.into_iter());
                self.diagnostics.push(diagnostic);
                AttributeType::Unknown(name)
            }
        }
    }

    fn procedure(&mut self, name: &str, declaration: &ast::Procedure) {
        let mut methods: Vec<Method> = Vec::new();
        for method in &declaration.methods {
            if let Some(first) = methods.iter().find(|other| other.name == method.name.text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-method",
                        format!("method `{}` is declared twice", method.name.text),
                    )
                    .at(method.name.span)
                    .label(first.span, "the first declaration"),
                );
                continue;
            }
            let resolved = self.method(method);
            methods.push(resolved);
        }
        let attributes = self.attributes(&declaration.attributes);
        let id = ProcedureId(self.model.procedures.len());
        self.model.procedures.push(Procedure {
            name: name.to_owned(),
            includes: files(&declaration.includes),
            methods,
            attributes,
            span: declaration.span,
        });
        self.symbols.procedure_ids.insert(name.to_owned(), id);
    }

    fn method(&mut self, method: &ast::Method) -> Method {
        let mut parameters: Vec<Parameter> = Vec::new();
        for parameter in &method.parameters {
            let name = &parameter.name;
            if let Some(first) = parameters.iter().find(|other| other.name == name.text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-parameter",
                        format!("method `{}` has two parameters `{}`", method.name.text, name.text),
                    )
                    .at(name.span)
                    .label(first.span, "the first one"),
                );
                continue;
            }
            parameters.push(Parameter {
                name: name.text.clone(),
                direction: parameter.direction,
                ty: self.parameter_type(&parameter.ty),
                array: parameter.array,
                span: name.span,
            });
        }
        Method {
            name: method.name.text.clone(),
            returns: method.returns.as_ref().map(|ty| self.parameter_type(ty)),
            parameters,
            span: method.span,
        }
    }

    fn parameter_type(&self, ty: &Type) -> ParameterType {
        let (name, bare) = match ty {
            Type::Named(path) => (path.text(), path.text()),
            Type::CStruct(name) => (format!("struct {}", name.text), name.text.clone()),
            // The grammar has no structs in place here.
            Type::Struct(_) => ("struct".to_owned(), String::new()),
        };
        ParameterType {
            ty: ctypes::lookup(&name),
            declared: self.symbols.struct_ids.get(&bare).copied(),
            name,
        }
    }

    /// A procedure that stands for one that isn't declared.
    pub(super) fn placeholder_procedure(&mut self, path: &ast::Path) -> ProcedureId {
        let id = ProcedureId(self.model.procedures.len());
        let name = path.text();
        self.model.procedures.push(Procedure {
            name: name.clone(),
            includes: Vec::new(),
            methods: Vec::new(),
            attributes: Vec::new(),
            span: path.span,
        });
        self.symbols.procedure_ids.insert(name, id);
        id
    }

    pub(super) fn connector(&mut self, name: &str, declaration: &ast::Connector) -> ConnectorId {
        let attributes = self.attributes(&declaration.attributes);
        let id = ConnectorId(self.model.connectors.len());
        self.model.connectors.push(Connector {
            name: name.to_owned(),
            from: end(&declaration.from),
            to: end(&declaration.to),
            attributes,
            span: declaration.span,
        });
        id
    }
}

pub(super) fn files(includes: &[ast::Include]) -> Vec<String> {
    includes.iter().map(|include| include.file.clone()).collect()
}

fn end(end: &ast::ConnectorEnd) -> ConnectorEnd {
    ConnectorEnd {
        ty: end.ty,
        multiple: end.multiple,
        hardware: end.hardware,
        threads: end.threads,
    }
}
