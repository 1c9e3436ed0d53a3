//! What has to be refused, and the first line of what is said about it.

mod common;

use camkes_assemble::File;
use camkes_assemble::program::Program;
use common::{Elf, Load, Source};

/// The first lines of the errors.
fn errors(source: &Source) -> Vec<String> {
    let assembled = source.assemble();
    assert!(assembled.system.is_none(), "it was made");
    let lines = source.summaries(&assembled);
    lines.into_iter().filter(|line| line.contains("error: ")).collect()
}

/// An assembly of one instance `a` of the component `A`, with these parts of its declaration and
/// this configuration.
fn single(declaration: &str, configuration: &str) -> Source {
    Source::new(&format!(
        "import <std_connector.camkes>;\n\
         import <global-connectors.camkes>;\n\
         component A {{ control; {declaration} }}\n\
         assembly {{ composition {{ component A a; }} configuration {{ {configuration} }} }}\n"
    ))
}

#[test]
fn programs() {
    let load = |flags, address, size| Load { flags, address, data: b"code", size };
    let text = load(5, 0x21_0000, 64);
    let cases: [(Elf, &str); 11] = [
        (
            Elf { machine: 62, ..Elf::default() },
            "ELF machine 62, expected 183 (AArch64): build it for the target, not for the host",
        ),
        (
            Elf { kind: 3, ..Elf::default() },
            "ELF type 3, expected 2 (an executable for fixed addresses)",
        ),
        (
            Elf { entry: 0, ..Elf::default() },
            "the entry 0x0 is in no executable segment, expected `_start`: a component needs the runtime's entry point",
        ),
        (
            Elf { loads: vec![text, load(4, 0x21_0020, 64)], ..Elf::default() },
            "the segments at 0x210000..0x210040 and 0x210020..0x210060 overlap, expected them apart",
        ),
        (
            Elf { loads: vec![text, load(6, 0x21_0800, 64)], ..Elf::default() },
            "the segments at 0x210000..0x210040 and 0x210800..0x210840 share a page, expected each on pages of its own: link with `-z separate-loadable-segments`",
        ),
        (
            Elf { loads: vec![load(7, 0x21_0000, 64)], ..Elf::default() },
            "the segment at 0x210000 is both writable and executable, expected one of the two",
        ),
        (
            Elf { loads: vec![text, load(6, 0xff_ffff_f000, 0x1000)], ..Elf::default() },
            "the segment at 0xfffffff000 of 0x1000 bytes is outside of the address space, expected it from 0x1000 to 0x10000000000",
        ),
        (
            Elf { loads: vec![text, load(4, 0x10, 4)], ..Elf::default() },
            "the segment at 0x10 of 0x4 bytes is outside of the address space, expected it from 0x1000 to 0x10000000000",
        ),
        (
            Elf { loads: vec![text, load(4, 0x30_0000, 2)], ..Elf::default() },
            "the segment at 0x300000 has 0x4 bytes in the file, expected at most its 0x2 bytes in memory",
        ),
        (
            Elf { extra: vec![(7, 8)], ..Elf::default() },
            "has thread-local variables (PT_TLS), expected none: a component has one thread",
        ),
        (
            Elf { extra: vec![(3, 8)], ..Elf::default() },
            "linked dynamically, expected a static program",
        ),
    ];
    for (elf, expected) in cases {
        let mut source = single("", "");
        source.programs.get_mut("A").unwrap().bytes = elf.build();
        assert_eq!(
            errors(&source),
            [format!("test.camkes:4:38: error: A.elf: {expected} [bad-program]")]
        );
    }
    let mut source = single("", "");
    source.programs.get_mut("A").unwrap().bytes = b"#!/bin/sh".to_vec();
    assert_eq!(
        errors(&source),
        [
            "test.camkes:4:38: error: A.elf: starts with [23, 21, 2f, 62], expected an ELF file (7f 45 4c 46) [bad-program]"
        ]
    );
}

/// Damaged programs give an error or a program, and never a panic.
#[test]
fn damaged_programs() {
    let good = Elf::default().build();
    let mut refused = 0;
    let mut check = |bytes: Vec<u8>| {
        let file = File { name: "A.elf".into(), bytes };
        let _ = camkes_assemble::program::symbols(&file);
        refused += u32::from(Program::parse(&file, 1 << 40).is_err());
    };
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            check(bytes);
        }
        check(good[..at].to_vec());
    }
    assert!(refused > 500, "only {refused} were refused");
}

