//! The clients of a server.

use component_config::label::MAX_WORDS;
use component_config::read::{Client, Clients, Kind};
use component_config::value::Dict;
use component_config::{Transport, label};

use crate::client::put_words;
use crate::event::{Event, signal};
use crate::local::state;
use crate::wire::{Encode, Writer};
use crate::{SharedMemory, Word};
use component_config::read::Irqs;

/// A client of one of the component's interfaces: the one whose call is handled, or one that is
/// named by its index.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    client: Client<'static>,
    interface: u32,
    index: u32,
}

impl Caller {
    #[inline]
    pub(crate) const fn new(client: Client<'static>, interface: u32, index: u32) -> Self {
        Self { client, interface, index }
    }

    /// Its index among the interface's clients, from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index as usize
    }

    /// Its number: `<interface>_attributes` of the client, or counted from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.client.number()
    }

    /// The memory that is shared with it.
    #[must_use]
    pub fn buffer(&self) -> Option<SharedMemory> {
        SharedMemory::of_region(self.client.buffer()?, true, true)
    }

    /// Sends it the event of the connection. Whether the connection has one.
    pub fn notify(&self) -> bool {
        self.client.notification().inspect(|slot| signal(*slot)).is_some()
    }

    /// Its interface, for people: `vm0.fs`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.describe().map_or("a client", |(name, _)| name)
    }

    /// What the connection says about it, such as a network address. The configuration is
    /// searched for it, so keep what is needed often.
    #[must_use]
    pub fn properties(&self) -> Dict<'static> {
        self.describe().map(|(_, properties)| properties).unwrap_or_default()
    }

    fn describe(&self) -> Option<(&'static str, Dict<'static>)> {
        let mut interfaces = state().config.get()?.interfaces();
        let provides = interfaces.find_map(|interface| match interface.kind {
            Kind::Provides(provides) if provides.index == self.interface => Some(provides),
            _ => None,
        })?;
        provides.describe(self.index())
    }

    /// Puts an answer where this client gets it from. Gives label and length of the message; the
    /// words are in the IPC buffer.
    #[inline]
    pub(crate) fn put_answer<T: Encode>(&self, answer: &T, long: &mut Long) -> sel4::MessageInfo {
        match self.client.transport() {
            Transport::Message => sel4::with_ipc_buffer_mut(|ipc_buffer| {
                let mut writer = Writer::new(&mut ipc_buffer.msg_regs_mut()[..MAX_WORDS]);
                answer.encode(&mut writer);
                match writer.finish() {
                    Ok(length) => sel4::MessageInfo::new(label::OK, 0, 0, length),
                    Err(_) => refusal(label::TOO_LONG),
                }
            }),
            Transport::SharedMemory => self.put_long_answer(answer, long),
        }
    }

    #[cold]
    fn put_long_answer<T: Encode>(&self, answer: &T, long: &mut Long) -> sel4::MessageInfo {
        let too_long = refusal(label::TOO_LONG);
        let Some(memory) = self.buffer() else {
            return too_long;
        };
        let words = long.words(&memory);
        let mut writer = Writer::new(words);
        answer.encode(&mut writer);
        let Ok(length) = writer.finish() else {
            return too_long;
        };
        if words.get(..length).and_then(|words| put_words(&memory, words)).is_none() {
            return too_long;
        }
        sel4::with_ipc_buffer_mut(|ipc_buffer| ipc_buffer.msg_regs_mut()[0] = length as Word);
        sel4::MessageInfo::new(label::OK, 0, 0, 1)
    }

    #[inline]
    pub(crate) fn transport(&self) -> Transport {
        self.client.transport()
    }
}

/// A reply without an answer.
pub(crate) const fn refusal(label: u64) -> sel4::MessageInfo {
    sel4::MessageInfo::new(label, 0, 0, 0)
}

/// Room for what is passed in shared memory, made when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Long(alloc::vec::Vec<Word>);

impl Long {
    pub(crate) const fn new() -> Self {
        Self(alloc::vec::Vec::new())
    }

    /// As many words as there are in the memory.
    pub(crate) fn words(&mut self, memory: &SharedMemory) -> &mut [Word] {
        let length = memory.len() / size_of::<Word>();
        if self.0.len() < length {
            self.0.resize(length, 0);
        }
        &mut self.0[..length]
    }
}

/// An interface that the component provides: its clients.
#[derive(Clone, Copy, Debug, Default)]
pub struct Provided {
    interface: u32,
    clients: Clients<'static>,
    event: Option<Event>,
}

impl Provided {
    pub(crate) fn new(interface: &component_config::read::Interface<'static>) -> Self {
        let Kind::Provides(provides) = interface.kind else {
            return Self::default();
        };
        let bit = interface.properties.get("doorbell").and_then(|bit| bit.as_integer::<u8>());
        Self {
            interface: provides.index,
            clients: provides.clients,
            event: bit.map(|bit| Event::new(bit, Irqs::default())),
        }
    }

    /// How many clients are connected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether nobody is connected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// One of the clients.
    #[must_use]
    pub fn client(&self, index: usize) -> Option<Caller> {
        let client = self.clients.get(index)?;
        Some(Caller::new(client, self.interface, u32::try_from(index).ok()?))
    }

    /// All clients.
    pub fn clients(&self) -> impl Iterator<Item = Caller> + use<> {
        let provided = *self;
        (0..self.len()).filter_map(move |index| provided.client(index))
    }

    /// The event that clients send to tell that there is something in the shared memory; all of
    /// them send the same.
    #[must_use]
    pub const fn event(&self) -> Option<Event> {
        self.event
    }
}
