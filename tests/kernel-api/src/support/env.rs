//! What a test has: slots, memory and objects, which are taken away when it ends.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use sel4::init_thread::{Slot, slot};
use sel4::{
    AbsoluteCPtr, CPtr, Cap, CapRights, CapType, CapTypeForObjectOfFixedSize,
    CapTypeForObjectOfVariableSize, Result, Word, cap,
};

use super::image::bootinfo;

/// Memory that a test can use, as a power of two.
pub const MEMORY_BITS: usize = 25;

/// Words that threads share.
static CELLS: [AtomicU64; 32] = [const { AtomicU64::new(0) }; 32];
static USED_CELLS: AtomicUsize = AtomicUsize::new(0);
static FIRST_SLOT: AtomicUsize = AtomicUsize::new(0);
static NEXT_SLOT: AtomicUsize = AtomicUsize::new(0);
static MEMORY: AtomicUsize = AtomicUsize::new(0);

/// The environment of the test that is running. All its state is in statics, so that every thread
/// of a test has the same.
#[derive(Copy, Clone)]
pub struct Env {
    /// Where faults go that a test doesn't expect. It has a badge.
    pub unexpected: cap::Endpoint,
    /// Where the driver receives them.
    pub reports: cap::Endpoint,
}

impl Env {
    /// Takes the first slots and the memory, and calls `make` for objects that outlive the tests.
    /// To be called once, before the first test.
    pub fn first<T>(make: impl FnOnce(Self) -> Result<T>) -> Result<(Self, T)> {
        let bootinfo = bootinfo();
        let list = bootinfo.untyped_list();
        let big = bootinfo
            .kernel_untyped_range()
            .find(|i| list[*i].size_bits() > MEMORY_BITS)
            .expect("an untyped of 64 MiB");
        let untyped = bootinfo.untyped().index(big).cap();
        NEXT_SLOT.store(bootinfo.empty().start(), Ordering::SeqCst);
        MEMORY.store(bootinfo.untyped().index(big).index(), Ordering::SeqCst);
        let own = Self { unexpected: Cap::from_bits(0), reports: Cap::from_bits(0) };
        let reports = own.endpoint()?;
        let unexpected = own.badged(reports, 1)?;
        let made = make(own)?;
        let blueprint = sel4::ObjectBlueprint::Untyped { size_bits: MEMORY_BITS };
        let memory: cap::Untyped = own.retype(untyped, blueprint)?;
        MEMORY.store(index(memory), Ordering::SeqCst);
        FIRST_SLOT.store(NEXT_SLOT.load(Ordering::SeqCst), Ordering::SeqCst);
        let env = Self { unexpected, reports };
        Ok((env, made))
    }

    /// Takes back what a test has used.
    pub fn reset(self) -> Result<()> {
        let first = FIRST_SLOT.load(Ordering::SeqCst);
        // What wasn't made of the test's memory has to be deleted on its own.
        for index in first..NEXT_SLOT.swap(first, Ordering::SeqCst) {
            slot_at(index).delete()?;
        }
        CELLS.iter().for_each(|cell| cell.store(0, Ordering::SeqCst));
        USED_CELLS.store(0, Ordering::SeqCst);
        absolute(self.memory()).revoke()
    }

    /// The untyped that everything of the test is made of.
    pub fn memory(self) -> cap::Untyped {
        Cap::from_bits(MEMORY.load(Ordering::SeqCst) as Word)
    }

    /// A word of 0 that threads can share.
    pub fn cell(self) -> &'static AtomicU64 {
        &CELLS[USED_CELLS.fetch_add(1, Ordering::SeqCst)]
    }

    /// An empty slot.
    pub fn slot(self) -> AbsoluteCPtr {
        self.slots(1)
    }

    /// The first of `count` empty slots in a row.
    pub fn slots(self, count: usize) -> AbsoluteCPtr {
        slot_at(NEXT_SLOT.fetch_add(count, Ordering::SeqCst))
    }

    /// Makes an object in a slot of its own.
    pub fn retype<T: CapType>(
        self, untyped: cap::Untyped, blueprint: sel4::ObjectBlueprint,
    ) -> Result<Cap<T>> {
        let slot = self.slot();
        retype_into(untyped, blueprint, &slot, 1)?;
        Ok(cap_at(&slot))
    }

    /// Makes an object.
    pub fn make<T: CapTypeForObjectOfFixedSize>(self) -> Result<Cap<T>> {
        self.retype(self.memory(), T::object_blueprint())
    }

    /// Makes an object of the given size.
    pub fn make_sized<T: CapTypeForObjectOfVariableSize>(self, bits: usize) -> Result<Cap<T>> {
        self.retype(self.memory(), T::object_blueprint(bits))
    }

    /// Makes an endpoint.
    pub fn endpoint(self) -> Result<cap::Endpoint> {
        self.make()
    }

    /// Makes a notification.
    pub fn notification(self) -> Result<cap::Notification> {
        self.make()
    }

    /// Makes a copy with a badge and all rights.
    pub fn badged<T: CapType>(self, cap: Cap<T>, badge: Word) -> Result<Cap<T>> {
        self.minted(cap, CapRights::all(), badge)
    }

    /// Makes a copy with a badge or guard and at most these rights.
    pub fn minted<T: CapType>(self, cap: Cap<T>, rights: CapRights, badge: Word) -> Result<Cap<T>> {
        let slot = self.slot();
        slot.mint(&absolute(cap), rights, badge)?;
        Ok(cap_at(&slot))
    }

    /// Makes a copy with at most these rights.
    pub fn copy<T: CapType>(self, cap: Cap<T>, rights: CapRights) -> Result<Cap<T>> {
        let slot = self.slot();
        slot.copy(&absolute(cap), rights)?;
        Ok(cap_at(&slot))
    }
}

/// Makes `count` objects, from a slot of the root CNode on.
pub fn retype_into(
    untyped: cap::Untyped, blueprint: sel4::ObjectBlueprint, first: &AbsoluteCPtr, count: usize,
) -> Result<()> {
    let root = slot::CNODE.cap().absolute_cptr_for_self();
    untyped.untyped_retype(&blueprint, &root, slot_index(first), count)
}

fn index<T: CapType>(cap: Cap<T>) -> usize {
    usize::try_from(cap.bits()).expect("a slot of the root CNode")
}

fn slot_index(slot: &AbsoluteCPtr) -> usize {
    usize::try_from(slot.path().bits()).expect("a slot of the root CNode")
}

fn slot_at(index: usize) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(Slot::<sel4::cap_type::Null>::from_index(index).cptr())
}

/// The slot that a capability of the root CNode is in.
pub fn absolute<T: CapType>(cap: Cap<T>) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(cap)
}

/// The capability in a slot of the root CNode.
pub fn cap_at<T: CapType>(slot: &AbsoluteCPtr) -> Cap<T> {
    CPtr::from_bits(slot.path().bits()).cast()
}

/// Whether there is nothing in the slot: then, and only then, it can be copied to.
pub fn is_empty(env: Env, slot: &AbsoluteCPtr) -> bool {
    let probe = env.slot();
    match probe.copy(slot, CapRights::all()) {
        Ok(()) => false,
        Err(error) => matches!(error, sel4::Error::FailedLookup { source: true, .. }),
    }
}
