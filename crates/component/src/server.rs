//! The loop that serves calls and events.

use component_config::label::{FAST_WORDS, MAX_WORDS};
use component_config::read::{Clients, Kind};
use component_config::{Config, Transport, badge, label, slot};

use crate::caller::{Caller, Long, refusal};
use crate::client::get_words;
use crate::event::{self, Event};
use crate::local::state;
use crate::logging::instance;
use crate::wire::{Decode, Encode, Malformed, Reader};
use crate::{SharedMemory, Waitable, Word};

mod table;

pub(crate) use table::Table;

/// What the generated code makes of a component: its methods by number.
#[doc(hidden)]
pub trait Dispatch {
    /// Handles a call of a method of an interface, both by their number in the component type.
    ///
    /// # Errors
    /// There is no such method, or it was given other arguments.
    fn call(&mut self, interface: usize, method: Word, call: &mut Call<'_>) -> Handled;

    /// Handles an event of an interface, by its number in the component type.
    fn event(&mut self, interface: usize);

    /// Handles a call of an interface that the component type doesn't have.
    fn other_call(&mut self, interface: &str, method: Word, call: &mut Call<'_>) -> Handled;

    /// Handles an event of an interface that the component type doesn't have.
    fn other_event(&mut self, event: Event);

    /// Handles a fault of one of a guest's processors; the message's words are in the IPC buffer.
    /// What is returned lets it go on.
    fn guest_fault(&mut self, vcpu: u8, fault: sel4::MessageInfo) -> Option<sel4::MessageInfo>;

    /// Handles an event that is a guest's and no interface's, by its bit.
    fn guest_event(&mut self, bit: u8);
}

/// How a call was handled.
pub type Handled = Result<Answer, Refusal>;

/// A call was handled.
#[derive(Clone, Copy, Debug)]
pub struct Answer(Option<sel4::MessageInfo>);

impl Answer {
    /// The answer is given already, or will be.
    #[doc(hidden)]
    pub const DEFERRED: Self = Self(None);
}

/// A call was not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such method.
    BadMethod,
    /// The arguments are none for it.
    BadArguments,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::BadArguments
    }
}

/// A call that is to be handled.
#[derive(Debug)]
pub struct Call<'a> {
    caller: Caller,
    message: &'a Message,
    storage: &'a mut Storage,
}

/// Where arguments are while their call is handled: whatever the handler does, and whatever the
/// client does with the shared memory, they stay as they are.
#[derive(Debug)]
struct Storage {
    message: [Word; MAX_WORDS],
    long: Long,
}

impl Storage {
    /// Copies arguments that are not in registers.
    #[cold]
    #[inline(never)]
    fn fetch(&mut self, caller: &Caller, message: &Message) -> Result<&[Word], Malformed> {
        let (registers, length) = (message.registers, message.info.length());
        match caller.transport() {
            Transport::Message => {
                let words = self.message.get_mut(..length).ok_or(Malformed)?;
                sel4::with_ipc_buffer(|ipc_buffer| {
                    words.copy_from_slice(&ipc_buffer.msg_regs()[..words.len()]);
                });
                for (word, register) in words.iter_mut().zip(registers) {
                    *word = register;
                }
                Ok(words)
            }
            Transport::SharedMemory if length == 1 => {
                let memory: SharedMemory = caller.buffer().ok_or(Malformed)?;
                get_words(&memory, registers[0], self.long.words(&memory)).ok_or(Malformed)
            }
            Transport::SharedMemory => Err(Malformed),
        }
    }
}

impl Call<'_> {
    /// Who calls.
    #[must_use]
    #[inline]
    pub const fn caller(&self) -> Caller {
        self.caller
    }

    /// The arguments.
    ///
    /// # Errors
    /// They are not what was expected.
    #[inline]
    pub fn arguments<'a, T: Decode<'a>>(&'a mut self) -> Result<T, Malformed> {
        let in_registers = match self.caller.transport() {
            Transport::Message => self.message.registers.get(..self.message.info.length()),
            Transport::SharedMemory => None,
        };
        let words = match in_registers {
            Some(words) => words,
            None => self.storage.fetch(&self.caller, self.message)?,
        };
        Reader::new(words).all()
    }

    /// Answers.
    #[inline]
    pub fn answer<T: Encode>(&mut self, answer: &T) -> Answer {
        Answer(Some(self.caller.put_answer(answer, &mut self.storage.long)))
    }
}

