//! Badges: what tells an instance which signals and whose calls it has received.
//!
//! A badge with [`SIGNAL`] is one of a notification, and its low bits are the events that have
//! come. Without it, it is one of the instance's endpoint, and names interface and client. The
//! layout depends on the word size in this file only: 32-bit kernels have badges of 28 bits.

use core::num::NonZeroU16;

/// A badge.
pub type Badge = u64;

/// Bits of a badge that can be used.
#[cfg(not(target_pointer_width = "32"))]
const BITS: u32 = 64;
#[cfg(target_pointer_width = "32")]
const BITS: u32 = 28;

/// Set in the badges of all notifications that an instance receives.
pub const SIGNAL: Badge = 1 << (BITS - 1);

/// Set in the badges of faults of a guest's processors, which a VM component receives.
pub const FAULT: Badge = 1 << (BITS - 2);

/// How many events an instance can have: bits 0 to this, exclusive.
pub const EVENTS: u8 = if BITS == 64 { 62 } else { 26 };

/// Where a client's index ends and the interface's begins.
const INTERFACE_SHIFT: u32 = if BITS == 64 { 16 } else { 14 };

const INTERFACE_BITS: u32 = if BITS == 64 { 16 } else { 13 };

/// How many clients an interface can have.
pub const CLIENTS: u32 = 1 << INTERFACE_SHIFT;

/// How many interfaces an instance can provide.
pub const PROVIDED: u32 = (1 << INTERFACE_BITS) - 1;

/// The badge of an event.
///
/// # Panics
/// If `bit` is not below [`EVENTS`].
#[must_use]
pub const fn event(bit: u8) -> Badge {
    assert!(bit < EVENTS, "the number of an event's bit is too large");
    SIGNAL | 1 << bit
}

/// The badge of a client, by the interface's index among those that the instance provides, and
/// the client's index among those of the interface.
///
/// # Panics
/// If an index is not below [`PROVIDED`] or [`CLIENTS`].
#[must_use]
pub const fn client(interface: u32, client: u32) -> Badge {
    assert!(interface < PROVIDED && client < CLIENTS, "the number of a client is too large");
    (interface as Badge + 1) << INTERFACE_SHIFT | client as Badge
}

/// The badge of the faults of a guest's processor.
#[must_use]
pub const fn vcpu(number: u8) -> Badge {
    FAULT | number as Badge
}

/// What a badge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Events, as a mask of their bits.
    Signal(u64),
    /// A call or message.
    Client {
        /// The interface, counted from 1.
        interface: NonZeroU16,
        /// The index of the client.
        client: u32,
    },
    /// A fault of a guest's processor, by its number.
    Vcpu(u8),
    /// Nothing that the assembler gives.
    Unknown,
}

/// Takes a badge apart.
#[must_use]
#[inline]
pub const fn origin(badge: Badge) -> Origin {
    if badge & SIGNAL != 0 {
        return Origin::Signal(badge & ((1 << EVENTS) - 1));
    }
    if badge & FAULT != 0 {
        // The lowest byte.
        #[allow(clippy::cast_possible_truncation)]
        return Origin::Vcpu(badge as u8);
    }
    let interface = badge >> INTERFACE_SHIFT;
    if interface > PROVIDED as Badge {
        return Origin::Unknown;
    }
    // Both fit: they were compared, or masked.
    #[allow(clippy::cast_possible_truncation)]
    match NonZeroU16::new(interface as u16) {
        Some(interface) => {
            Origin::Client { interface, client: (badge & (CLIENTS as Badge - 1)) as u32 }
        }
        None => Origin::Unknown,
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn badges_are_told_apart() {
        assert_eq!(origin(event(0) | event(5)), Origin::Signal(0b10_0001));
        let one = NonZeroU16::MIN;
        assert_eq!(origin(client(0, 0)), Origin::Client { interface: one, client: 0 });
        let last = NonZeroU16::new(u16::try_from(PROVIDED).unwrap()).unwrap();
        assert_eq!(
            origin(client(PROVIDED - 1, CLIENTS - 1)),
            Origin::Client { interface: last, client: CLIENTS - 1 }
        );
        assert_eq!(origin(vcpu(7)), Origin::Vcpu(7));
        for badge in [0, 5, u64::from(PROVIDED + 1) << INTERFACE_SHIFT, FAULT - 1] {
            assert_eq!(origin(badge), Origin::Unknown, "{badge:#x}");
        }
    }
}
