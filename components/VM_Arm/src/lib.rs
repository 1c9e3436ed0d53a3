//! The component VM: the monitor of one Arm guest, as a library.
//!
//! The guest's objects come with the system. Here they are put together to a machine of the crate
//! `vmm-sel4`, the files are loaded, and every message of the guest's processors is passed on. What
//! the machine consists of are [modules](Module): the guest's memory is one, the interrupt
//! controller, the console. An application whose VM has modules of its own has a crate for it, with
//! a list of them:
//!
//! ```no_run
//! #![cfg_attr(target_os = "none", no_std, no_main)]
//!
//! extern crate alloc;
//!
//! use alloc::boxed::Box;
//! use vm_arm::{Error, Modules, Running, Setup, Signal, modules};
//!
//! /// Restarts the guest when somebody asks for it.
//! struct Watchdog;
//!
//! impl vm_arm::Module for Watchdog {
//!     fn name(&self) -> &'static str {
//!         "watchdog"
//!     }
//!
//!     fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
//!         setup.listen("notification_ready").ok_or("notification_ready is not connected")?;
//!         Ok(())
//!     }
//!
//!     fn event(&mut self, _: Signal, guest: &mut Running<'_>) {
//!         guest.restart();
//!     }
//! }
//!
//! fn all() -> Modules {
//!     let mut all = modules::standard();
//!     all.push(Box::new(Watchdog));
//!     all
//! }
//!
//! vm_arm::main!(all);
//! ```
//!
//! | module | subject |
//! |---|---|
//! | [`Module`], [`Setup`], [`Running`] | what a module is, and what it is given |
//! | [`modules`] | the standard ones |
//! | [`place`] | where the board has a device |

#![cfg_attr(target_os = "none", no_std)]

extern crate alloc;

mod alarm;
mod attributes;
mod error;
mod guest;
mod listeners;
mod module;
pub mod modules;
pub mod place;
mod processors;
mod report;
mod running;
mod setup;
mod vm;

pub use component;
pub use error::Error;
pub use listeners::Signal;
pub use module::{Module, Modules, Occasion};
pub use running::Running;
pub use setup::{Setup, Watch};
#[doc(hidden)]
pub use vm::run;

/// Makes a program of the function that lists the modules of its guest's machine.
#[macro_export]
macro_rules! main {
    ($modules:path) => {
        const _: () = {
            struct List;

            impl $crate::List for List {
                fn modules() -> $crate::Modules {
                    $modules()
                }
            }

            #[cfg(target_os = "none")]
            #[unsafe(no_mangle)]
            fn __component_main() -> ! {
                $crate::run::<List>()
            }
        };

        /// Components run on seL4; on the host they are only checked.
        #[cfg(not(target_os = "none"))]
        fn main() {
            let _ = $modules;
        }
    };
}

#[doc(hidden)]
pub use vm::List;
