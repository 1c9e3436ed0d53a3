//! What is typed on the serial port.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::run::{self, Random};
use crate::witness::{self, Witness};
use crate::{machine, serial};

/// Whether this guest is a witness.
static WITNESS: AtomicBool = AtomicBool::new(false);

/// Obeys commands until one ends the machine's life.
pub fn obey() -> ! {
    serial::print(format_args!("register-fuzz: ready\n"));
    let mut witness: Option<Witness> = None;
    loop {
        let mut buffer = [0; 64];
        let line = serial::line(&mut buffer);
        let mut words = line.split_whitespace();
        let Some(command) = words.next() else {
            continue;
        };
        let number = words.next().and_then(|word| word.parse().ok());
        match (command, number, &mut witness) {
            ("off", None, _) => off(),
            ("reads", None, _) => {
                machine::reads();
                off();
            }
            ("doorbell", None, _) => crate::doorbell::visit(),
            ("reset", None, _) => reset(),
            ("witness", Some(seed), None) => {
                WITNESS.store(true, Ordering::Relaxed);
                let kept = witness.insert(Witness::new(seed)).kept();
                serial::print(format_args!(
                    "register-fuzz: witness with seed {seed}, {kept} registers;\n"
                ));
            }
            ("ask", Some(number), Some(witness)) => witness.answer(number),
            (seed, Some(milliseconds), None) if let Ok(seed) = seed.parse() => {
                fuzz(seed, milliseconds);
                reset();
            }
            _ => serial::print(format_args!("register-fuzz: `{line}` is no command here\n")),
        }
    }
}

fn off() -> ! {
    serial::print(format_args!("register-fuzz: off\n"));
    machine::off()
}

fn reset() -> ! {
    machine::reset();
    serial::print(format_args!("register-fuzz: the machine wasn't reset\n"));
    machine::off()
}

fn fuzz(seed: u64, milliseconds: u64) {
    let mut random = Random::new(seed);
    machine::start_second();
    let end = machine::count().wrapping_add(milliseconds.wrapping_mul(machine::frequency() / 1000));
    let steps = run::until(end, &mut random);
    machine::wait_for_second();
    serial::reset();
    serial::print(format_args!("\nregister-fuzz: {steps} steps with seed {seed}, reset\n"));
}

/// What the second processor does.
pub fn second() -> ! {
    if WITNESS.load(Ordering::Relaxed) {
        witness::second();
    }
    run::until(u64::MAX, &mut Random::new(!machine::count()));
    machine::processor_off()
}
