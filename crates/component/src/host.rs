//! Components on the host, for their tests: there is no kernel, so calls can be received, but not
//! made.

use alloc::boxed::Box;
use alloc::vec::Vec;

use component_config::{Config, badge};

use crate::Word;
use crate::local::{renew, state};
use crate::server::{Dispatch, deliver, expect};

/// Makes the calling thread the instance that a configuration describes. What was there before is
/// forgotten.
///
/// # Panics
/// If the blob is no configuration.
pub fn start(blob: Vec<u8>, provided: &[&str], expected: &[&str]) {
    renew();
    let config = Config::new(Box::leak(blob.into_boxed_slice())).expect("a configuration");
    assert!(state().config.set(config).is_ok());
    sel4::set_ipc_buffer(Box::leak(Box::default()));
    expect(provided, expected);
}

/// Gives a server a call, through the badge of a client. Label and words of the answer; none if
/// it is given later.
pub fn call(
    server: &mut impl Dispatch, badge: badge::Badge, method: Word, words: &[Word],
) -> Option<(Word, Vec<Word>)> {
    deliver(server, badge, method, words)
}

/// Gives a server events, as the mask of their bits.
pub fn events(server: &mut impl Dispatch, mask: u64) {
    deliver(server, badge::SIGNAL | mask, 0, &[]);
}

/// The words of arguments, as a client sends them.
///
/// # Panics
/// If they are longer than a message can be.
pub fn words(arguments: &impl crate::wire::Encode) -> Vec<Word> {
    let mut words = [0; component_config::label::MAX_WORDS];
    let mut writer = crate::wire::Writer::new(&mut words);
    arguments.encode(&mut writer);
    let length = writer.finish().expect("as many words as fit into a message");
    words[..length].to_vec()
}

/// What words say, as a client reads them. None if they say something else.
#[must_use]
pub fn read<'a, T: crate::wire::Decode<'a>>(words: &'a [Word]) -> Option<T> {
    crate::wire::Reader::new(words).all().ok()
}
