//! Who wakes idle guests: the board's timer, or a time server.

mod common;

use common::Source;
use system_spec::model::{ObjectKind, System};

const TYPES: &str = r#"
import <std_connector.camkes>;
import <global-connectors.camkes>;

procedure Timer { uint64_t time(); };
procedure PutChar { void putchar(in int c); };

component SerialPort {
    hardware;
    dataport Buf(0x1000) registers;
}

component VM {
    control;
    maybe uses Timer timer;
    maybe uses PutChar guest_putchar;
    maybe dataport Buf(0x1000) console_registers;
    maybe dataport Buf(0x1000) clock_registers;
    maybe dataport Buf(0x3000) page;
    maybe consumes Rings ring;
    maybe consumes Press power_button;
    attribute int base_prio;
    attribute int num_vcpus = 1;
    attribute {
        string ram_base = "0x40000000";
        string ram_paddr_base = "0x40000000";
        string ram_size = "0x400000";
        string kernel_entry_addr = "-1";
        string dtb_addr = "0x40300000";
        string initrd_addr = "0x40200000";
    } vm_address_config;
    attribute {
        int map_one_to_one = false;
        int provide_initrd = true;
        int provide_dtb = true;
    } vm_image_config;
}

component Visitor {
    control;
    dataport Buf(0x3000) page;
    emits Rings one_ring;
    emits Rings another_ring;
    emits Press press;
    provides PutChar line;
}

component Clock {
    hardware;
    emits Alarm alarm;
}

component TimeServer {
    provides Timer the_timer;
    consumes Alarm alarm;
    composition {
        component Clock clock;
        connection seL4HardwareInterrupt interrupt(from clock.alarm, to alarm);
    }
    configuration {
        clock.alarm_irq_number = 30;
    }
}
"#;

/// Two VMs, and a time server, with these connections.
fn guests(connections: &str) -> Source {
    guests_with(connections, "")
}

/// The same with more settings.
fn guests_with(connections: &str, more: &str) -> Source {
    guests_at("", connections, more)
}

/// The same with something about the memory of the first one.
fn guests_at(memory: &str, connections: &str, more: &str) -> Source {
    let settings = |vm: &str, memory: &str| {
        format!(
            "{vm}._priority = 101; {vm}.base_prio = 100; {vm}.heap_size = 0; \
             {vm}.vm_address_config = {{{memory}}}; {vm}.vm_image_config = {{}}; "
        )
    };
    let settings = settings("one", memory) + &settings("two", "");
    Source::new(&format!(
        "{TYPES} assembly {{ composition {{ component VM one; component VM two; {connections} }} \
         configuration {{ {settings} {more} }} }}"
    ))
}

const WITH_SERVER: &str = "component TimeServer server; component SerialPort port; \
    connection seL4HardwareMMIO console(from one.console_registers, to port.registers); \
    connection seL4TimeServer timers(from one.timer, from two.timer, to server.the_timer);";

const PORT: &str = "port.registers_paddr = 0x9000000; port.registers_size = 0x1000;";

#[test]
fn what_a_guest_cannot_have_is_named() {
    for (settings, expected) in [
        (
            "one.mmios = [\"0xa000000:0x1000\"];",
            "`one.mmios`: \"0xa000000:0x1000\", expected \"paddr:size:bits\" [bad-value]",
        ),
        (
            "one.mmios = [\"0x20000000000:0x1000:12\"];",
            "the kernel doesn't give away the physical addresses 0x20000000000 to 0x20000000fff, or not in \
             one piece; its memory map is in prefix [bad-memory]",
        ),
        (
            "one.mmios = [\"0x9020000:0:12\"];",
            "`one.mmios`: \"0x9020000:0:12\" has no bytes [bad-memory]",
        ),
        (
            "one.mmios = [\"0x403ff000:0x2000:12\"];",
            "`one.mmios`: \"0x403ff000:0x2000:12\" is where the guest has its memory [bad-memory]",
        ),
        (
            "one.mmios = [\"0x9000000:0x1000:12\"];",
            "`one.mmios`: \"0x9000000:0x1000:12\" is of a device that the component has itself \
             [bad-memory]",
        ),
        (
            "one.plat_keep_devices_and_subtree = [\"/clocks\"];",
            "`one.plat_keep_devices_and_subtree`: device tree: there is no node \"/clocks\" \
             [bad-node]",
        ),
        (
            "one.allowed_smc_functions = [0xc3000f11];",
            "`one.allowed_smc_functions` can't be followed: a guest's calls don't reach the \
             firmware, since the kernel has no capabilities for that [unsupported-setting]",
        ),
    ] {
        let source = guests_with(WITH_SERVER, &format!("{PORT} {settings}"));
        let assembled = source.assemble();
        assert!(assembled.system.is_none(), "{settings} was taken");
        let lines = source.summaries(&assembled);
        assert!(lines.iter().any(|line| line.ends_with(expected)), "{settings}: {lines:?}");
    }
}

