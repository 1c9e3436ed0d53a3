//! Devices for which time matters.

/// A device that does something at a certain time.
pub trait Timed {
    /// The counter value at which [`poll`](Self::poll) has something to do; `None` if time alone
    /// changes nothing that the guest would notice without asking.
    fn deadline(&self) -> Option<u64>;

    /// Does what is due. Calling it too early or too often is harmless.
    fn poll(&mut self);
}