/// Sets up the table of what can come, by the names of the component type's interfaces in the
/// order of their numbers.
#[doc(hidden)]
pub fn expect(provided: &[&str], consumed: &[&str]) {
    let config = crate::runtime::Runtime::new().config();
    // The first call counts, and there is one.
    let _ = state().table.set(Table::new(&config, provided, consumed));
}

/// Serves for ever.
#[doc(hidden)]
pub fn serve(server: &mut impl Dispatch) -> ! {
    serve_until(server, || false);
    unreachable!("there was nothing to wait for")
}

/// Serves until what is waited for is there. In a handler nothing is served.
#[doc(hidden)]
#[track_caller]
pub fn wait(server: &mut impl Dispatch, on: &impl Waitable) {
    if !state().handling.get() {
        serve_until(server, || on.take());
        return;
    }
    while !on.take() {
        assert!(
            !on.needs_handlers(),
            "{} waits for {} in a handler, so that no other one can come to post it",
            instance(),
            on.name()
        );
        event::receive();
    }
}

fn serve_until(server: &mut impl Dispatch, mut done: impl FnMut() -> bool) {
    let state = state();
    let Some(table) = state.table.get() else {
        panic!("{} serves before it was set up", instance());
    };
    let source = Source::of(&crate::runtime::Runtime::new().config());
    let mut storage = Storage { message: [0; MAX_WORDS], long: Long::new() };
    let mut reply = None;
    loop {
        let finished = done();
        if finished || state.events.any() {
            // The answer's words are where the next one to use the IPC buffer would put its own.
            if let Some(info) = reply.take() {
                sel4::with_ipc_buffer_mut(|ipc_buffer| sel4::reply(ipc_buffer, info));
            }
            if finished {
                return;
            }
            handle_event(server, table);
            continue;
        }
        let message = source.receive(reply.take());
        reply = handle(server, table, &message, &mut storage);
    }
}

/// Handles a message. Gives the reply, if it is to be given now; an answer's words are in the IPC
/// buffer.
#[inline]
fn handle(
    server: &mut impl Dispatch, table: &Table, message: &Message, storage: &mut Storage,
) -> Option<sel4::MessageInfo> {
    let state = state();
    match badge::origin(message.badge) {
        badge::Origin::Signal(mask) => {
            state.events.add(mask);
            None
        }
        badge::Origin::Client { interface, client } => {
            handle_call(server, table, message, interface.get() - 1, client, storage)
        }
        badge::Origin::Vcpu(vcpu) => {
            state.handling.set(true);
            let reply = server.guest_fault(vcpu, message.info);
            state.handling.set(false);
            reply
        }
        badge::Origin::Unknown => Some(refusal(label::BAD_METHOD)),
    }
}

/// On the host: what a server makes of a message, label and words of its answer. Events are
/// handled at once.
#[cfg(not(target_os = "none"))]
pub(crate) fn deliver(
    server: &mut impl Dispatch, badge: badge::Badge, label: Word, words: &[Word],
) -> Option<(Word, alloc::vec::Vec<Word>)> {
    let state = state();
    let table = state.table.get().expect("set up with what the component expects");
    let registers = core::array::from_fn(|index| words.get(index).copied().unwrap_or(0));
    sel4::with_ipc_buffer_mut(|ipc_buffer| {
        ipc_buffer.msg_regs_mut()[..words.len()].copy_from_slice(words);
    });
    let info = sel4::MessageInfo::new(label, 0, 0, words.len());
    let mut storage = Storage { message: [0; MAX_WORDS], long: Long::new() };
    let reply = handle(server, table, &Message { info, badge, registers }, &mut storage);
    let answer = reply.map(|info| {
        sel4::with_ipc_buffer(|ipc_buffer| {
            (info.label(), ipc_buffer.msg_regs()[..info.length()].to_vec())
        })
    });
    while state.events.any() {
        handle_event(server, table);
    }
    answer
}

