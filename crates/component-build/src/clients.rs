//! The calls of each procedure that the component uses.

use std::collections::BTreeSet;

use camkes_lang::ast::InterfaceKind;
use proc_macro2::TokenStream;
use quote::quote;

use crate::load::Loaded;
use crate::types::{Signature, Structs, tuple};
use crate::{Result, interfaces, names};

/// The module `clients`.
pub(crate) fn module(loaded: &Loaded, structs: &mut Structs) -> Result<TokenStream> {
    let mut seen = BTreeSet::new();
    let mut clients = Vec::new();
    for interface in loaded.interfaces() {
        let Some(procedure) = loaded.procedure(interface) else {
            continue;
        };
        if interface.kind != InterfaceKind::Uses || interfaces::is_queue(&procedure.name) {
            continue;
        }
        if !seen.insert(procedure.name.as_str()) {
            continue;
        }
        let ty = names::ty(&procedure.name);
        let mut methods = Vec::new();
        for (number, method) in (0_u16..).zip(&procedure.methods) {
            let signature = Signature::new(structs, &loaded.model, &procedure.name, method)?;
            methods.push(call(number, &method.name, &signature));
        }
        let doc = format!(" A server of `{}`.", procedure.name);
        clients.push(quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            pub struct #ty(::component::Connection);

            impl #ty {
                /// The server at the other end of a connection, whatever procedure it has.
                pub const fn new(connection: ::component::Connection) -> Self {
                    Self(connection)
                }

                #(#methods)*
            }

            impl ::core::ops::Deref for #ty {
                type Target = ::component::Connection;

                fn deref(&self) -> &::component::Connection {
                    &self.0
                }
            }
        });
    }
    if clients.is_empty() {
        return Ok(TokenStream::new());
    }
    Ok(quote! {
        /// Servers that the component calls.
        #[allow(dead_code, unused_imports, clippy::too_many_arguments, clippy::type_complexity)]
        pub mod clients {
            use super::*;

            #(#clients)*
        }
    })
}

fn call(number: u16, name: &str, signature: &Signature<'_>) -> TokenStream {
    let function = names::value(name);
    let doc = format!(" {}", signature.text);
    let parameters: Vec<TokenStream> = signature
        .arguments
        .iter()
        .map(|(parameter, passed)| {
            let name = names::value(&parameter.name);
            let ty = &passed.argument;
            quote!(#name: #ty)
        })
        .collect();
    let arguments: Vec<TokenStream> = signature
        .arguments
        .iter()
        .map(|(parameter, _)| {
            let name = names::value(&parameter.name);
            quote!(#name)
        })
        .collect();
    let arguments = tuple(&arguments);
    let result = signature.result();
    quote! {
        #[doc = #doc]
        pub fn #function(
            &self, #(#parameters),*
        ) -> ::core::result::Result<#result, ::component::CallError> {
            self.0.call(#number, #arguments)
        }
    }
}
