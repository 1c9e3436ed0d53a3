//! A guest that must not notice what another one does.
//!
//! It fills memory and registers with numbers, lets its second processor count interrupts of its
//! timer, and says on each question whether all that is as it should be.

use core::arch::asm;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::access::{read32, write32};
use crate::machine::{self, TIMER};
use crate::run::Random;
use crate::serial;

/// Words of memory that are filled: a mebibyte.
const WORDS: usize = 1 << 17;
static MEMORY: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// Registers of devices that keep what is written, as far as they have bits for it. None of them
/// lets an interrupt come by itself.
const REGISTERS: [u64; 18] = [
    // Of shared interrupts: whether they are on, priorities, targets, levels or edges (GIC
    // architecture, IHI 0048B 4.3).
    0x800_0104,
    0x800_0108,
    0x800_0420,
    0x800_0424,
    0x800_0428,
    0x800_0440,
    0x800_0820,
    0x800_0824,
    0x800_0828,
    0x800_0c08,
    0x800_0c0c,
    // Speed and levels of the serial port (DDI 0183), the clock's match (DDI 0224), the pins'
    // interrupt sense and event (DDI 0190).
    serial::BASE + 0x28,
    serial::BASE + 0x34,
    0x901_0004,
    0x903_0404,
    0x903_0408,
    0x903_040c,
    // The lowest priority that the processor takes, which the hardware keeps.
    PRIORITY_MASK,
];
const PRIORITY_MASK: u64 = 0x801_0004;

/// The period of the second processor's timer.
const TICK_MICROSECONDS: u64 = 5_000;
/// Interrupts of its timer that the second processor has taken, and the first one that wasn't it.
static TICKS: AtomicU64 = AtomicU64::new(0);
static STRANGE_INTERRUPT: AtomicU64 = AtomicU64::new(0);
/// The seed of the second processor's registers, and whether they have changed.
static SEED: AtomicU64 = AtomicU64::new(0);
static SECOND_CHANGED: AtomicU64 = AtomicU64::new(0);

/// What has changed, and shouldn't have.
enum Change {
    Memory { word: usize },
    Device { address: u64, was: u32, is: u32 },
    Processor { number: u8 },
    Interrupt { number: u64 },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { word } => write!(f, "word {word} of memory"),
            Self::Device { address, was, is } => {
                write!(f, "register {address:#x} from {was:#x} to {is:#x}")
            }
            Self::Processor { number } => write!(f, "a register of processor {number}"),
            Self::Interrupt { number } => write!(f, "the timer's interrupt to {number}"),
        }
    }
}

/// Registers of a processor that nothing but a program of its own changes.
struct Registers([u64; 5]);

impl Registers {
    /// Writes numbers to them.
    fn fill(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let [a, b, c, d, e] = [(); 5].map(|()| random.next());
        // SAFETY: translation is off, so that neither memory attributes nor the context change
        // anything; nobody else here uses the thread registers.
        unsafe {
            asm!("msr tpidr_el0, {}", "msr tpidrro_el0, {}", "msr tpidr_el1, {}",
                 "msr mair_el1, {}", "msr ttbr0_el1, {}",
                 in(reg) a, in(reg) b, in(reg) c, in(reg) d, in(reg) e);
        }
        Self::read()
    }

    fn read() -> Self {
        let [a, b, c, d, e];
        // SAFETY: they are read.
        unsafe {
            asm!("mrs {}, tpidr_el0", "mrs {}, tpidrro_el0", "mrs {}, tpidr_el1",
                 "mrs {}, mair_el1", "mrs {}, ttbr0_el1",
                 out(reg) a, out(reg) b, out(reg) c, out(reg) d, out(reg) e);
        }
        Self([a, b, c, d, e])
    }
}

/// What the witness knows.
pub struct Witness {
    seed: u64,
    registers: Registers,
    devices: [u32; REGISTERS.len()],
    asked: u64,
    sum: u64,
}

impl Witness {
    /// Fills everything with numbers that follow from the seed, and starts the second processor.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        for word in &MEMORY {
            word.store(random.next(), Ordering::Relaxed);
        }
        machine::allow_timer();
        let devices = REGISTERS.map(|register| {
            let [.., high, low] = random.next().to_be_bytes();
            let value = u32::from_be_bytes([low, high, high, low]);
            // The timer has priority 0: it is taken whatever the others are.
            write32(register, if register == PRIORITY_MASK { value | 0x80 } else { value });
            read32(register)
        });
        SEED.store(!seed, Ordering::Relaxed);
        machine::start_second();
        Self { seed, registers: Registers::fill(seed), devices, asked: 0, sum: 0 }
    }

    /// How many registers of devices keep something else than zero.
    pub fn kept(&self) -> usize {
        self.devices.iter().filter(|&&value| value != 0).count()
    }

    /// Answers a question: how many there were, the number's square, the sum of all numbers so far,
    /// and what has changed. Before that both processors wait for their timers.
    pub fn answer(&mut self, number: u64) {
        self.asked += 1;
        self.sum = self.sum.wrapping_add(number);
        let (asked, sum) = (self.asked, self.sum);
        let square = number.wrapping_mul(number);
        let change = self.change();
        serial::print(format_args!("register-fuzz: answer {asked}: {square}, sum {sum}, "));
        match change {
            None => serial::print(format_args!("nothing has changed;\n")),
            Some(change) => serial::print(format_args!("{change} has changed;\n")),
        }
    }

    fn change(&self) -> Option<Change> {
        let ticks = TICKS.load(Ordering::Relaxed);
        while TICKS.load(Ordering::Relaxed).wrapping_sub(ticks) < 2 {
            let interrupt = machine::sleep(TICK_MICROSECONDS);
            if interrupt != TIMER {
                return Some(Change::Interrupt { number: interrupt.into() });
            }
        }
        match STRANGE_INTERRUPT.load(Ordering::Relaxed) {
            0 => (),
            number => return Some(Change::Interrupt { number }),
        }
        if SECOND_CHANGED.load(Ordering::Relaxed) != 0 {
            return Some(Change::Processor { number: 1 });
        }
        if Registers::read().0 != self.registers.0 {
            return Some(Change::Processor { number: 0 });
        }
        for (address, was) in REGISTERS.into_iter().zip(self.devices) {
            let is = read32(address);
            if is != was {
                return Some(Change::Device { address, was, is });
            }
        }
        let mut random = Random::new(self.seed);
        let word = MEMORY.iter().position(|word| word.load(Ordering::Relaxed) != random.next())?;
        Some(Change::Memory { word })
    }
}

/// What the second processor does.
pub fn second() -> ! {
    machine::allow_timer();
    let registers = Registers::fill(SEED.load(Ordering::Relaxed));
    // It is the only one to change these, so that a load and a store will do.
    loop {
        let interrupt = machine::sleep(TICK_MICROSECONDS);
        if interrupt != TIMER {
            STRANGE_INTERRUPT.store(interrupt.into(), Ordering::Relaxed);
        }
        if Registers::read().0 != registers.0 {
            SECOND_CHANGED.store(1, Ordering::Relaxed);
        }
        TICKS.store(TICKS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
}
