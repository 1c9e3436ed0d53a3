//! The state of 32 interrupts, a bit for each, as the registers have it.

use crate::intid::{Group, PER_BLOCK, Priority};

/// Groups that the distributor forwards, GICD_CTLR.EnableGrp0 and EnableGrp1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupEnables {
    pub zero: bool,
    pub one: bool,
}

/// 32 interrupts.
///
/// Only bits of `exists` are ever set in the other words.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    exists: u32,
    enabled: u32,
    /// Set: group 1.
    group: u32,
    /// Set: edge-triggered.
    edge: u32,
    /// Pending until acknowledged: after an edge, or because software asked for it.
    latch: u32,
    /// The level of the wire.
    line: u32,
    /// Made active by software, not by an acknowledge.
    active: u32,
    /// In a list register. Whether the guest has acknowledged it isn't known until it ends.
    held: u32,
    /// The wire is an interrupt of the host that stays masked until it is released.
    host: u32,
    /// Interrupts of the host that are to be unmasked.
    released: u32,
    priority: [Priority; PER_BLOCK],
}

impl Block {
    /// Interrupts that exist where `exists` has bits, as after a reset.
    pub fn new(exists: u32, enabled: u32, group: u32, edge: u32) -> Self {
        Self {
            exists,
            enabled: enabled & exists,
            group: group & exists,
            edge: edge & exists,
            latch: 0,
            line: 0,
            active: 0,
            held: 0,
            host: 0,
            released: 0,
            priority: [Priority::default(); PER_BLOCK],
        }
    }

    /// Resets the interrupts to the state of `initial`. A reset of the controller doesn't change
    /// what devices drive, but lets go of the host's interrupts.
    pub fn reset(&mut self, initial: Self) {
        let line = self.line & !self.host;
        let released = self.released | self.host;
        *self = initial;
        self.line = line;
        self.released = released;
    }

    pub const fn enabled(&self) -> u32 {
        self.enabled
    }

    pub const fn group(&self) -> u32 {
        self.group
    }

    pub const fn edge(&self) -> u32 {
        self.edge
    }

    pub const fn exists(&self) -> u32 {
        self.exists
    }

    /// Pending and not, or not only, in a list register (IHI 0048B 4.3.7 and figure 4-10).
    pub const fn pending(&self) -> u32 {
        self.latch | (self.line & !self.edge)
    }

    /// What ISPENDR shows. What is in a list register is pending or active, and nobody can know
    /// which of the two; both are shown, so a guest that waits for either doesn't wait forever.
    pub const fn shown_pending(&self) -> u32 {
        self.pending() | self.held
    }

    /// What ISACTIVER shows.
    pub const fn shown_active(&self) -> u32 {
        self.active | self.held
    }

    pub fn enable(&mut self, mask: u32) {
        self.enabled |= mask & self.exists;
    }

    pub const fn disable(&mut self, mask: u32) {
        self.enabled &= !mask;
    }

    pub const fn set_group(&mut self, group: u32) {
        self.group = group & self.exists;
    }

    pub const fn activate(&mut self, mask: u32) {
        self.active |= mask & self.exists;
    }

    pub const fn deactivate(&mut self, mask: u32) {
        self.active &= !mask;
    }

    pub const fn latch(&mut self, mask: u32) {
        self.latch |= mask & self.exists;
    }

    /// ICPENDR: a level-sensitive interrupt whose wire is high stays pending (IHI 0048B 4.3.8).
    pub const fn clear_pending(&mut self, mask: u32) {
        let lost = self.latch & mask;
        self.latch &= !mask;
        // The edge of the host that was taken back will never end.
        self.release(lost & self.edge & !self.held);
    }

    /// Configures all 32 interrupts. One that is high stays pending when it becomes
    /// edge-triggered, or it would be lost.
    pub const fn set_edge(&mut self, edge: u32) {
        let edge = edge & self.exists;
        self.latch |= edge & !self.edge & self.line & !self.held;
        self.edge = edge;
    }

    pub fn priority(&self, bit: usize) -> Priority {
        self.priority.get(bit).copied().unwrap_or_default()
    }

    pub fn set_priority(&mut self, bit: usize, priority: Priority) {
        let exists = u32::try_from(bit).is_ok_and(|bit| self.exists & (1 << (bit % 32)) != 0);
        if let Some(place) = self.priority.get_mut(bit).filter(|_| exists) {
            *place = priority;
        }
    }

    /// Drives wires.
    pub const fn set_line(&mut self, mask: u32, asserted: bool) {
        let mask = mask & self.exists;
        if asserted {
            self.latch |= mask & !self.line & self.edge;
            self.line |= mask;
        } else {
            self.line &= !mask;
        }
    }

    /// Drives wires high on behalf of interrupts of the host, which are masked from now on.
    pub const fn fire(&mut self, mask: u32) {
        self.set_line(mask, true);
        self.host |= mask & self.exists;
        self.released &= !mask;
    }