fn handle_event(server: &mut impl Dispatch, table: &Table) {
    let state = state();
    state.handling.set(true);
    let handled = state.events.handle(|bit| match table.event(bit) {
        Some((Some(number), _)) => server.event(number),
        Some((None, event)) => server.other_event(event),
        None => server.guest_event(bit),
    });
    if let Some((bit, true)) = handled
        && let Some((_, event)) = table.event(bit)
    {
        event.acknowledge();
    }
    state.handling.set(false);
}

#[inline]
fn handle_call(
    server: &mut impl Dispatch, table: &Table, message: &Message, interface: u16, client: u32,
    storage: &mut Storage,
) -> Option<sel4::MessageInfo> {
    let Some((number, caller)) = table.caller(interface, client) else {
        return Some(refusal(label::BAD_METHOD));
    };
    let method = message.info.label();
    let mut call = Call { caller, message, storage };
    let handling = &state().handling;
    handling.set(true);
    let handled = match number {
        Some(number) => server.call(number, method, &mut call),
        None => server.other_call(table.name(interface), method, &mut call),
    };
    handling.set(false);
    match handled {
        Ok(Answer(info)) => info,
        Err(Refusal::BadMethod) => Some(refusal(label::BAD_METHOD)),
        Err(Refusal::BadArguments) => Some(refusal(label::BAD_ARGUMENTS)),
    }
}

/// What was received.
#[derive(Debug)]
struct Message {
    info: sel4::MessageInfo,
    badge: sel4::Badge,
    registers: [Word; FAST_WORDS],
}

/// Where calls and events come from.
#[derive(Clone, Copy)]
enum Source {
    /// The endpoint, and events by the bound notification.
    Endpoint,
    /// The notification.
    Notification,
    /// Neither.
    Nothing,
}

impl Source {
    fn of(config: &Config<'_>) -> Self {
        match (config.has_endpoint(), config.has_notification()) {
            (true, _) => Self::Endpoint,
            (false, true) => Self::Notification,
            (false, false) => Self::Nothing,
        }
    }

    /// Gives an answer if there is one, and waits for the next message.
    #[inline]
    fn receive(self, reply: Option<sel4::MessageInfo>) -> Message {
        let slot = match self {
            Self::Endpoint => slot::ENDPOINT,
            Self::Notification => slot::NOTIFICATION,
            Self::Nothing => idle(),
        };
        let source = sel4::cap::Endpoint::from_bits(slot.into());
        sel4::with_ipc_buffer_mut(|ipc_buffer| {
            let (info, badge) = match reply {
                Some(info) => source.with(&mut *ipc_buffer).reply_recv(info, ()),
                None => source.with(&mut *ipc_buffer).recv(()),
            };
            let words = ipc_buffer.msg_regs();
            Message { info, badge, registers: [words[0], words[1], words[2], words[3]] }
        })
    }
}

/// Nothing will ever come. Whoever else can run may do so.
fn idle() -> ! {
    loop {
        sel4::r#yield();
    }
}

impl Table {
    /// The table of a configuration.
    fn new(config: &Config<'static>, provided: &[&str], consumed: &[&str]) -> Self {
        let mut table = Self::default();
        for interface in config.interfaces() {
            let number = |names: &[&str]| names.iter().position(|name| *name == interface.name);
            if let Kind::Provides(provides) = interface.kind {
                let clients: Clients<'static> = provides.clients;
                table.add_clients(provides.index, number(provided), interface.name, clients);
            }
            if let Some(event) = Event::of(&interface) {
                table.add_event(number(consumed), event);
            }
        }
        table
    }
}
