//! Parameters as types of Rust, and the structs among them.

use std::collections::BTreeMap;

use camkes_lang::ast::Direction;
use camkes_lang::ctypes::{CField, CType, Width};
use camkes_lang::model::{AttributeType, Method, Model, Parameter, ParameterType, StructId};
use proc_macro2::TokenStream;
use quote::quote;

use crate::{Result, names};

/// The structs that methods take or give, by their name.
#[derive(Default)]
pub(crate) struct Structs(BTreeMap<String, TokenStream>);

/// What a value is passed as.
pub(crate) struct Passed {
    /// Between components, by value, and where it is owned.
    pub owned: TokenStream,
    /// As an argument of a call.
    pub argument: TokenStream,
    /// As it is decoded, before a handler gets it.
    pub decoded: TokenStream,
    /// As a handler gets it.
    pub handed: TokenStream,
    /// The handler gets a reference to what was decoded.
    pub by_reference: bool,
}

/// A type of a scalar.
pub(crate) fn scalar(ty: &CType) -> Option<TokenStream> {
    Some(match ty {
        CType::Integer { width: Width::Bits(8), signed: false } | CType::Char => quote!(u8),
        CType::Integer { width: Width::Bits(16), signed: false } => quote!(u16),
        CType::Integer { width: Width::Bits(32), signed: false } => quote!(u32),
        CType::Integer { width: Width::Bits(_), signed: false } => quote!(u64),
        CType::Integer { width: Width::Bits(8), signed: true } => quote!(i8),
        CType::Integer { width: Width::Bits(16), signed: true } => quote!(i16),
        CType::Integer { width: Width::Bits(32), signed: true } => quote!(i32),
        CType::Integer { width: Width::Bits(_), signed: true } => quote!(i64),
        CType::Integer { width: Width::Word, signed: false } => quote!(usize),
        CType::Integer { width: Width::Word, signed: true } => quote!(isize),
        CType::Bool => quote!(bool),
        CType::Float { bits: 32 } => quote!(f32),
        CType::Float { .. } => quote!(f64),
        CType::String | CType::Struct(_) => return None,
    })
}

impl Structs {
    /// The definitions.
    pub fn definitions(&self) -> impl Iterator<Item = &TokenStream> {
        self.0.values()
    }

