//! Mutexes and semaphores, in a component with one thread.
//!
//! A handler runs to its end, so nothing is in parallel to it. What remains is that `run` holds a
//! lock while it waits, and serves others meanwhile.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use component_config::Lock;

use crate::Waitable;
use crate::logging::instance;
use crate::runtime::Runtime;

/// `has mutex`
#[derive(Debug)]
pub struct Mutex {
    name: &'static str,
    locked: AtomicBool,
}

impl Mutex {
    /// A free mutex of that name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, locked: AtomicBool::new(false) }
    }

    /// Locks it; it is free again when the guard is dropped.
    ///
    /// # Panics
    /// If it is locked: the only thread, which has it, would wait for itself.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_> {
        let name = self.name;
        self.try_lock().unwrap_or_else(|| {
            panic!("mutex {name} is locked already, so {} would wait for ever", instance())
        })
    }

    /// Locks it if it is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_>> {
        let free = !self.locked.swap(true, Ordering::Relaxed);
        free.then_some(MutexGuard { mutex: self })
    }
}

/// A locked mutex.
#[derive(Debug)]
#[must_use]
pub struct MutexGuard<'a> {
    mutex: &'a Mutex,
}

impl Drop for MutexGuard<'_> {
    fn drop(&mut self) {
        self.mutex.locked.store(false, Ordering::Relaxed);
    }
}

/// `has semaphore` and `has binary_semaphore`. To wait for one, use the component's `wait`, which
/// serves calls and events meanwhile.
#[derive(Debug)]
pub struct Semaphore {
    name: &'static str,
    count: AtomicU32,
    limit: u32,
}

impl Semaphore {
    /// A semaphore with this count, which never gets larger than `limit`.
    #[must_use]
    pub const fn new(name: &'static str, count: u32, limit: u32) -> Self {
        Self { name, count: AtomicU32::new(count), limit }
    }

    /// Sets the first count to what the configuration says.
    #[doc(hidden)]
    pub fn configure(&'static self) -> &'static Self {
        let count = match Runtime::new().config().lock(self.name) {
            Some(Lock::Semaphore { value }) => value,
            Some(Lock::BinarySemaphore { free }) => u32::from(free),
            Some(Lock::Mutex) | None => return self,
        };
        self.count.store(count.min(self.limit), Ordering::Relaxed);
        self
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Increments the count; that of a binary semaphore is 1 at most.
    pub fn post(&self) {
        let count = self.count.load(Ordering::Relaxed);
        self.count.store(count.saturating_add(1).min(self.limit), Ordering::Relaxed);
    }

    /// Decrements the count if it is more than 0.
    #[must_use]
    pub fn try_wait(&self) -> bool {
        let count = self.count.load(Ordering::Relaxed);
        self.count.store(count.saturating_sub(1), Ordering::Relaxed);
        count > 0
    }
}

impl Waitable for &Semaphore {
    fn take(&self) -> bool {
        self.try_wait()
    }

    fn name(&self) -> &str {
        self.name
    }

    fn needs_handlers(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn mutexes_are_free_after_their_guard() {
        let mutex = Mutex::new("m");
        let guard = mutex.lock();
        assert!(mutex.try_lock().is_none());
        drop(guard);
        assert!(mutex.try_lock().is_some());
    }

    #[test]
    #[should_panic(expected = "mutex m is locked already")]
    fn nobody_waits_for_itself() {
        let mutex = Mutex::new("m");
        let _guard = mutex.lock();
        let _ = mutex.lock();
    }

    #[test]
    fn semaphores_count() {
        let semaphore = Semaphore::new("s", 1, u32::MAX);
        assert!(semaphore.try_wait());
        assert!(!semaphore.try_wait());
        semaphore.post();
        semaphore.post();
        assert!(semaphore.try_wait() && semaphore.try_wait() && !semaphore.try_wait());
        let full = Semaphore::new("s", u32::MAX, u32::MAX);
        full.post();
        assert!(full.try_wait());
    }

    #[test]
    fn binary_semaphores_count_to_one() {
        let semaphore = Semaphore::new("b", 0, 1);
        semaphore.post();
        semaphore.post();
        assert!(semaphore.try_wait());
        assert!(!semaphore.try_wait());
    }
}