#[test]
fn ram_is_beside_the_interrupt_controller() {
    for (start, part) in [
        ("0x7c01000", "0x8000000 to 0x8000fff"),
        ("0x8000000", "0x8000000 to 0x8000fff"),
        ("0x8010000", "0x8010000 to 0x8010fff"),
    ] {
        let address = u64::from_str_radix(&start[2..], 16).unwrap();
        let memory = format!(
            "\"ram_base\": \"{start}\", \"dtb_addr\": \"{start}\", \"initrd_addr\": \"{start}\""
        );
        let source = guests_at(&memory, WITH_SERVER, PORT);
        let lines = source.summaries(&source.assemble());
        let expected = format!(
            "the RAM of `one` ({start} to {:#x}) is where its guest has the interrupt controller \
             ({part}) [device-in-ram]",
            address + 0x3f_ffff
        );
        assert!(lines.iter().any(|line| line.ends_with(&expected)), "{expected}: {lines:?}");
    }
}

fn interrupts(system: &System) -> Vec<&str> {
    let interrupts = system
        .objects
        .iter()
        .filter(|object| matches!(object.kind, ObjectKind::Interrupt(_)))
        .map(|object| object.name.as_str());
    interrupts.collect()
}

#[test]
fn guests_of_a_time_server_share_the_timer() {
    let source = guests_with(WITH_SERVER, PORT);
    assert_eq!(interrupts(&source.system()), ["server.interrupt.30"]);
}

#[test]
fn a_timer_has_one_owner() {
    for connections in [
        "",
        "component TimeServer server; \
         connection seL4TimeServer timers(from one.timer, to server.the_timer);",
    ] {
        let source = guests(connections);
        let assembled = source.assemble();
        assert!(assembled.system.is_none(), "it was made");
        let errors: Vec<_> = assembled.diagnostics.iter().filter(|it| it.is_error()).collect();
        let [error] = errors[..] else { panic!("{:?}", source.summaries(&assembled)) };
        assert!(error.message.contains("`two` both get the interrupt 30"), "{}", error.message);
        let fix = "connection seL4TimeServer two_timer(from two.timer, to time_server.the_timer)";
        assert!(error.help.iter().any(|help| help.contains(fix)), "{:?}", error.help);
    }
}

#[test]
fn the_time_server_has_to_send_an_event() {
    let source = guests(
        "component TimeServer server; \
         connection seL4RPCCall timers(from one.timer, from two.timer, to server.the_timer);",
    );
    let lines = source.summaries(&source.assemble());
    let expected = "`one.timer` gets no event from the time server [no-event]";
    assert!(lines.iter().any(|line| line.ends_with(expected)), "{lines:?}");
}

const VISITOR: &str = "component TimeServer server; component Visitor visitor; \
    connection seL4TimeServer timers(from one.timer, from two.timer, to server.the_timer); \
    connection seL4SharedData pages(from visitor.page, to one.page); \
    connection seL4GlobalAsynch rings(from visitor.one_ring, to one.ring); \
    connection seL4GlobalAsynch more_rings(from visitor.another_ring, to one.ring);";

/// Emulated devices of the first one: a console on a line, a clock, a power button.
const EMULATED: &str = "component SerialPort clock; \
    connection seL4RPCCall line(from one.guest_putchar, to visitor.line); \
    connection seL4HardwareMMIO clock_of_one(from one.clock_registers, to clock.registers); \
    connection seL4GlobalAsynch presses(from visitor.press, to one.power_button);";

const CLOCK: &str = "clock.registers_paddr = 0x9010000; clock.registers_size = 0x1000;";

#[test]
fn a_guest_has_what_its_component_shares() {
    let guests = |settings: &str| {
        let source = guests_with(VISITOR, settings);
        let system = source.system();
        let frame = |object: &&system_spec::model::Object| object.name.starts_with("pages");
        let frames = system.objects.iter().filter(frame).count();
        (system.objects.len(), frames, mappings(&system, "pages"))
    };
    let (objects, frames, two) = guests("");
    let (more_objects, same_frames, three) = guests("one.page_guest_address = 0x50000000;");
    assert_eq!((frames, same_frames), (3, 3));
    assert_eq!((two, three), (6, 9));
    assert!(more_objects > objects, "no table for another gigabyte");
}

/// How often frames whose names begin with `name` are mapped.
fn mappings(system: &System, name: &str) -> usize {
    let of_name =
        |id: system_spec::model::ObjectId| system.objects[id.0 as usize].name.starts_with(name);
    let entries = system.objects.iter().flat_map(|object| match &object.kind {
        ObjectKind::TranslationTable { entries, .. } => entries.as_slice(),
        _ => &[],
    });
    entries.filter(|(_, cap)| of_name(cap.object)).count()
}