#[test]
fn missing_and_unknown_parts() {
    let mut source = single("", "");
    let program = source.programs.remove("A").unwrap();
    assert_eq!(
        errors(&source),
        ["test.camkes:4:38: error: the component type `A` has no program [no-program]"]
    );
    let assembled = source.assemble();
    let help = assembled.diagnostics.iter().flat_map(|diagnostic| &diagnostic.help);
    assert!(help.into_iter().any(|help| help.contains("DeclareCAmkESComponent(A ...)")));

    source.programs.insert("A".into(), program.clone());
    source.programs.insert("B".into(), program);
    source.archives.insert("fserv".into(), Vec::new());
    assert_eq!(
        errors(&source),
        [
            "error: there is a program for `B`, but no component type of that name [unknown-component]",
            "error: there are files for `fserv`, but no instance of that name with code [unknown-instance]",
        ]
    );
}

#[test]
fn settings() {
    let cases = [
        (
            "a._priority = 256;",
            "error: `a._priority` is 256, expected a priority of this kernel, from 0 to 255 [out-of-range]",
        ),
        (
            "a._affinity = 1;",
            "error: `a._affinity` is 1, expected a core of this kernel, from 0 to 0 [out-of-range]",
        ),
        (
            "a._domain = 1;",
            "error: `a._domain` is 1, expected a domain of this kernel, from 0 to 0 [out-of-range]",
        ),
        (
            "a.on_fault = \"explode\";",
            "error: `a.on_fault` is \"explode\", expected \"halt\" or \"restart\" [bad-value]",
        ),
        (
            "a.heap_size = -1;",
            "error: `a.heap_size` is -1, expected a number of bytes from 0 to 140737488355327 [out-of-range]",
        ),
        (
            "a.heap_size = 0xf000000000000;",
            "error: `a.heap_size` is 4222124650659840, expected a number of bytes from 0 to 140737488355327 [out-of-range]",
        ),
        (
            "a.heap_size = 0x10000000000;",
            "error: the address space of `a` is full: 0x10000000000 bytes don't fit below 0x10000000000 [address-space-full]",
        ),
        (
            "a.dma_pool = 0x80000000;",
            "error: no 0x80000000 bytes of memory in one piece are left for `a.dma_pool` [no-memory]",
        ),
        (
            "a.dma_pool = 4096; a.dma_pool_paddr = 0x60000800;",
            "error: `a.dma_pool_paddr` is 0x60000800, expected a multiple of 0x1000 [misaligned]",
        ),
        (
            "a.dma_pool = 4096; a.dma_pool_paddr = 0x8000000;",
            "error: the kernel doesn't give away the physical addresses 0x8000000 to 0x8000fff, or not in one piece; its memory map is in prefix [bad-memory]",
        ),
        (
            "a.mmios = [\"0x9000000:4096\"];",
            "error: `a.mmios`: \"0x9000000:4096\", expected \"paddr:size:bits\" [bad-value]",
        ),
        ("a.irqs = [40, 40];", "error: `a` and `a` both get the interrupt 40 [shared-interrupt]"),
    ];
    for (configuration, expected) in cases {
        let found = errors(&single("", configuration));
        assert_eq!(found.len(), 1, "{configuration}: {found:?}");
        assert!(found[0].ends_with(expected), "{configuration}: {found:?}");
    }
}

/// A client `a` and a server `b` with this connection between them.
fn pair(from: &str, to: &str, connection: &str, configuration: &str) -> Source {
    Source::new(&format!(
        "import <std_connector.camkes>;\n\
         import <global-connectors.camkes>;\n\
         import <VirtQueue/VirtQueue.camkes>;\n\
         procedure P {{ int f(in int x); }}\n\
         connector Mine {{ from Procedure; to Procedure; }}\n\
         component A {{ control; {from} }}\n\
         component B {{ {to} }}\n\
         component Hw {{ hardware; emits Line line; dataport Buf regs; provides P port; }}\n\
         assembly {{ composition {{\n\
         component A a; component B b; component Hw hw;\n\
         connection {connection};\n\
         }} configuration {{ {configuration} }} }}\n"
    ))
}

#[test]
fn schedules() {
    let schedule = |slices: &str| {
        Source::new(&format!(
            "component A {{ control; }}\n\
             assembly {{ composition {{ component A a; }} configuration {{ }}\n\
             schedule {{ {slices} }} }}\n"
        ))
    };
    assert!(schedule("[(0, 10)]").assemble().system.is_some());
    assert_eq!(
        errors(&schedule("[(0, 10), (1, 5)]")),
        ["test.camkes:3:1: error: the schedule of domains can't be followed: the kernel (prefix) \
             has one domain and its own schedule [unsupported-schedule]"]
    );
}

