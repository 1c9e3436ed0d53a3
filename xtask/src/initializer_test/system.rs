//! The system of the test programs: a server, a client, and what they need.

use anyhow::Result;
use boot_image::Input;
use initializer_tests::{CLIENT_BADGE, CNODE_BITS, FILE_SIZE, IRQ_BADGE, address, file_byte, slot};
use system_spec::check::Geometry;
use system_spec::model::*;

use super::builder::{Builder, DEVICE, PAGE, Program, Space, badged, cap};

/// The board's clock: registers and interrupt.
const CLOCK: u64 = 0x901_0000;
const CLOCK_IRQ: u32 = 34;
const PRIORITY: [u8; 2] = [101, 100];
/// No instance has this number.
const STRAY_BADGE: u64 = 77;
const STACK_PAGES: usize = 2;

/// The programs.
pub struct Programs {
    pub server: Input,
    pub client: Input,
}

/// Builds the system.
pub fn build(programs: &Programs, geometry: Geometry, on_fault: OnFault) -> Result<System> {
    let mut builder = Builder::new(geometry);
    let faults = builder.object("faults".to_owned(), None, ObjectKind::Endpoint);
    let signals = builder.object("signals".to_owned(), None, ObjectKind::Notification);
    let endpoint = builder.object("server.endpoint".to_owned(), None, ObjectKind::Endpoint);
    let file: Vec<u8> = (0..FILE_SIZE).map(file_byte).collect();
    let file = builder.content("file", file);

    let parts =
        [("server", &programs.server, on_fault), ("client", &programs.client, OnFault::Halt)];
    for (index, (name, program, on_fault)) in parts.into_iter().enumerate() {
        let id = InstanceId(u32::try_from(index)?);
        let program = builder.program(program)?;
        let mut space = Space::default();
        let entry = builder.load(&mut space, name, id, &program)?;
        let mut component = Component::new(&mut builder, &mut space, name, id);
        component.put(slot::FAULTS, badged(faults, u64::from(id.0) + 1));
        component.put(slot::MONITOR, badged(signals, SIGNAL | 1 << id.0));
        if name == "server" {
            component.put(slot::SERVER, Cap { rights: Rights::READ, ..cap(endpoint) });
        } else {
            let call = Cap { rights: Rights::CALL, ..badged(endpoint, CLIENT_BADGE) };
            component.put(slot::CALL, call);
            client_objects(&mut component, file);
        }
        let client = component.finish(&program, entry, PRIORITY[index], on_fault);
        if name == "client" {
            more_threads(&mut builder, faults, client);
        }
    }
    builder.system.monitor = Some(Monitor {
        fault_endpoint: faults,
        notification: signals,
        owns_console: true,
        output: None,
    });
    builder.finish()
}

/// A thread that nobody watches, and faults at once; one that a guest would run on.
fn more_threads(builder: &mut Builder, faults: ObjectId, client: Thread) {
    let slots = vec![(1, badged(faults, STRAY_BADGE))];
    let cnode = ObjectKind::CNode { size_bits: 1, slots };
    let cnode = builder.object("stray.cnode".to_owned(), None, cnode);
    let stray = Thread {
        cspace: Cap { guard: Guard { value: 0, size: 63 }, ..cap(cnode) },
        ipc_buffer: None,
        bound_notification: None,
        fault_endpoint: 1,
        priority: 250,
        sp: 0x1000,
        ..client
    };
    builder.object("stray.thread".to_owned(), None, ObjectKind::Tcb(stray));
    let vcpu = builder.object("guest.vcpu".to_owned(), None, ObjectKind::Vcpu);
    let guest = Thread { vcpu: Some(vcpu), resume: false, ..stray };
    builder.object("guest.thread".to_owned(), None, ObjectKind::Tcb(guest));
}

/// What only the client has: a device, its interrupt, a file, an untyped, its own CNode.
fn client_objects(component: &mut Component<'_>, file: ContentId) {
    let owner = Some(component.id);
    let builder = &mut *component.builder;
    let clock = ObjectKind::Frame { size_bits: 12, paddr: Some(CLOCK), fills: vec![] };
    let clock = builder.object("clock".to_owned(), owner, clock);
    let registers = Cap { rights: Rights::READ_WRITE, memory: DEVICE, ..cap(clock) };
    component.space.map(address::DEVICE as u64, registers);
    builder.map_file(component.space, "file", address::LARGE as u64, file);
    let untyped = ObjectKind::Untyped { size_bits: 12, paddr: None };
    let untyped = builder.object("client.untyped".to_owned(), owner, untyped);
    let events = component.events;
    let interrupt = Interrupt {
        number: CLOCK_IRQ,
        edge: false,
        target: 0,
        notification: Some(badged(events, IRQ_BADGE)),
    };
    let interrupt = ObjectKind::Interrupt(interrupt);
    let interrupt = builder.object("client.interrupt".to_owned(), owner, interrupt);
    component.put(slot::UNTYPED, cap(untyped));
    component.put(slot::IRQ, cap(interrupt));
    component.put(slot::CNODE, component.cspace());
}

