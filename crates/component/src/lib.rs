//! The runtime of components.
//!
//! A component is a crate beside its `.camkes` file. Its build script generates a trait, with a
//! function for each method that it provides and each event that it receives, and the program
//! implements it:
//!
//! ```ignore
//! #![cfg_attr(target_os = "none", no_std, no_main)]
//!
//! component::include_interfaces!();
//!
//! struct Echo;
//!
//! impl Component for Echo {
//!     fn new(_: Interfaces) -> Self {
//!         Self
//!     }
//!
//!     fn echo_echo_int(&mut self, _: Caller, number: i32) -> i32 {
//!         number
//!     }
//! }
//!
//! component::main!(Echo);
//! ```
//!
//! An instance has one thread. Its handlers run one after the other, each to its end, so there
//! are no data races and no locks are needed. A `control` component has a function `run`, which
//! may wait for events, and serves calls and other events meanwhile.
//!
//! What comes from others, calls and shared memory, is checked before it is used: a client that
//! lies gets an error, and never makes the component panic.

#![no_std]
// The entry point, the heap and memory that is shared with others are reached by address.
#![allow(unsafe_code)]

extern crate alloc;

pub mod attribute;
pub mod wire;

mod caller;
mod client;
mod console;
mod counter;
mod device;
mod dma;
#[cfg(target_os = "none")]
mod entry;
mod error;
mod event;
mod events;
mod heap;
#[cfg(not(target_os = "none"))]
pub mod host;
mod local;
mod lock;
mod logging;
mod memory;
mod reply;
mod runtime;
mod server;

pub use caller::{Caller, Provided};
pub use client::Connection;
pub use component_config as config;
pub use console::{Stdout, tell_monitor};
pub use counter::{counter, counter_frequency};
pub use device::{Dataport, Device, VirtQueue};
pub use dma::DmaBuffer;
pub use error::CallError;
pub use event::{Emitter, Event, keep_event};
pub use heap::used as heap_used;
pub use lock::{Mutex, MutexGuard, Semaphore};
pub use log;
pub use memory::{AccessError, Scalar, SharedMemory};
pub use reply::{Reply, SavedReply};
pub use runtime::Runtime;
pub use sel4::MessageInfo;
pub use server::{Answer, Call, Handled, Refusal};
pub use wire::Word;

/// What a component can wait for: an event, or a semaphore.
pub trait Waitable {
    /// Takes it if it is there.
    #[doc(hidden)]
    fn take(&self) -> bool;

    /// What messages call it.
    #[doc(hidden)]
    fn name(&self) -> &str;

    /// Whether it is there only after one of the component's own handlers has run.
    #[doc(hidden)]
    fn needs_handlers(&self) -> bool;
}

/// For generated code.
#[doc(hidden)]
pub mod _private {
    pub use crate::attribute::attributes;
    pub use crate::console::print;
    pub use crate::server::{Dispatch, expect, serve, wait};
    pub use alloc::string::String;
    pub use alloc::vec::Vec;
}

/// Includes what the build script made of the component's `.camkes` file.
#[macro_export]
macro_rules! include_interfaces {
    () => {
        include!(concat!(env!("OUT_DIR"), "/component.rs"));
    };
}

/// Defines structs that are sent part by part.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_struct {
    ($(#[$doc:meta])* pub struct $name:ident {
        $($(#[$field_doc:meta])* pub $field:ident: $ty:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
        }

        impl $crate::wire::Encode for $name {
            fn encode(&self, writer: &mut $crate::wire::Writer<'_>) {
                let _ = &writer;
                $($crate::wire::Encode::encode(&self.$field, writer);)*
            }
        }

        impl<'a> $crate::wire::Decode<'a> for $name {
            fn decode(
                reader: &mut $crate::wire::Reader<'a>,
            ) -> ::core::result::Result<Self, $crate::wire::Malformed> {
                let _ = &reader;
                Ok(Self { $($field: $crate::wire::Decode::decode(reader)?,)* })
            }
        }
    };
}

/// Defines structs of attributes: the text is the key of the field.
#[doc(hidden)]
#[macro_export]
macro_rules! attribute_struct {
    ($(#[$doc:meta])* pub struct $name:ident {
        $($(#[$field_doc:meta])* pub $field:ident: $ty:ty = $key:literal),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
        }

        impl $name {
            fn from_fields(
                fields: $crate::config::value::Dict<'static>,
            ) -> ::core::result::Result<Self, $crate::attribute::Mismatch> {
                Ok(Self { $($field: $crate::attribute::field(fields, $key)?,)* })
            }
        }

        impl $crate::attribute::FromValue for $name {
            fn from_value(
                value: $crate::attribute::Value,
            ) -> ::core::result::Result<Self, $crate::attribute::Mismatch> {
                Self::from_fields($crate::attribute::fields(value)?)
            }
        }
    };
}

/// Makes a program of a type that implements the generated trait `Component`.
#[macro_export]
macro_rules! main {
    ($component:ty) => {
        #[cfg(target_os = "none")]
        const _: () = {
            #[unsafe(no_mangle)]
            fn __component_main() -> ! {
                start::<$component>()
            }
        };

        /// Components run on seL4; on the host they are only checked.
        #[cfg(not(target_os = "none"))]
        fn main() {
            start::<$component>()
        }
    };
}
