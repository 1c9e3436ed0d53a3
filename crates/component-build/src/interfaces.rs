//! The whole file, and the struct `Interfaces` in it.

use camkes_lang::ast::{InterfaceKind, LockKind};
use camkes_lang::model::{Interface, InterfaceType};
use proc_macro2::TokenStream;
use quote::quote;

use crate::load::Loaded;
use crate::types::Structs;
use crate::{Generator, Result, attributes, clients, dispatch, names, server};

/// The ends of virtqueues, which are procedures without methods.
pub(crate) fn is_queue(procedure: &str) -> bool {
    matches!(procedure, "VirtQueueDrv" | "VirtQueueDev")
}

/// The code of a component type.
pub(crate) fn file(loaded: &Loaded, generator: &Generator) -> Result<String> {
    check_deferred(loaded, generator)?;
    let mut structs = Structs::default();
    let component_trait = server::component_trait(loaded, generator, &mut structs)?;
    let server = dispatch::server(loaded, generator, &mut structs)?;
    let clients = clients::module(loaded, &mut structs)?;
    let attributes = attributes::attributes(loaded);
    let interfaces = interfaces(loaded, attributes.is_some());
    let definitions: Vec<&TokenStream> = structs.definitions().collect();
    let types = (!definitions.is_empty()).then(|| {
        quote! {
            /// Structs that methods take or give.
            #[allow(dead_code)]
            pub mod types {
                #[allow(unused_imports)]
                use super::*;

                #(#definitions)*
            }
        }
    });
    let code = quote! {
        #component_trait
        #interfaces
        #attributes
        #clients
        #types
        #server
    };
    let code: syn::File =
        syn::parse2(code).map_err(|error| format!("the code is none: {error}"))?;
    let file = loaded.file.file_name().unwrap_or_default().display();
    let head = format!(
        "// Made from {file} by component-build: the component type {}.\n",
        loaded.component().name
    );
    let items = code.items.into_iter().map(|item| {
        prettyplease::unparse(&syn::File { shebang: None, attrs: Vec::new(), items: vec![item] })
    });
    Ok(items.fold(head, |code, item| code + "\n" + &item))
}

/// Methods that are to be deferred have to be there.
fn check_deferred(loaded: &Loaded, generator: &Generator) -> Result<()> {
    let known: Vec<String> = loaded
        .interfaces()
        .filter(|interface| interface.kind == InterfaceKind::Provides)
        .filter_map(|interface| Some((interface, loaded.procedure(interface)?)))
        .flat_map(|(interface, procedure)| {
            procedure.methods.iter().map(|method| format!("{}.{}", interface.name, method.name))
        })
        .collect();
    for name in &generator.deferred {
        if !known.contains(name) {
            return Err(format!(
                "deferred({name:?}): {} provides no such method (expected one of {})",
                loaded.component().name,
                known.join(", ")
            ));
        }
    }
    Ok(())
}

fn interfaces(loaded: &Loaded, has_attributes: bool) -> TokenStream {
    let component = loaded.component();
    let mut fields = Vec::new();
    let mut values = Vec::new();
    let mut statics = Vec::new();
    let mut taken = vec!["runtime".to_owned(), "attributes".to_owned()];
    let mut add = |name: &str, doc: String, ty: TokenStream, value: TokenStream| {
        let mut field = name.to_owned();
        while taken.contains(&field) {
            field.push('_');
        }
        let ident = names::value(&field);
        taken.push(field);
        fields.push(quote!(#[doc = #doc] pub #ident: #ty));
        values.push(quote!(#ident: #value));
    };
    for interface in loaded.interfaces() {
        let (doc, ty, value) = field(loaded, interface);
        add(&interface.name, doc, ty, value);
    }
    for lock in &component.locks {
        let name = lock.name.as_str();
        let ident = names::upper(name);
        let (word, ty, value) = match lock.kind {
            LockKind::Mutex => {
                ("mutex", quote!(::component::Mutex), quote!(::component::Mutex::new(#name)))
            }
            LockKind::Semaphore => (
                "semaphore",
                quote!(::component::Semaphore),
                quote!(::component::Semaphore::new(#name, 1, u32::MAX)),
            ),
            LockKind::BinarySemaphore => (
                "binary_semaphore",
                quote!(::component::Semaphore),
                quote!(::component::Semaphore::new(#name, 0, 1)),
            ),
        };
        statics.push(quote!(static #ident: #ty = #value;));
        let value = match lock.kind {
            LockKind::Mutex => quote!(&#ident),
            LockKind::Semaphore | LockKind::BinarySemaphore => quote!(#ident.configure()),
        };
        add(name, format!(" `has {word} {name}`"), quote!(&'static #ty), value);
    }
    if has_attributes {
        fields.push(quote! {
            /// The attributes.
            pub attributes: Attributes
        });
        values.push(quote!(attributes: ::component::_private::attributes(Attributes::from_fields)));
    }
    let doc = format!(" What a `{}` is connected to.", component.name);
    quote! {
        #[doc = #doc]
        #[derive(Debug)]
        #[allow(dead_code)]
        pub struct Interfaces {
            #(#fields,)*
            /// Everything else of the instance, and interfaces that an application has added.
            pub runtime: ::component::Runtime,
        }

        impl Interfaces {
            fn new() -> Self {
                #(#statics)*
                let runtime = ::component::Runtime::new();
                Self { #(#values,)* runtime }
            }
        }
    }
}

/// Documentation, type and value of an interface's field.
fn field(loaded: &Loaded, interface: &Interface) -> (String, TokenStream, TokenStream) {
    let name = interface.name.as_str();
    let maybe = if interface.optional { "maybe " } else { "" };
    let found = |ty: TokenStream, found: TokenStream| match interface.optional {
        true => (quote!(::core::option::Option<#ty>), found),
        false => (ty, quote!(#found.unwrap_or_else(|| runtime.unconnected(#name)))),
    };
    let ty = match &interface.ty {
        InterfaceType::Procedure(id) => loaded.model[*id].name.clone(),
        InterfaceType::Event(ty) => ty.clone(),
        InterfaceType::Dataport { ty, size: Some(size) } => format!("{ty}({size})"),
        InterfaceType::Dataport { ty, size: None } => ty.clone(),
    };
    let doc = |word: &str| format!(" `{maybe}{word} {ty} {name}`");
    match interface.kind {
        InterfaceKind::Uses if is_queue(&ty) => {
            let (ty, value) =
                found(quote!(::component::VirtQueue), quote!(runtime.virtqueue(#name)));
            (doc("uses"), ty, value)
        }
        InterfaceKind::Uses => {
            let client = names::ty(&ty);
            let (ty, value) = found(
                quote!(clients::#client),
                quote!(runtime.connection(#name).map(clients::#client::new)),
            );
            (doc("uses"), ty, value)
        }
        InterfaceKind::Provides => {
            (doc("provides"), quote!(::component::Provided), quote!(runtime.provided(#name)))
        }
        // Nobody may be there: then nothing is sent, and nothing comes.
        InterfaceKind::Emits => (
            doc("emits"),
            quote!(::component::Emitter),
            quote!(runtime.emitter(#name).unwrap_or_default()),
        ),
        InterfaceKind::Consumes => (
            doc("consumes"),
            quote!(::component::Event),
            quote!(runtime.event(#name).unwrap_or_default()),
        ),
        InterfaceKind::Dataport => {
            let (ty, value) = found(quote!(::component::Dataport), quote!(runtime.dataport(#name)));
            (doc("dataport"), ty, value)
        }
    }
}
