//! Attributes, as structs.

use std::collections::BTreeMap;

use camkes_lang::ctypes::{CType, Width};
use camkes_lang::model::{Attribute, AttributeType, Model, StructId};
use proc_macro2::TokenStream;
use quote::quote;

use crate::load::Loaded;
use crate::{names, types};

/// The struct `Attributes` and the structs in it; nothing if there are no attributes.
pub(crate) fn attributes(loaded: &Loaded) -> Option<TokenStream> {
    let component = loaded.component();
    if component.attributes.is_empty() {
        return None;
    }
    let mut structs = Structs { model: &loaded.model, definitions: BTreeMap::new() };
    let fields = structs.fields(&component.attributes);
    let definitions = structs.definitions.values();
    let doc = format!(" The attributes of a `{}`.", component.name);
    Some(quote! {
        ::component::attribute_struct! {
            #[doc = #doc]
            pub struct Attributes { #(#fields)* }
        }

        #(#definitions)*
    })
}

struct Structs<'a> {
    model: &'a Model,
    definitions: BTreeMap<String, TokenStream>,
}

impl Structs<'_> {
    fn fields(&mut self, attributes: &[Attribute]) -> Vec<TokenStream> {
        attributes.iter().map(|attribute| self.field(attribute)).collect()
    }

    fn field(&mut self, attribute: &Attribute) -> TokenStream {
        let name = names::value(&attribute.name);
        let key = &attribute.name;
        let doc = format!(" `{}`", attribute.name);
        let mut ty = self.ty(attribute);
        if attribute.array {
            ty = quote!(::component::attribute::List<#ty>);
        }
        // A struct may have defaults for its fields and none for itself.
        if attribute.default.is_none() {
            ty = quote!(::core::option::Option<#ty>);
        }
        quote! {
            #[doc = #doc]
            pub #name: #ty = #key,
        }
    }

    fn ty(&mut self, attribute: &Attribute) -> TokenStream {
        match &attribute.ty {
            AttributeType::Scalar(_, CType::String) => quote!(&'static str),
            // Descriptions put addresses into attributes that C would cut off.
            AttributeType::Scalar(_, CType::Integer { width: Width::Bits(32), .. }) => quote!(i64),
            AttributeType::Scalar(_, ty) => {
                types::scalar(ty).unwrap_or_else(|| quote!(::component::attribute::Value))
            }
            AttributeType::List => {
                quote!(::component::attribute::List<::component::attribute::Value>)
            }
            AttributeType::Dict => quote!(::component::config::value::Dict<'static>),
            AttributeType::Struct(id) => self.structure(*id, &attribute.name),
            AttributeType::Unknown(_) => quote!(::component::attribute::Value),
        }
    }

    /// The struct, which is named after its attribute if it has no name.
    fn structure(&mut self, id: StructId, attribute: &str) -> TokenStream {
        let declared = &self.model[id];
        let name = declared.name.as_deref().unwrap_or(attribute);
        let ty = names::ty(name);
        if !self.definitions.contains_key(&ty.to_string()) {
            // First of all, so that one that holds itself comes to an end.
            self.definitions.insert(ty.to_string(), TokenStream::new());
            let fields = self.fields(&declared.fields);
            let doc = format!(" `{name}`");
            let definition = quote! {
                ::component::attribute_struct! {
                    #[doc = #doc]
                    pub struct #ty { #(#fields)* }
                }
            };
            self.definitions.insert(ty.to_string(), definition);
        }
        quote!(#ty)
    }
}
