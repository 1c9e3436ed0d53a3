//! The program that makes the random system calls.
//!
//! It is a page of its own, the only one that the task under test can execute, and needs nothing
//! but registers and the calls that the supervisor wrote down for it ([`crate::script`]). So
//! whatever the task's threads are made to do, they reach no memory of anybody else.
//!
//! x19 has the number of calls, x20 the first one's address, x21 the IPC buffer.

use core::arch::global_asm;

use crate::script::{CALL_BYTES, CAPS, DONE, IPC, IPC_CAPS, MESSAGES, RESULT};

macro_rules! agent {
    ($symbol:literal, $begin:literal, $call:literal) => {
        concat!(
            ".balign 128\n",
            ".global ",
            $symbol,
            "\n",
            $symbol,
            ":\n",
            $begin,
            "\n",
            // Vector registers of another thread have to move.
            "fmov d8, x20\n",
            "1: cbz x19, 9f\n",
            // Message registers, then capabilities and the path to the receive slot.
            "add x22, x20, #{ipc}\n",
            "add x23, x21, #8\n",
            "mov x24, #{messages} / 2\n",
            "2: ldp x25, x26, [x22], #16\n",
            "stp x25, x26, [x23], #16\n",
            "subs x24, x24, #1\n",
            "b.ne 2b\n",
            "add x22, x20, #{caps}\n",
            "add x23, x21, #{ipc_caps}\n",
            "mov x24, #3\n",
            "3: ldp x25, x26, [x22], #16\n",
            "stp x25, x26, [x23], #16\n",
            "subs x24, x24, #1\n",
            "b.ne 3b\n",
            "ldp x0, x1, [x20]\n",
            "ldp x2, x3, [x20, #16]\n",
            "ldp x4, x5, [x20, #32]\n",
            "ldr x7, [x20, #48]\n",
            $call,
            "\n",
            "str x1, [x20, #{result}]\n",
            "mov x25, #1\n",
            "str x25, [x20, #{done}]\n",
            "add x20, x20, #{bytes}\n",
            "sub x19, x19, #1\n",
            "b 1b\n",
            // Tells the supervisor.
            "9: udf #0\n",
            "b .\n",
        )
    };
}

global_asm! {
    ".pushsection .text.agent, \"ax\"",
    ".balign 4096",
    ".global agent_page",
    "agent_page:",
    agent!("agent_thread", "", "svc #0"),
    // A guest has to allow itself the vector registers.
    agent!("agent_guest", "mov x22, #0x300000\nmsr cpacr_el1, x22\nisb", "hvc #0"),
    ".balign 4096",
    ".popsection",
    ipc = const IPC * 8,
    messages = const MESSAGES,
    caps = const CAPS * 8,
    ipc_caps = const IPC_CAPS * 8,
    result = const RESULT * 8,
    done = const DONE * 8,
    bytes = const CALL_BYTES,
}

unsafe extern "C" {
    fn agent_page();
    fn agent_thread();
    fn agent_guest();
}

/// Address of the page in the image.
pub fn page() -> usize {
    agent_page as *const () as usize
}

/// Where in the page a thread begins, and where a guest at EL1 does.
pub fn entries() -> [usize; 2] {
    [agent_thread as *const () as usize - page(), agent_guest as *const () as usize - page()]
}
