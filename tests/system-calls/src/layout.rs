//! Where things are in the address space of the task under test.

use sel4::Word;

use crate::random::Random;
use crate::script;

/// Threads that make random calls.
pub const THREADS: usize = 3;
const PAGE: usize = 4096;
/// The page with the program.
pub const CODE: usize = 0x40_0000;

/// IPC buffer of a thread.
pub const fn ipc_buffer(thread: usize) -> usize {
    CODE + (1 + thread) * PAGE
}

/// Script of a thread.
pub const fn script(thread: usize) -> usize {
    CODE + (1 + THREADS + thread * script::PAGES) * PAGE
}

/// An address at which something is or can be, or now and then any.
pub fn address(random: &mut Random) -> Word {
    let near = (CODE + random.index(64) * PAGE) as Word;
    match random.below(10) {
        0..5 => near,
        5 => ipc_buffer(random.index(THREADS)) as Word,
        6 => near + random.below(8192),
        // Where a large or a huge page fits, and other page tables are needed.
        7 => (1 + random.below(8)) << 21,
        8 => random.below(4) << 30,
        _ => random.word() & !0xfff,
    }
}
