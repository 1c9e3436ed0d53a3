//! A guest that writes random values to every register that it can reach, and reads them.
//!
//! It is entered as any kernel, at EL1 with translation off, and prints `register-fuzz: ready` on its
//! serial port. A line `SEED MILLISECONDS` starts a run; `off` switches the machine off,
//! and `reads` reads a register a thousand times before that. A run uses all
//! of a processor's accesses: every width, with and without an instruction syndrome, to the
//! interrupt controller, the serial port, its processor's interface, and to where nothing is; random
//! calls, random system registers, waiting, a second processor. At its end the guest resets the
//! machine: then it has to print `register-fuzz: ready` again.
//!
//! Nothing here has to succeed: what the architecture forbids is an exception, which goes on behind
//! the instruction.

#![cfg_attr(target_os = "none", no_std, no_main)]
// A guest without an operating system: device registers and instructions are its whole purpose.
#![allow(unsafe_code)]

#[cfg(target_os = "none")]
mod access;
#[cfg(target_os = "none")]
mod machine;
#[cfg(target_os = "none")]
mod run;
#[cfg(target_os = "none")]
mod serial;

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    serial::reset();
    serial::print(format_args!("register-fuzz: {info}\n"));
    machine::off()
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("The guest runs in a virtual machine: `cargo xtask stress registers` starts it.");
    std::process::exit(1);
}
