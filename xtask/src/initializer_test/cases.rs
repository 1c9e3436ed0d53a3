//! The systems, and what their images have to print.

use anyhow::Result;
use initializer_tests::BROKEN;
use system_spec::check::Geometry;
use system_spec::model::{Object, ObjectKind, OnFault, System};

use super::system::{self, Programs};

/// One system.
pub struct Case {
    pub name: &'static str,
    pub system: System,
    /// The lines from the first of these on; `*` stands for any text.
    pub lines: Vec<String>,
    pub last: &'static str,
}

/// The last line of a system that runs.
const DONE: &str = "client: done";
/// The last line of one that can't be made.
const NOT_STARTED: &str = "initializer: the system was not started";

/// All systems.
pub fn all(programs: &Programs, geometry: Geometry) -> Result<Vec<Case>> {
    let build = |on_fault| system::build(programs, geometry, on_fault);
    let mut cases = vec![
        Case {
            name: "restarts, up to a limit",
            system: build(OnFault::Restart { limit: 8 })?,
            lines: run(RESTARTED),
            last: DONE,
        },
        Case {
            name: "halted at once",
            system: build(OnFault::Halt)?,
            lines: run(HALTED),
            last: DONE,
        },
    ];
    let mut system = build(OnFault::Halt)?;
    for object in &mut system.objects {
        if let ObjectKind::Tcb(thread) = &mut object.kind
            && object.name == "server.thread"
        {
            thread.arguments[0] = BROKEN;
        }
    }
    let lines = run(SUSPENDED);
    cases.push(Case { name: "suspended at the second fault", system, lines, last: SUSPENSION });
    for (name, change, message) in IMPOSSIBLE {
        let mut system = build(OnFault::Halt)?;
        change(&mut system);
        let lines = vec![format!("initializer: {message}"), NOT_STARTED.to_owned()];
        cases.push(Case { name, system, lines, last: NOT_STARTED });
    }
    Ok(cases)
}

fn run(rest: &[&str]) -> Vec<String> {
    START.iter().chain(rest).map(|line| (*line).to_owned()).collect()
}

const START: &[&str] = &[
    "initializer: * objects (4.1 MiB) for 2 instances are up, 3.0 MiB copied; the monitor keeps 2 \
     threads, a fault endpoint, a notification, and nothing else",
    "monitor: a thread that isn't watched (badge 0x4d): write to 0xf* at 0x*",
    "server: start 1, reason 0",
    "client: started with 0xc0ffee01 0 3 4",
    "client: the clock is part 0x31",
    "client: the file is complete: true; zeros follow it: true",
    "client: an object of its own untyped: Ok(())",
    "client: its interrupt: Ok(())",
    "client: the alarm raised 0x8000000000000020; acknowledged: Ok(())",
    "client: method 0 gives 42",
    "client: method 1 gives 1",
];