#[test]
fn shared_memory_has_a_place_of_its_own() {
    for (settings, expected) in [
        (
            "one.page_guest_address = 0x403fe000;",
            "`one.page_guest_address` is 0x403fe000: the guest has something else at 0x40000000",
        ),
        (
            "one.page_guest_address = 0x50000010;",
            "`one.page_guest_address` is 0x50000010, expected 0x0 more than a multiple of 0x1000",
        ),
        (
            "one.page_guest_address = 0x7fffe000; one.mmios = [\"0x9020000:0x1000:12\"]; \
             two.page_guest_address = 0x50000000;",
            "`two.page_guest_address` is set, but no memory is shared by this interface",
        ),
        (
            "one.page_guest_address = 0x901f000; one.mmios = [\"0x9020000:0x1000:12\"];",
            "`one.page_guest_address` is 0x901f000: the guest has something else at 0x9020000",
        ),
    ] {
        let source = guests_with(VISITOR, settings);
        let assembled = source.assemble();
        let lines = source.summaries(&assembled);
        let expected = format!("{expected} [bad-memory]");
        assert!(lines.iter().any(|line| line.ends_with(&expected)), "{settings}: {lines:?}");
    }
}

#[test]
fn shared_memory_is_beside_emulated_devices() {
    let connections = [VISITOR, EMULATED].concat();
    for (address, device) in [
        ("0x8ffe000", 0x900_0000),
        ("0x9000000", 0x900_0000),
        ("0x900f000", 0x901_0000),
        ("0x9010000", 0x901_0000),
        ("0x9030000", 0x903_0000),
    ] {
        let settings = format!("{CLOCK} one.page_guest_address = {address};");
        let source = guests_with(&connections, &settings);
        let lines = source.summaries(&source.assemble());
        let expected = format!(
            "`one.page_guest_address` is {address}: the guest has something else at {device:#x} \
             [bad-memory]"
        );
        assert!(lines.iter().any(|line| line.ends_with(&expected)), "{expected}: {lines:?}");
    }
    // Beside them, and where the board has the devices but the guest has none.
    guests_with(&connections, &format!("{CLOCK} one.page_guest_address = 0x9001000;")).system();
    guests_with(VISITOR, "one.page_guest_address = 0x9000000;").system();
}

#[test]
fn ram_is_beside_emulated_devices() {
    for (start, device) in
        [("0x9000000", "0x9000000 to 0x9000fff"), ("0x9001000", "0x9030000 to 0x9030fff")]
    {
        let address = u64::from_str_radix(&start[2..], 16).unwrap();
        let memory = format!(
            "\"ram_base\": \"{start}\", \"dtb_addr\": \"{start}\", \"initrd_addr\": \"{start}\""
        );
        // What is said of the clock is said by the checks.
        let connections = [VISITOR, &EMULATED.replace("one.clock", "two.clock")].concat();
        let source = guests_at(&memory, &connections, CLOCK);
        let lines = source.summaries(&source.assemble());
        let expected = format!(
            "the RAM of `one` ({start} to {:#x}) is where its guest has an emulated device \
             ({device}) [device-in-ram]",
            address + 0x3f_ffff
        );
        assert!(lines.iter().any(|line| line.ends_with(&expected)), "{expected}: {lines:?}");
    }
}

#[test]
fn a_guests_addresses_end() {
    for (address, fits) in
        [("0xffffffd000", true), ("0xffffffe000", false), ("0x10050000000", false)]
    {
        let source = guests_with(VISITOR, &format!("one.page_guest_address = {address};"));
        let assembled = source.assemble();
        let lines = source.summaries(&assembled);
        let expected = format!(
            "`one.page_guest_address` is {address}: 0x3000 bytes don't fit below 0x10000000000, \
             where a guest's addresses end [bad-memory]"
        );
        assert_eq!(assembled.system.is_some(), fits, "{lines:?}");
        assert_eq!(lines.iter().any(|line| line.ends_with(&expected)), !fits, "{lines:?}");
    }
    for (start, fits) in [("0xffffc00000", true), ("0xffffe00000", false), ("0x10040000000", false)]
    {
        let memory = format!(
            "\"ram_base\": \"{start}\", \"dtb_addr\": \"{start}\", \"initrd_addr\": \"{start}\""
        );
        let source = guests_at(&memory, VISITOR, "");
        let assembled = source.assemble();
        let lines = source.summaries(&assembled);
        let expected = format!(
            "the RAM of `one` (0x400000 bytes at {start}) is not below 0x10000000000, where a \
             guest's addresses end [bad-ram]"
        );
        assert_eq!(assembled.system.is_some(), fits, "{lines:?}");
        assert_eq!(lines.iter().any(|line| line.ends_with(&expected)), !fits, "{lines:?}");
    }
}

/// Connections to one event are that event, from whoever it comes.
#[test]
fn an_event_with_two_connections_is_one_event() {
    let source = guests_with(VISITOR, "");
    let system = source.system();
    let mut badges: Vec<u64> = Vec::new();
    let visitor = system.objects.iter().filter(|object| object.name.starts_with("visitor"));
    for object in visitor {
        if let ObjectKind::CNode { slots, .. } = &object.kind {
            let notification = |cap: &system_spec::model::Cap| {
                system.objects[cap.object.0 as usize].name == "one.notification"
            };
            badges.extend(
                slots.iter().map(|(_, cap)| cap).filter(|it| notification(it)).map(|it| it.badge),
            );
        }
    }
    assert_eq!(badges.len(), 2);
    assert_eq!(badges[0], badges[1]);
}