/// A component that grows.
pub struct Component<'b> {
    builder: &'b mut Builder,
    space: &'b mut Space,
    name: &'b str,
    id: InstanceId,
    cnode: ObjectId,
    events: ObjectId,
    log: ObjectId,
    buffer: ObjectId,
    slots: Vec<(u32, Cap)>,
}

impl<'b> Component<'b> {
    pub fn new(
        builder: &'b mut Builder, space: &'b mut Space, name: &'b str, id: InstanceId,
    ) -> Self {
        let owner = Some(id);
        let empty = ObjectKind::CNode { size_bits: CNODE_BITS, slots: vec![] };
        let cnode = builder.object(format!("{name}.cnode"), owner, empty);
        let events = builder.object(format!("{name}.events"), owner, ObjectKind::Notification);
        let mut page = |what: &str, address: usize| {
            let frame = builder.frame(format!("{name}.{what}"), owner, vec![]);
            space.map(address as u64, Cap { rights: Rights::READ_WRITE, ..cap(frame) });
            frame
        };
        let log = page("log", address::LOG);
        let buffer = page("buffer", address::IPC_BUFFER);
        for number in 0..STACK_PAGES {
            page(&format!("stack.{number}"), address::STACK_END - 0x2000 + number * 0x1000);
        }
        let mut component =
            Self { builder, space, name, id, cnode, events, log, buffer, slots: vec![] };
        component.put(slot::EVENTS, cap(events));
        component
    }

    pub fn put(&mut self, slot: u64, cap: Cap) {
        self.slots.push((u32::try_from(slot).unwrap_or(u32::MAX), cap));
    }

    /// Maps frames from `start` on, until the system has `objects` objects. A table, a directory, a
    /// root and a thread are still to come.
    pub fn heap(&mut self, start: u64, objects: usize) {
        let owner = Some(self.id);
        let mut address = start;
        while self.builder.system.objects.len() + 5 < objects {
            let name = format!("{}.heap.{address:#x}", self.name);
            let frame = self.builder.frame(name, owner, vec![]);
            self.space.map(address, Cap { rights: Rights::READ_WRITE, ..cap(frame) });
            address += PAGE;
        }
    }

    fn cspace(&self) -> Cap {
        Cap { guard: Guard { value: 0, size: 64 - CNODE_BITS }, ..cap(self.cnode) }
    }

    pub fn finish(
        self, program: &Program<'_>, entry: u64, priority: u8, on_fault: OnFault,
    ) -> Thread {
        let owner = Some(self.id);
        let cspace = self.cspace();
        let Self { builder, space, name, mut slots, .. } = self;
        slots.sort_by_key(|(slot, _)| *slot);
        let cnode = usize::try_from(self.cnode.0).unwrap_or(usize::MAX);
        builder.system.objects[cnode].kind = ObjectKind::CNode { size_bits: CNODE_BITS, slots };
        let vspace = builder.tables(name, owner, space);
        let thread = Thread {
            cspace,
            vspace,
            ipc_buffer: Some((address::IPC_BUFFER as u64, self.buffer)),
            bound_notification: Some(self.events),
            vcpu: None,
            fault_endpoint: slot::FAULTS,
            priority,
            max_priority: priority,
            affinity: 0,
            domain: 0,
            pc: entry,
            sp: address::STACK_END as u64,
            arguments: [0xc0ff_ee00 + u64::from(self.id.0), 0, 3, 4],
            thread_pointer: address::IPC_BUFFER as u64,
            resume: true,
            fpu_disabled: false,
        };
        let kind = ObjectKind::Tcb(thread);
        let id = builder.object(format!("{name}.thread"), owner, kind);
        builder.system.instances.push(Instance {
            name: name.to_owned(),
            component: name.to_owned(),
            threads: vec![id],
            log: Some(self.log),
            on_fault,
            symbols: Some(program.symbols),
        });
        thread
    }
}
