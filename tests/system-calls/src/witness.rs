//! A task that has nothing to do with the one under test, and must not notice it.
//!
//! Whenever it is woken it looks after all that it has: memory on both sides of the other task's,
//! registers, capabilities, a partner that answers, and a guest.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use kernel_api_tests::support::check::{Failure, equal, holds};
use kernel_api_tests::support::env::{absolute, cap_at};
use kernel_api_tests::support::guest::{Guest, KEEP};
use kernel_api_tests::support::machine::around;
use kernel_api_tests::support::message::{info, set_words, word};
use kernel_api_tests::support::{Env, Outcome};
use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, Cap, CapRights, Error, VmAttributes, Word, cap, cap_type};
use sel4_root_task::debug_println;

use crate::arguments::PRIORITY;
use crate::random::Random;

/// A large page.
pub const LARGE: usize = 1 << 21;
const PAGE: usize = 4096;
/// What the guests' registers hold.
const GUEST_VALUES: [[Word; 2]; 2] = [[0x6775_6573_7421, 1], [0x7465_7374_2121, 2]];
/// The class of a call of the secure monitor (Arm ARM, ESR_EL2.EC).
const EC_SMC: Word = 0x17;

static PASSES: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicBool = AtomicBool::new(false);

/// How often everything was as it should be.
pub fn passes() -> u64 {
    PASSES.load(SeqCst)
}

/// Whether something wasn't, which it has printed.
pub fn has_failed() -> bool {
    FAILED.load(SeqCst)
}

/// What it has.
#[derive(Clone, Copy)]
pub struct Witness {
    /// Wakes it.
    pub wake: cap::Notification,
    /// Signalled when it has found everything in order.
    pub done: cap::Notification,
    /// Memory with a pattern, mapped here.
    pub neighbours: [usize; 2],
    partner: cap::Endpoint,
    own: cap::Notification,
    frame: cap::Granule,
    at: usize,
    /// Two empty slots.
    spare: [Word; 2],
    guests: [Guest; 2],
}

fn pattern(address: usize) -> Word {
    (address as Word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn read(address: usize) -> Word {
    // SAFETY: the callers give addresses of frames that were mapped for this, which Rust has no
    // other way to.
    unsafe { core::ptr::with_exposed_provenance::<Word>(address).read_volatile() }
}

fn write(address: usize, value: Word) {
    // SAFETY: as in `read`.
    unsafe { core::ptr::with_exposed_provenance_mut::<Word>(address).write_volatile(value) }
}

/// Fills a neighbour with its pattern.
pub fn fill(neighbour: usize) {
    (neighbour..neighbour + LARGE).step_by(8).for_each(|address| write(address, pattern(address)));
}

/// Fails unless the large page mapped at `address` is all zeros.
pub fn is_zero(address: usize) -> Outcome {
    match (address..address + LARGE).step_by(8).find(|it| read(*it) != 0) {
        None => Ok(()),
        Some(it) => {
            let value = read(it);
            Err(Failure::new(format_args!("memory that came back has {value:#x} in it, not zero")))
        }
    }
}

impl Witness {
    /// Makes and starts it. The page at `at` is mapped with the tables that it needs.
    pub fn start(
        env: Env, wake: cap::Notification, done: cap::Notification, neighbours: [usize; 2],
        at: usize,
    ) -> Outcome<Self> {
        let partner = env.endpoint()?;
        env.spawn(PRIORITY, move || {
            let (mut message, _) = partner.recv(());
            loop {
                let sum = (0..message.length()).map(word).fold(message.label(), Word::wrapping_add);
                set_words(&[sum]);
                message = partner.reply_recv(info(0, 1), ()).0;
            }
        })?;
        let frame: cap::Granule = env.make()?;
        env.map(frame, slot::VSPACE.cap(), at, CapRights::all(), VmAttributes::DEFAULT)?;
        let guests = [env.guest(KEEP, &GUEST_VALUES[0])?, env.guest(KEEP, &GUEST_VALUES[1])?];
        let first = env.slots(2).path().bits();
        let (spare, own) = ([first, first + 1], env.notification()?);
        let witness = Self { wake, done, neighbours, partner, own, frame, at, spare, guests };
        env.spawn(PRIORITY, move || witness.run())?;
        Ok(witness)
    }

    fn run(self) {
        let mut random = Random::new(1);
        let mut result = self.start_guests();
        let physical = self.frame.frame_get_address();
        let mut round: Word = 0;
        while result.is_ok() {
            round += 1;
            let left = around(round, || _ = self.wake.wait());
            result = equal(left, 2 * round + 1).and_then(|()| self.look(round, &mut random));
            result = result.and_then(|()| equal(self.frame.frame_get_address(), physical));
            PASSES.fetch_add(1, SeqCst);
            self.done.signal();
        }
        if let Err(Failure::Failed(reason)) = result {
            debug_println!("system-calls: FAILED: {reason}");
        }
        FAILED.store(true, SeqCst);
        self.done.signal();
    }

    /// Lets the guests get to their first exit: they hold their values then.
    fn start_guests(&self) -> Outcome {
        for guest in self.guests {
            guest.tcb.tcb_resume()?;
            guest.trapped(EC_SMC)?;
        }
        Ok(())
    }

    fn look(&self, round: Word, random: &mut Random) -> Outcome {
        let [before, behind] = self.neighbours;
        for page in [before, before + LARGE - PAGE, behind, before + random.index(512) * PAGE] {
            let wrong = (page..page + PAGE).step_by(8).find(|it| read(*it) != pattern(*it));
            holds(wrong.is_none(), "memory of another task is as it was")?;
        }
        set_words(&[round, 2, 3, 4, 5, 6]);
        let answer = self.partner.call(info(round, 6));
        equal((answer.label(), word(0)), (0, 2 * round + 20))?;
        self.capabilities(round)?;
        for (guest, values) in self.guests.into_iter().zip(GUEST_VALUES) {
            let mut context = guest.tcb.tcb_read_all_registers(false)?;
            *context.pc_mut() += 4;
            guest.tcb.tcb_write_all_registers(true, &mut context)?;
            guest.trapped(EC_SMC)?;
            // It gets back what it had before.
            let expected = if round.is_multiple_of(2) { [0; 2] } else { values };
            equal([guest.register(0)?, guest.register(1)?], expected)?;
        }
        Ok(())
    }

    /// Uses its own capabilities.
    fn capabilities(&self, round: Word) -> Outcome {
        let [spare, probe]: [AbsoluteCPtr; 2] =
            self.spare.map(|slot| absolute::<cap_type::Unspecified>(Cap::from_bits(slot)));
        let empty = matches!(
            probe.copy(&spare, CapRights::all()),
            Err(Error::FailedLookup { source: true, .. })
        );
        holds(empty, "a slot of another task is empty")?;
        spare.mint(&absolute(self.own), CapRights::all(), round | 1)?;
        cap_at::<cap_type::Notification>(&spare).signal();
        equal(self.own.poll().1, round | 1)?;
        spare.delete()?;
        equal(read(self.at), round - 1)?;
        self.frame.frame_unmap()?;
        let (rights, attributes) = (CapRights::all(), VmAttributes::DEFAULT);
        self.frame.frame_map(slot::VSPACE.cap(), self.at, rights, attributes)?;
        write(self.at, round);
        Ok(())
    }
}
