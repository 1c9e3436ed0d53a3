//! Calls to servers.

use alloc::vec;

use component_config::label::{FAST_WORDS, MAX_WORDS};
use component_config::read::{Interface, Uses};
use component_config::{Region, Transport, read};

use crate::event::{Event, signal};
use crate::wire::{Decode, Encode, Reader, Writer};
use crate::{CallError, SharedMemory, Word, runtime};

/// The client's end of a connection to a server. Generated clients give it methods with names;
/// they pass on everything that is here.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    endpoint: u32,
    client: u32,
    transport: Transport,
    buffer: Option<SharedMemory>,
    event: Option<Event>,
    doorbell: Option<u32>,
    archive: Option<Region>,
}

impl Connection {
    pub(crate) fn new(interface: &Interface<'static>, uses: Uses) -> Self {
        Self {
            endpoint: uses.endpoint,
            client: uses.client,
            transport: uses.transport,
            buffer: uses.buffer.and_then(|region| SharedMemory::of_region(region, true, true)),
            event: uses.event.map(|bit| Event::new(bit, read::Irqs::default())),
            doorbell: interface
                .properties
                .get("doorbell")
                .and_then(|slot| slot.as_integer())
                .filter(|slot| *slot != 0),
            archive: interface.properties.get("archive").and_then(|place| {
                let place = place.as_dict()?;
                let part = |name| place.get(name)?.as_integer();
                Some(Region { address: part("address")?, size: part("size")? })
            }),
        }
    }

    /// The number that the server knows this client by.
    #[must_use]
    pub const fn client_number(&self) -> u32 {
        self.client
    }

    /// The memory that is shared with the server.
    #[must_use]
    pub const fn buffer(&self) -> Option<SharedMemory> {
        self.buffer
    }

    /// The event that the server sends.
    #[must_use]
    pub const fn event(&self) -> Option<Event> {
        self.event
    }

    /// The files of the server, if this client sees them itself (`<interface>_zero_copy`).
    #[must_use]
    pub fn archive(&self) -> Option<&'static [u8]> {
        runtime::archive(self.archive?)
    }

    /// Tells the server that there is something in the shared memory, without waiting for it.
    /// Whether the connection has a way to tell.
    pub fn notify(&self) -> bool {
        self.doorbell.inspect(|slot| signal(*slot)).is_some()
    }

    /// Calls the method with this number.
    ///
    /// # Errors
    /// There is no answer.
    #[inline]
    pub fn call<A: Encode, R: for<'a> Decode<'a>>(
        &self, method: u16, arguments: A,
    ) -> Result<R, CallError> {
        match self.transport {
            Transport::Message => self.call_by_message(method, &arguments),
            Transport::SharedMemory => self.call_by_memory(method, &arguments),
        }
    }

    #[inline]
    fn call_by_message<A: Encode, R: for<'a> Decode<'a>>(
        &self, method: u16, arguments: &A,
    ) -> Result<R, CallError> {
        sel4::with_ipc_buffer_mut(|ipc_buffer| {
            let mut writer = Writer::new(&mut ipc_buffer.msg_regs_mut()[..MAX_WORDS]);
            arguments.encode(&mut writer);
            let length = writer.finish().map_err(|_| CallError::ArgumentsTooLong)?;
            let info = sel4::MessageInfo::new(method.into(), 0, 0, length);
            let info = self.endpoint().with(&mut *ipc_buffer).call(info);
            match CallError::of_label(info.label()) {
                Some(error) => Err(error),
                None => answer(ipc_buffer.msg_regs().get(..info.length()).unwrap_or_default()),
            }
        })
    }

    #[cold]
    fn call_by_memory<A: Encode, R: for<'a> Decode<'a>>(
        &self, method: u16, arguments: &A,
    ) -> Result<R, CallError> {
        let memory = self.buffer.ok_or(CallError::ArgumentsTooLong)?;
        let mut words = vec![0; memory.len() / size_of::<Word>()];
        let mut writer = Writer::new(&mut words);
        arguments.encode(&mut writer);
        let length = writer.finish().map_err(|_| CallError::ArgumentsTooLong)?;
        put_words(&memory, &words[..length]).ok_or(CallError::ArgumentsTooLong)?;
        let info = sel4::MessageInfo::new(method.into(), 0, 0, 1);
        let reply = self.endpoint().call_with_mrs(info, [length as Word]);
        if let Some(error) = CallError::of_label(reply.info.label()) {
            return Err(error);
        }
        let words = get_words(&memory, reply.msg[0], &mut words).ok_or(CallError::BadAnswer)?;
        answer(words)
    }

    fn endpoint(&self) -> sel4::cap::Endpoint {
        sel4::cap::Endpoint::from_bits(self.endpoint.into())
    }
}

#[inline]
fn answer<R: for<'a> Decode<'a>>(words: &[Word]) -> Result<R, CallError> {
    Reader::new(words).all().map_err(|_| CallError::BadAnswer)
}

/// Puts words into shared memory; none if they don't fit.
pub(crate) fn put_words(memory: &SharedMemory, words: &[Word]) -> Option<()> {
    memory.write(0, zerocopy::IntoBytes::as_bytes(words)).ok()
}

/// Copies words out of shared memory, so that nobody changes them while they are read. How many
/// is the other side's claim: none if it isn't true.
pub(crate) fn get_words<'a>(
    memory: &SharedMemory, claim: Word, storage: &'a mut [Word],
) -> Option<&'a [Word]> {
    let words = storage.get_mut(..usize::try_from(claim).ok()?)?;
    memory.read(0, zerocopy::IntoBytes::as_mut_bytes(words)).ok()?;
    Some(words)
}

const _: () = assert!(FAST_WORDS == sel4::NUM_FAST_MESSAGE_REGISTERS);

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_peer_that_lies_about_the_length_is_refused() {
        let mut shared = [7_u64; 4];
        let start = core::ptr::NonNull::new(shared.as_mut_ptr().cast()).unwrap();
        // SAFETY: the array outlives the memory, and is used through it only.
        let memory = unsafe { SharedMemory::new(start, 32, true, true) };
        let mut storage = [0; 4];
        assert_eq!(get_words(&memory, 2, &mut storage), Some(&[7, 7][..]));
        assert_eq!(get_words(&memory, 5, &mut storage), None);
        assert_eq!(get_words(&memory, Word::MAX, &mut storage), None);
        let mut larger = [0; 8];
        assert_eq!(get_words(&memory, 5, &mut larger), None);
        assert_eq!(put_words(&memory, &[1; 5]), None);
    }
}