const RESTARTED: &[&str] = &[
    "monitor: server: read of 0x8 (where nothing is mapped) at 0x* in *::misbehave+0x*",
    "monitor: server: restarted (1 of 8)",
    "server: start 2, reason 1",
    "client: method 2 gives (server restarted)",
    "client: server was started 2 times",
    "monitor: server: write to 0x* (in `server.image.0x*`, which can be executed) at 0x* in *+0x*",
    "monitor: server: restarted (2 of 8)",
    "server: start 3, reason 1",
    "client: method 3 gives (server restarted)",
    "client: server was started 3 times",
    "monitor: server: jump to 0x10027ff0 (in `server.stack.1`, which can be written)",
    "monitor: server: restarted (3 of 8)",
    "server: start 4, reason 1",
    "client: method 4 gives (server restarted)",
    "client: server was started 4 times",
    "monitor: server: write to 0x10025* (just below `server.stack.0`) at 0x* in *::recurse+0x*",
    "monitor: server: restarted (4 of 8)",
    "server: start 5, reason 1",
    "client: method 5 gives (server restarted)",
    "client: server was started 5 times",
    "panicked at tests/initializer/src/bin/server.rs:*:",
    "asked to",
    "monitor: server: panicked at 0x* in *+0x*",
    "monitor: server: restarted (5 of 8)",
    "server: start 6, reason 1",
    "client: method 6 gives (server restarted)",
    "client: server was started 6 times",
    "monitor: server: unknown system call 0x4d2 at 0x* in *::misbehave+0x*",
    "monitor: server: restarted (6 of 8)",
    "server: start 7, reason 1",
    "client: method 7 gives (server restarted)",
    "client: server was started 7 times",
    "monitor: server: receiving from capability 0x9 (no capability there, with 0 bits left) at 0x* \
     in *::misbehave+0x*",
    "monitor: server: restarted (7 of 8)",
    "server: start 8, reason 1",
    "client: method 8 gives (server restarted)",
    "client: server was started 8 times",
    "monitor: server: an undefined instruction (syndrome 0x2000000) at 0x* in *::misbehave+0x*",
    "monitor: server: restarted (8 of 8)",
    "server: start 9, reason 1",
    "client: method 9 gives (server restarted)",
    "client: server was started 9 times",
    "monitor: server: sent a message that is no fault",
    "monitor: server: halted after 8 restarts",
    "client: method 10 gives (server halted)",
    "client: server was started (server halted) times",
    "client: done",
];

const HALTED: &[&str] = &[
    "monitor: server: read of 0x8 (where nothing is mapped) at 0x* in *::misbehave+0x*",
    "monitor: server: halted",
    "client: method 2 gives (server halted)",
    "client: server was started (server halted) times",
    "client: method 3 gives (server halted)",
    "*",
    "client: method 4 gives (server halted)",
    "*",
    "client: method 5 gives (server halted)",
    "*",
    "client: method 6 gives (server halted)",
    "*",
    "client: method 7 gives (server halted)",
    "*",
    "client: method 8 gives (server halted)",
    "*",
    "client: method 9 gives (server halted)",
    "*",
    "client: method 10 gives (server halted)",
    "client: server was started (server halted) times",
    "client: done",
];

const SUSPENDED: &[&str] = &[
    "monitor: server: read of 0x8 (where nothing is mapped) at 0x* in *+0x*",
    "monitor: server: halted",
    "monitor: server: read of 0x8 (where nothing is mapped) at 0x* in *+0x*",
    SUSPENSION,
];

/// The last line of a server that can't even be halted; its client waits.
const SUSPENSION: &str = "monitor: server: suspended, it can't answer its clients any more";

/// A change that makes a system impossible, and the message.
type Impossible = (&'static str, fn(&mut System), &'static str);

const IMPOSSIBLE: &[Impossible] = &[
    (
        "too little memory",
        |system| {
            add(system, "much", ObjectKind::Untyped { size_bits: 31, paddr: None });
        },
        "cannot make `much`: no untyped has 2 GiB left; * GiB are left in all, * in one piece",
    ),
    (
        "an address that nothing has",
        |system| {
            // More bits than any processor here has.
            let paddr = Some(0x1000_0000_0000);
            add(system, "nowhere", ObjectKind::Frame { size_bits: 12, paddr, fills: vec![] });
        },
        "cannot make `nowhere`: no untyped has the 4 KiB at physical address 0x100000000000",
    ),
    (
        "two objects at one address",
        |system| {
            let paddr = Some(0x901_0000);
            add(system, "second", ObjectKind::Frame { size_bits: 12, paddr, fills: vec![] });
        },
        "cannot make `second`: physical address 0x9010000 belongs to `clock` already",
    ),
    (
        "an interrupt that isn't there",
        |system| {
            for object in &mut system.objects {
                if let ObjectKind::Interrupt(interrupt) = &mut object.kind {
                    interrupt.number = 100_000;
                }
            }
        },
        "cannot make `client.interrupt` of client: taking the interrupt: *",
    ),
];

fn add(system: &mut System, name: &str, kind: ObjectKind) {
    system.objects.push(Object { name: name.to_owned(), owner: None, kind });
}
