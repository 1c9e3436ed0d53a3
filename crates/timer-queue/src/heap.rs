//! A binary heap of timers that knows where each timer is, so that one can be taken out.
//!
//! It allocates once: a server must not run out of memory because a client sets a timer.

use alloc::boxed::Box;
use alloc::vec;

/// What the heap is ordered by: the time, then the order in which timers were set.
pub type Key = (u64, u64);

#[derive(Clone, Copy, Debug)]
struct Place {
    key: Key,
    /// Where the timer is in `order`.
    position: Option<usize>,
}

/// Timers 0 to a fixed number, each in the heap or not.
#[derive(Debug)]
pub struct Heap {
    places: Box<[Place]>,
    order: Box<[usize]>,
    len: usize,
}

impl Heap {
    pub fn new(timers: usize) -> Self {
        let empty = Place { key: (0, 0), position: None };
        Self {
            places: vec![empty; timers].into_boxed_slice(),
            order: vec![0; timers].into_boxed_slice(),
            len: 0,
        }
    }

    /// The first timer, and its time.
    pub fn first(&self) -> Option<(usize, u64)> {
        let timer = *self.order[..self.len].first()?;
        Some((timer, self.places[timer].key.0))
    }

    /// Puts a timer in, or elsewhere if it is in already.
    pub fn insert(&mut self, timer: usize, key: Key) {
        self.remove(timer);
        self.places[timer].key = key;
        self.put(self.len, timer);
        self.len += 1;
        self.rise(self.len - 1);
    }

    /// Takes a timer out, if it is in.
    pub fn remove(&mut self, timer: usize) {
        let Some(position) = self.places[timer].position.take() else {
            return;
        };
        self.len -= 1;
        if position < self.len {
            // The last one fills the gap, and may belong above or below it.
            self.put(position, self.order[self.len]);
            self.rise(position);
            self.sink(position);
        }
    }

    fn put(&mut self, position: usize, timer: usize) {
        self.order[position] = timer;
        self.places[timer].position = Some(position);
    }

    fn key(&self, position: usize) -> Key {
        self.places[self.order[position]].key
    }

    fn swap(&mut self, a: usize, b: usize) {
        let (first, second) = (self.order[a], self.order[b]);
        self.put(a, second);
        self.put(b, first);
    }

    fn rise(&mut self, mut position: usize) {
        while position > 0 {
            let parent = (position - 1) / 2;
            if self.key(parent) <= self.key(position) {
                return;
            }
            self.swap(parent, position);
            position = parent;
        }
    }

    fn sink(&mut self, mut position: usize) {
        loop {
            let children = position * 2 + 1..(position * 2 + 3).min(self.len);
            let Some(child) = children.min_by_key(|&child| self.key(child)) else {
                return;
            };
            if self.key(position) <= self.key(child) {
                return;
            }
            self.swap(position, child);
            position = child;
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    proptest! {
        /// Against a sorted set.
        #[test]
        fn ordered(steps in prop::collection::vec((0_usize..20, prop::option::of(0_u64..50)), 0..300)) {
            let mut heap = Heap::new(20);
            let mut model = BTreeSet::new();
            let mut keys: Vec<Option<Key>> = std::vec![None; 20];
            for (order, (timer, time)) in (0..).zip(steps) {
                if let Some(key) = keys[timer].take() {
                    model.remove(&(key, timer));
                }
                match time {
                    Some(time) => {
                        keys[timer] = Some((time, order));
                        model.insert(((time, order), timer));
                        heap.insert(timer, (time, order));
                    }
                    None => heap.remove(timer),
                }
                let expected = model.first().map(|&((time, _), timer)| (timer, time));
                prop_assert_eq!(heap.first(), expected);
            }
            while let Some((timer, time)) = heap.first() {
                heap.remove(timer);
                let ((expected, _), first) = model.pop_first().unwrap();
                prop_assert_eq!((timer, time), (first, expected));
            }
            prop_assert!(model.is_empty());
        }
    }
}