    /// How a parameter of this type is passed. `place` is what messages call it.
    pub fn passed(
        &mut self, model: &Model, ty: &ParameterType, array: bool, place: &str,
    ) -> Result<Passed> {
        let vec = quote!(::component::_private::Vec);
        if ty.ty == Some(CType::String) {
            let string = quote!(::component::_private::String);
            return Ok(match array {
                false => Passed {
                    owned: string,
                    argument: quote!(&str),
                    decoded: quote!(&str),
                    handed: quote!(&str),
                    by_reference: false,
                },
                true => Passed {
                    owned: quote!(#vec<#string>),
                    argument: quote!(&[&str]),
                    decoded: quote!(#vec<&str>),
                    handed: quote!(&[&str]),
                    by_reference: true,
                },
            });
        }
        if let Some(scalar) = ty.ty.as_ref().and_then(scalar) {
            return Ok(match array {
                false => Passed {
                    owned: scalar.clone(),
                    argument: scalar.clone(),
                    decoded: scalar.clone(),
                    handed: scalar,
                    by_reference: false,
                },
                true => Passed {
                    owned: quote!(#vec<#scalar>),
                    argument: quote!(&[#scalar]),
                    decoded: quote!(&[#scalar]),
                    handed: quote!(&[#scalar]),
                    by_reference: false,
                },
            });
        }
        let name = self.record(model, ty, place)?;
        Ok(match array {
            false => Passed {
                owned: name.clone(),
                argument: quote!(&#name),
                decoded: name.clone(),
                handed: name,
                by_reference: false,
            },
            true => Passed {
                owned: quote!(#vec<#name>),
                argument: quote!(&[#name]),
                decoded: quote!(#vec<#name>),
                handed: quote!(&[#name]),
                by_reference: true,
            },
        })
    }

    /// The struct that a type names, in the module `types`.
    fn record(&mut self, model: &Model, ty: &ParameterType, place: &str) -> Result<TokenStream> {
        match (ty.ty, ty.declared) {
            (Some(CType::Struct(known)), _) => {
                let fields = known.fields.iter().map(c_field).collect::<Option<_>>();
                let fields = fields.ok_or_else(|| unknown(&ty.name, place))?;
                Ok(self.define(known.name, fields))
            }
            (_, Some(id)) => self.declared(model, id, place),
            _ => Err(unknown(&ty.name, place)),
        }
    }

    fn declared(&mut self, model: &Model, id: StructId, place: &str) -> Result<TokenStream> {
        let declared = &model[id];
        let name =
            declared.name.clone().ok_or_else(|| unknown("a struct without a name", place))?;
        let mut fields = Vec::new();
        for field in &declared.fields {
            let inner = format!("{place}, field {}", field.name);
            let ty = match &field.ty {
                AttributeType::Scalar(_, CType::String) => quote!(::component::_private::String),
                AttributeType::Scalar(name, ty) => {
                    scalar(ty).ok_or_else(|| unknown(name, &inner))?
                }
                // A struct can't hold itself: it would have no end in C either.
                AttributeType::Struct(inner_id) if *inner_id != id => {
                    self.declared(model, *inner_id, &inner)?
                }
                AttributeType::Struct(_) => return Err(unknown("itself", &inner)),
                AttributeType::List => return Err(unknown("list", &inner)),
                AttributeType::Dict => return Err(unknown("dict", &inner)),
                AttributeType::Unknown(name) => return Err(unknown(name, &inner)),
            };
            let ty = if field.array { quote!(::component::_private::Vec<#ty>) } else { ty };
            fields.push((field.name.as_str(), ty));
        }
        Ok(self.define(&name, fields))
    }

    fn define(&mut self, name: &str, fields: Vec<(&str, TokenStream)>) -> TokenStream {
        let ty = names::ty(name);
        let docs = fields.iter().map(|(field, _)| format!(" `{field}`"));
        let idents = fields.iter().map(|(field, _)| names::value(field));
        let types = fields.iter().map(|(_, ty)| ty);
        let doc = format!(" `{name}`");
        let definition = quote! {
            ::component::wire_struct! {
                #[doc = #doc]
                pub struct #ty {
                    #(#[doc = #docs] pub #idents: #types,)*
                }
            }
        };
        self.0.insert(ty.to_string(), definition);
        quote!(types::#ty)
    }
}

fn c_field(field: &'static CField) -> Option<(&'static str, TokenStream)> {
    let ty = scalar(&field.ty)?;
    let count = field.count;
    Some((field.name, if count == 1 { ty } else { quote!([#ty; #count]) }))
}

fn unknown(ty: &str, place: &str) -> String {
    format!("{place}: the type {ty} can't be passed (expected a known C type or a declared struct)")
}

/// A method's parameters as far as they concern the caller and the handler.
pub(crate) struct Signature<'a> {
    /// What goes to the server, by name.
    pub arguments: Vec<(&'a Parameter, Passed)>,
    /// What comes back: the returned value, then parameters.
    pub results: Vec<TokenStream>,
    /// As people write it.
    pub text: String,
}

impl<'a> Signature<'a> {
    pub fn new(
        structs: &mut Structs, model: &Model, procedure: &str, method: &'a Method,
    ) -> Result<Self> {
        let place = |what: &str| format!("{procedure}.{}: {what}", method.name);
        let mut arguments = Vec::new();
        let mut results = Vec::new();
        if let Some(returned) = &method.returns {
            results.push(structs.passed(model, returned, false, &place("the result"))?.owned);
        }
        for parameter in &method.parameters {
            let place = place(&format!("the parameter {}", parameter.name));
            let passed = structs.passed(model, &parameter.ty, parameter.array, &place)?;
            if matches!(parameter.direction, Direction::Out | Direction::InOut) {
                results.push(passed.owned.clone());
            }
            if parameter.direction != Direction::Out {
                arguments.push((parameter, passed));
            }
        }
        Ok(Self { arguments, results, text: text(procedure, method) })
    }

    /// The type of what comes back.
    pub fn result(&self) -> TokenStream {
        match self.results.as_slice() {
            [one] => one.clone(),
            several => tuple(several),
        }
    }

    pub fn returns_nothing(&self) -> bool {
        self.results.is_empty()
    }
}

/// How many parts a tuple that can be sent has at most.
const TUPLE: usize = 12;

/// A tuple of any length: a long one is one of tuples, which is sent alike.
pub(crate) fn tuple(parts: &[TokenStream]) -> TokenStream {
    match parts {
        [one] => quote!((#one,)),
        parts if parts.len() <= TUPLE => quote!((#(#parts),*)),
        parts => {
            let chunks: Vec<TokenStream> = parts.chunks(TUPLE).map(tuple).collect();
            tuple(&chunks)
        }
    }
}

/// The method as it is declared.
fn text(procedure: &str, method: &Method) -> String {
    let returns = method.returns.as_ref().map_or("void", |ty| ty.name.as_str());
    let parameters: Vec<String> = method
        .parameters
        .iter()
        .map(|parameter| {
            let direction = match parameter.direction {
                Direction::In => "in",
                Direction::Out => "out",
                Direction::InOut => "inout",
                Direction::RefIn => "refin",
            };
            let array = if parameter.array { "[]" } else { "" };
            format!("{direction} {} {}{array}", parameter.ty.name, parameter.name)
        })
        .collect();
    format!("`{returns} {procedure}.{}({})`", method.name, parameters.join(", "))
}