    /// Puts an interrupt into a list register. It is no longer pending, unless the wire says so.
    /// Returns whether it was pending without the wire.
    pub const fn hold(&mut self, mask: u32) -> bool {
        let latched = self.latch & mask != 0;
        self.latch &= !mask;
        self.held |= mask;
        latched
    }

    /// Takes an interrupt out of a list register, after the guest has ended it.
    pub const fn end(&mut self, mask: u32) {
        self.held &= !mask;
        self.release(mask);
    }

    /// Takes back what [`hold`](Self::hold) did and returned. Like [`set_edge`](Self::set_edge),
    /// it doesn't lose a level that has become an edge.
    pub const fn take_back(&mut self, mask: u32, latched: bool) {
        self.held &= !mask;
        self.latch |= mask & if latched { mask } else { self.edge & self.line };
    }

    const fn release(&mut self, mask: u32) {
        let mask = mask & self.host;
        self.host &= !mask;
        self.line &= !mask;
        self.released |= mask;
    }

    /// One interrupt of the host that is to be unmasked, once.
    pub const fn next_released(&mut self) -> Option<u32> {
        if self.released == 0 {
            return None;
        }
        let bit = self.released.trailing_zeros();
        self.released &= self.released - 1;
        Some(bit)
    }

    /// What may go into a list register now.
    pub const fn candidates(&self, groups: GroupEnables) -> u32 {
        let zero = if groups.zero { !self.group } else { 0 };
        let one = if groups.one { self.group } else { 0 };
        self.pending() & self.enabled & !self.active & !self.held & (zero | one)
    }

    /// The most urgent of the interrupts in `among`, the lowest of equals.
    pub fn most_urgent(&self, among: u32) -> Option<(Priority, u32)> {
        // Every exit asks, and there is hardly ever an interrupt among these.
        let mut best: Option<(Priority, u32)> = None;
        let mut rest = among;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            let priority = self.priority(usize::try_from(bit).unwrap_or(PER_BLOCK));
            if best.is_none_or(|(most, _)| priority < most) {
                best = Some((priority, bit));
            }
        }
        best
    }

    pub const fn group_of(&self, mask: u32) -> Group {
        if self.group & mask == 0 { Group::Zero } else { Group::One }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    const BOTH: GroupEnables = GroupEnables { zero: true, one: true };

    fn enabled(edge: u32) -> Block {
        Block::new(u32::MAX, u32::MAX, 0, edge)
    }

    #[test]
    fn a_level_is_pending_as_long_as_it_is_high() {
        let mut block = enabled(0);
        block.set_line(1, true);
        block.clear_pending(1);
        assert_eq!(block.candidates(BOTH), 1);
        block.hold(1);
        assert_eq!(block.candidates(BOTH), 0);
        block.end(1);
        assert_eq!(block.candidates(BOTH), 1, "still high, so pended again");
        block.set_line(1, false);
        assert_eq!(block.candidates(BOTH), 0);
    }

    #[test]
    fn an_edge_is_pending_until_it_is_delivered() {
        let mut block = enabled(1);
        block.set_line(1, true);
        block.set_line(1, false);
        assert_eq!(block.candidates(BOTH), 1);
        block.hold(1);
        block.set_line(1, true);
        block.end(1);
        assert_eq!(block.candidates(BOTH), 1, "an edge came meanwhile");
        block.clear_pending(1);
        assert_eq!(block.candidates(BOTH), 0);
    }

    #[test]
    fn a_high_wire_survives_becoming_edge_triggered() {
        let mut block = enabled(0);
        block.fire(1);
        block.set_edge(1);
        assert_eq!(block.candidates(BOTH), 1);
        block.clear_pending(1);
        assert_eq!(block.next_released(), Some(0));
    }

    #[test]
    fn a_level_that_became_an_edge_in_a_list_register_is_not_lost() {
        let mut block = enabled(0);
        block.fire(1);
        let latched = block.hold(1);
        block.set_edge(1);
        block.take_back(1, latched);
        assert_eq!(block.candidates(BOTH), 1);
    }

    #[test]
    fn groups_are_forwarded_one_by_one() {
        let mut block = Block::new(u32::MAX, u32::MAX, 0b10, 0);
        block.latch(0b11);
        let only = |zero, one| block.candidates(GroupEnables { zero, one });
        assert_eq!((only(true, false), only(false, true)), (0b01, 0b10));
        assert_eq!((only(false, false), only(true, true)), (0, 0b11));
    }

    #[test]
    fn what_does_not_exist_stays_zero() {
        let mut block = Block::new(1, u32::MAX, u32::MAX, u32::MAX);
        block.enable(u32::MAX);
        block.set_group(u32::MAX);
        block.set_edge(u32::MAX);
        block.latch(u32::MAX);
        block.activate(u32::MAX);
        block.fire(u32::MAX);
        block.set_priority(1, Priority::from_field(0x80));
        assert_eq!((block.enabled(), block.group(), block.edge()), (1, 1, 1));
        assert_eq!((block.shown_pending(), block.shown_active()), (1, 1));
        assert_eq!(block.priority(1), Priority::default());
    }
}
