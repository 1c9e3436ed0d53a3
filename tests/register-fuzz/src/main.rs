//! A guest that writes random values to every register that it can reach, and reads them.
//!
//! It is entered as any kernel, at EL1 with translation off, and prints `register-fuzz: ready` on its
//! serial port. What is typed then:
//!
//! | line | effect |
//! |---|---|
//! | `SEED MILLISECONDS` | a run, after which the guest resets the machine: then it has to print `register-fuzz: ready` again |
//! | `witness SEED` | it becomes a witness of another guest's run: it keeps numbers in memory and registers, and its second processor counts |
//! | `ask NUMBER` | a witness answers with the number's square, how often it was asked, the sum of all numbers, and what has changed |
//! | `doorbell` | the device of `tests/camkes-modules` is used, and what it did is told |
//! | `reset`, `off` | the machine is reset, or switched off |
//! | `reads` | a register is read a thousand times, then the machine is switched off |
//!
//! A run uses all of a processor's accesses: every width, with and without an instruction syndrome, to
//! the interrupt controller, the serial port, the clock, the power button, its processor's interface,
//! and to where nothing is; random calls, random system registers, waiting, a second processor.
//!
//! Nothing here has to succeed: what the architecture forbids is an exception, which goes on behind
//! the instruction.

#![cfg_attr(target_os = "none", no_std, no_main)]
// A guest without an operating system: device registers and instructions are its whole purpose.
#![allow(unsafe_code)]

#[cfg(target_os = "none")]
mod access;
#[cfg(target_os = "none")]
mod commands;
#[cfg(target_os = "none")]
mod doorbell;
#[cfg(target_os = "none")]
mod machine;
#[cfg(target_os = "none")]
mod run;
#[cfg(target_os = "none")]
mod serial;
#[cfg(target_os = "none")]
mod witness;

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
