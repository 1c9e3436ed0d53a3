//! From the numbers in a message to the component's functions.

use camkes_lang::ast::InterfaceKind;
use camkes_lang::model::Parameter;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::load::Loaded;
use crate::server::{event_handler, is_deferred};
use crate::types::{Signature, Structs, tuple};
use crate::{Generator, Result, names};

/// The struct `Server` and the function `start`.
pub(crate) fn server(
    loaded: &Loaded, generator: &Generator, structs: &mut Structs,
) -> Result<TokenStream> {
    let mut calls = Vec::new();
    let mut provided = Vec::new();
    for interface in loaded.interfaces() {
        let Some(procedure) = loaded.procedure(interface) else {
            continue;
        };
        if interface.kind != InterfaceKind::Provides {
            continue;
        }
        let number = Literal::usize_unsuffixed(provided.len());
        provided.push(interface.name.as_str());
        for (index, method) in procedure.methods.iter().enumerate() {
            let signature = Signature::new(structs, &loaded.model, &procedure.name, method)?;
            let deferred = is_deferred(generator, &interface.name, &method.name);
            let index = Literal::usize_unsuffixed(index);
            let body = call(&interface.name, &method.name, &signature, deferred);
            calls.push(quote!((#number, #index) => { #body }));
        }
    }
    let mut expected = Vec::new();
    let mut events = Vec::new();
    for interface in loaded.interfaces() {
        if let Some((suffix, _)) = event_handler(interface.kind) {
            let number = Literal::usize_unsuffixed(expected.len());
            expected.push(interface.name.as_str());
            let name = names::member(&interface.name, suffix);
            events.push(quote!(#number => self.0.#name(),));
        }
    }
    let run = loaded.component().control.then(|| quote!(component.run();));
    let call_function = if calls.is_empty() {
        quote! {
            fn call(
                &mut self, _: usize, _: ::component::Word, _: &mut ::component::Call<'_>,
            ) -> ::component::Handled {
                Err(::component::Refusal::BadMethod)
            }
        }
    } else {
        quote! {
            #[inline]
            fn call(
                &mut self, interface: usize, method: ::component::Word,
                call: &mut ::component::Call<'_>,
            ) -> ::component::Handled {
                let caller = call.caller();
                match (interface, method) {
                    #(#calls)*
                    _ => Err(::component::Refusal::BadMethod),
                }
            }
        }
    };
    let event_function = if events.is_empty() {
        quote!(
            fn event(&mut self, _: usize) {}
        )
    } else {
        quote! {
            #[allow(clippy::single_match)]
            fn event(&mut self, interface: usize) {
                match interface {
                    #(#events)*
                    _ => (),
                }
            }
        }
    };
    Ok(quote! {
        /// Gives calls and events to a component.
        #[allow(dead_code)]
        struct Server<'a, C>(&'a mut C);

        #[allow(clippy::type_complexity)]
        impl<C: Component> ::component::_private::Dispatch for Server<'_, C> {
            #call_function

            #event_function

            fn other_call(
                &mut self, interface: &str, method: ::component::Word,
                call: &mut ::component::Call<'_>,
            ) -> ::component::Handled {
                self.0.other_call(interface, method, call)
            }

            fn other_event(&mut self, event: ::component::Event) {
                self.0.other_event(event);
            }

            fn guest_fault(
                &mut self, vcpu: u8, fault: ::component::MessageInfo,
            ) -> ::core::option::Option<::component::MessageInfo> {
                self.0.guest_fault(vcpu, fault)
            }

            fn guest_event(&mut self, bit: u8) {
                self.0.guest_event(bit);
            }
        }

        /// The interfaces by their numbers, for calls and for events.
        const PROVIDED: &[&str] = &[#(#provided),*];
        const EXPECTED: &[&str] = &[#(#expected),*];

        /// Runs a component.
        #[allow(dead_code)]
        fn start<C: Component>() -> ! {
            ::component::_private::expect(PROVIDED, EXPECTED);
            let mut component = C::new(Interfaces::new());
            #run
            ::component::_private::serve(&mut Server(&mut component))
        }
    })
}

/// What is done for one method.
fn call(interface: &str, method: &str, signature: &Signature<'_>, deferred: bool) -> TokenStream {
    let function = names::member(interface, method);
    let name = |parameter: &Parameter| match parameter.name.as_str() {
        // Names of this function's own.
        own @ ("call" | "caller" | "answer" | "handler" | "reply") => format_ident!("{own}_"),
        other => names::value(other),
    };
    let idents: Vec<TokenStream> = signature
        .arguments
        .iter()
        .map(|(parameter, _)| {
            let name = name(parameter);
            quote!(#name)
        })
        .collect();
    let types: Vec<TokenStream> =
        signature.arguments.iter().map(|(_, passed)| passed.decoded.clone()).collect();
    let passed: Vec<TokenStream> = signature
        .arguments
        .iter()
        .map(|(parameter, passed)| {
            let name = name(parameter);
            if passed.by_reference { quote!(&#name) } else { quote!(#name) }
        })
        .collect();
    let decode = if idents.is_empty() {
        quote!(call.arguments::<()>()?;)
    } else {
        let (pattern, types) = (tuple(&idents), tuple(&types));
        quote!(let #pattern = call.arguments::<#types>()?;)
    };
    if deferred {
        return quote! {
            #decode
            let handler = ();
            let reply = ::component::Reply::new(&handler, caller);
            self.0.#function(caller, reply #(, #passed)*);
            Ok(::component::Answer::DEFERRED)
        };
    }
    let answer = if signature.returns_nothing() {
        quote! {
            self.0.#function(caller #(, #passed)*);
            Ok(call.answer(&()))
        }
    } else {
        quote! {
            let answer = self.0.#function(caller #(, #passed)*);
            Ok(call.answer(&answer))
        }
    };
    quote!(#decode #answer)
}
