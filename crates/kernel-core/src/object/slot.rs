//! Capability slots and the links of the derivation tree.

use crate::cap::Cap;
use crate::memory::{Memory, kernel_object};
use crate::word::{Word, bit, mask};

kernel_object! {
    /// A place for one capability: two words of capability, then the links to
    /// its neighbours in the derivation tree.
    ///
    /// The tree is kept as the list of its pre-order walk. A capability's
    /// descendants follow it directly; where they end is decided by
    /// [`Cap::is_parent_of`] and the two marks in the link word.
    Slot {
        /// The first word of the capability.
        first_word, set_first_word: Word = 0;
        /// The second word of the capability.
        second_word, set_second_word: Word = 1;
        /// The following slot with the two marks.
        next_word, set_next_word: Word = 2;
        /// The preceding slot of the derivation list.
        previous, set_previous: Option<Slot> = 3;
    }
}

/// Descendants of the capability can be revoked.
const REVOCABLE: Word = bit(0);
/// The capability starts a subtree: it is no child of a sibling with its badge.
const STARTS_SUBTREE: Word = bit(1);

impl Slot {
    /// Words in a slot.
    pub const WORDS: Word = 4;

    /// The slot `count` slots after this one.
    pub const fn offset(self, count: Word) -> Self {
        Self::at(self.address().word(count * Self::WORDS))
    }

    /// The capability in the slot.
    #[inline(always)]
    pub fn cap(self, memory: &impl Memory) -> Cap {
        Cap::decode([self.first_word(memory), self.second_word(memory)])
    }

    /// Makes the slot empty.
    pub fn clear(self, memory: &mut impl Memory) {
        self.set_first_word(memory, 0);
        self.set_second_word(memory, 0);
        self.set_links(memory, None, None, false);
    }

    /// Replaces the capability, and leaves the links alone.
    #[inline(always)]
    pub fn set_cap(self, memory: &mut impl Memory, cap: Cap) {
        self.set_words(memory, cap.encode());
    }

    /// Replaces the capability by a packed one, and leaves the links alone.
    #[inline(always)]
    pub fn set_words(self, memory: &mut impl Memory, [first, second]: [Word; 2]) {
        self.set_first_word(memory, first);
        self.set_second_word(memory, second);
    }

    /// Whether the slot holds nothing.
    pub fn is_empty(self, memory: &impl Memory) -> bool {
        self.first_word(memory) == 0
    }

    /// The slot after this one in the derivation list.
    pub fn next(self, memory: &impl Memory) -> Option<Self> {
        let address = self.next_word(memory) & !mask(2);
        (address != 0).then_some(Self::at(crate::word::PhysAddr(address)))
    }

    /// Sets the following slot and keeps the marks.
    pub fn set_next(self, memory: &mut impl Memory, next: Option<Self>) {
        let marks = self.next_word(memory) & mask(2);
        self.set_next_word(memory, next.map_or(0, |slot| slot.address().0) | marks);
    }

    /// Whether descendants of the capability can be revoked.
    pub fn is_revocable(self, memory: &impl Memory) -> bool {
        self.next_word(memory) & REVOCABLE != 0
    }

    /// Whether the capability starts a subtree of its own.
    pub fn starts_subtree(self, memory: &impl Memory) -> bool {
        self.next_word(memory) & STARTS_SUBTREE != 0
    }

    /// Marks the capability as the start of a subtree.
    pub fn mark_subtree(self, memory: &mut impl Memory) {
        self.set_next_word(memory, self.next_word(memory) | STARTS_SUBTREE);
    }

    /// Writes links and marks; `marked` sets both marks or neither.
    pub fn set_links(
        self, memory: &mut impl Memory, previous: Option<Self>, next: Option<Self>, marked: bool,
    ) {
        let marks = if marked { REVOCABLE | STARTS_SUBTREE } else { 0 };
        self.set_next_word(memory, next.map_or(0, |slot| slot.address().0) | marks);
        self.set_previous(memory, previous);
    }

    /// Makes the slot hold a capability without any relatives, as the boot
    /// code does.
    pub fn write_root(self, memory: &mut impl Memory, cap: Cap) {
        self.set_cap(memory, cap);
        self.set_links(memory, None, None, true);
    }
}