#[test]
fn connections() {
    let procedure = ("uses P p;", "provides P p;");
    let event = ("emits E e;", "consumes E e;");
    let data = ("dataport Buf(64) d;", "dataport Buf(64) d;");
    let cases = [
        (
            procedure,
            "Mine c(from a.p, to b.p)",
            "",
            "the tool doesn't know how to make connections of the connector `Mine` [unknown-connector]",
        ),
        (
            procedure,
            "seL4DirectCall c(from a.p, to b.p)",
            "",
            "connections of `seL4DirectCall` can't be made: it calls a function of another component in the same address space, and each component has an address space of its own here [unsupported-connector]",
        ),
        (
            procedure,
            "seL4HardwareIOPort c(from a.p, to hw.port)",
            "hw.port_attributes = \"0x3f8:0x3ff\";",
            "connections of `seL4HardwareIOPort` can't be made: I/O ports are a PC's, and this kernel is one for AArch64 [unsupported-connector]",
        ),
        (
            event,
            "seL4RPCEvent c(from a.e, to b.e)",
            "",
            "connections of `seL4RPCEvent` can't be made: it makes the emitter wait for the receiver, and events don't wait here [unsupported-connector]",
        ),
        (
            procedure,
            "seL4RPCCall c(from a.p, to b.p)",
            "a.p_attributes = \"x\";",
            "\"x\" is no number of a client, expected an integer from 0 [bad-value]",
        ),
        (
            procedure,
            "seL4RPCDataport c(from a.p, to b.p)",
            "a.p_zero_copy = 1;",
            "`b` has no files that could be read without copying [no-archive]",
        ),
        (
            data,
            "seL4SharedData c(from a.d, to b.d)",
            "c.size = 32;",
            "the connection `c` has 0x20 bytes, but the type of its dataports is 0x40 bytes long [too-small]",
        ),
        (
            data,
            "seL4SharedData c(from a.d, to b.d)",
            "a.d_access = \"W\";",
            "`a.d_access` is \"W\", expected \"R\" or \"RW\" (X and P may follow, and have no effect): processors here have no memory that is written and not read [bad-value]",
        ),
        (
            data,
            "seL4DMASharedData c(from a.d, to b.d)",
            "c.paddr = 0x8000000;",
            "the kernel doesn't give away the physical addresses 0x8000000 to 0x800003f, or not in one piece; its memory map is in prefix [bad-memory]",
        ),
        (
            data,
            "seL4MessageQueue c(from a.d, to b.d)",
            "c.queue_size = 3;",
            "`queue_size` is 3, expected a power of two [bad-value]",
        ),
        (
            ("dataport Buf d;", "dataport Buf d;"),
            "seL4MessageQueue c(from a.d, to b.d)",
            "",
            "the size of the messages of `a.d` isn't known, expected a dataport `Buf(size)` [unknown-size]",
        ),
        (
            ("dataport Buf d;", ""),
            "seL4HardwareMMIO c(from a.d, to hw.regs)",
            "hw.regs_size = 0x1000;",
            "`hw.regs_paddr` is not set [missing-setting]",
        ),
        (
            ("consumes Line e;", ""),
            "seL4HardwareInterrupt c(from hw.line, to a.e)",
            "",
            "`hw.line_irq_number` is not set [missing-setting]",
        ),
        (
            ("consumes Line e;", ""),
            "seL4HardwareInterrupt c(from hw.line, to a.e)",
            "hw.line_irq_number = 4; hw.line_irq_type = \"pci\";",
            "`hw.line_irq_type` is \"pci\", which PCs have; expected \"simple\" or \"arm\" [wrong-architecture]",
        ),
        (
            ("consumes Line e;", ""),
            "seL4HardwareInterrupt c(from hw.line, to a.e)",
            "hw.line_irq_number = 40; hw.line_irq_type = \"arm\"; hw.line_irq_target = 1;",
            "the interrupt 40 goes to core 1, expected a core of this kernel, from 0 to 0 [no-such-core]",
        ),
        (
            event,
            "seL4DTBHardware c(from a.e, to b.e)",
            "",
            "`b.e` selects no device: its setting `dtb` is missing [missing-setting]",
        ),
    ];
    for ((from, to), connection, configuration, expected) in cases {
        let found = errors(&pair(from, to, connection, configuration));
        let place = found[0].starts_with("test.camkes:");
        assert!(place && found.len() == 1, "{connection}: {found:?}");
        assert!(found[0].ends_with(&format!("error: {expected}")), "{connection}: {found:?}");
    }
}

#[test]
fn more_events_than_bits() {
    let consumes: String = (0..63).map(|n| format!("consumes E e{n};")).collect();
    let emits: String = (0..63).map(|n| format!("emits E e{n};")).collect();
    let connections: Vec<String> =
        (0..63).map(|n| format!("seL4Notification c{n}(from a.e{n}, to b.e{n})")).collect();
    let source = pair(&emits, &consumes, &connections.join("; connection "), "");
    let found = errors(&source);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].ends_with(
            "error: `b` receives more than 62 events, which is all that a notification can tell \
             apart [too-many-events]"
        ),
        "{found:?}"
    );
}
