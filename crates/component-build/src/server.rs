//! The trait that the component implements.

use camkes_lang::ast::InterfaceKind;
use proc_macro2::TokenStream;
use quote::quote;

use crate::load::Loaded;
use crate::types::{Signature, Structs};
use crate::{Generator, Result, names};

/// The name of an interface's function for events, and why it is called.
pub(crate) fn event_handler(kind: InterfaceKind) -> Option<(&'static str, &'static str)> {
    match kind {
        InterfaceKind::Consumes => Some(("handle", "The event has come.")),
        InterfaceKind::Uses => Some(("notified", "The server has sent an event.")),
        InterfaceKind::Provides => {
            Some(("notified", "A client has put something into its buffer."))
        }
        InterfaceKind::Dataport => Some(("notified", "There is something new in the memory.")),
        InterfaceKind::Emits => None,
    }
}

/// The trait `Component`.
pub(crate) fn component_trait(
    loaded: &Loaded, generator: &Generator, structs: &mut Structs,
) -> Result<TokenStream> {
    let component = loaded.component();
    let doc = format!(" What a `{}` does.", component.name);
    let mut functions = Vec::new();
    if component.control {
        functions.push(quote! {
            /// Runs when everything is set up. Calls and events are served while it waits with
            /// [`wait`](Self::wait), and when it has ended.
            fn run(&mut self);
        });
    }
    for interface in loaded.interfaces() {
        if interface.kind == InterfaceKind::Provides
            && let Some(procedure) = loaded.procedure(interface)
        {
            for method in &procedure.methods {
                let signature = Signature::new(structs, &loaded.model, &procedure.name, method)?;
                let deferred = is_deferred(generator, &interface.name, &method.name);
                functions.push(handler(&interface.name, &method.name, &signature, deferred));
            }
        }
    }
    for interface in loaded.interfaces() {
        let Some((suffix, why)) = event_handler(interface.kind) else {
            continue;
        };
        let name = names::member(&interface.name, suffix);
        let doc = format!(
            " `{}`: {why} By default it is kept, for whoever asks or waits for it.",
            interface.name
        );
        functions.push(quote! {
            #[doc = #doc]
            fn #name(&mut self) {
                ::component::keep_event();
            }
        });
    }
    Ok(quote! {
        #[doc = #doc]
        #[allow(dead_code, clippy::too_many_arguments, clippy::type_complexity)]
        pub trait Component: Sized {
            /// Makes it, at every start.
            fn new(interfaces: Interfaces) -> Self;

            #(#functions)*

            /// An event has come on an interface that an application has added to the component.
            /// By default it is kept, for whoever asks or waits for it.
            fn other_event(&mut self, event: ::component::Event) {
                let _ = event;
                ::component::keep_event();
            }

            /// A method was called of an interface that an application has added to the
            /// component. By default there is none.
            fn other_call(
                &mut self, interface: &str, method: ::component::Word,
                call: &mut ::component::Call<'_>,
            ) -> ::component::Handled {
                let _ = (interface, method, call);
                Err(::component::Refusal::BadMethod)
            }

            /// A processor of the component's guest has stopped; the message about it is in the
            /// IPC buffer. It goes on with the reply that is returned, if there is one.
            fn guest_fault(
                &mut self, vcpu: u8, fault: ::component::MessageInfo,
            ) -> ::core::option::Option<::component::MessageInfo> {
                let _ = (vcpu, fault);
                None
            }

            /// An interrupt of the component's guest has come, as an event that belongs to no
            /// interface. It comes again when its handler was acknowledged.
            fn guest_event(&mut self, bit: u8) {
                let _ = bit;
            }

            /// Waits for an event or a semaphore, and serves calls and other events meanwhile. In
            /// a handler nothing else is served.
            #[track_caller]
            fn wait(&mut self, on: impl ::component::Waitable) {
                ::component::_private::wait(&mut Server(self), &on);
            }
        }
    })
}

pub(crate) fn is_deferred(generator: &Generator, interface: &str, method: &str) -> bool {
    generator.deferred.iter().any(|name| *name == format!("{interface}.{method}"))
}

fn handler(
    interface: &str, method: &str, signature: &Signature<'_>, deferred: bool,
) -> TokenStream {
    let name = names::member(interface, method);
    let doc = format!(" `{interface}`: {}", signature.text);
    let parameters = signature.arguments.iter().map(|(parameter, passed)| {
        let name = names::value(&parameter.name);
        let ty = &passed.handed;
        quote!(#name: #ty)
    });
    let parameters: Vec<TokenStream> = parameters.collect();
    let result = signature.result();
    if deferred {
        return quote! {
            #[doc = #doc]
            fn #name(
                &mut self, caller: ::component::Caller, reply: ::component::Reply<'_, #result>
                #(, #parameters)*
            );
        };
    }
    let returns = if signature.returns_nothing() { quote!() } else { quote!(-> #result) };
    quote! {
        #[doc = #doc]
        fn #name(&mut self, caller: ::component::Caller #(, #parameters)*) #returns;
    }
}
