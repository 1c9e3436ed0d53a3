//! Ends tests that keep the processor busy for too long.
//!
//! The alarm is a thread above everything a test can start. It waits for the interrupt of the
//! timer that user level has, and then gives the processor to the driver. A test that needs the
//! timer for itself takes it, and has to come to its end without the alarm.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, CNodeCapData, CPtr, Result, Word, cap, cap_type};

use super::env::cap_at;
use super::machine::{per_millisecond, set_timer};
use super::thread::Place;
use super::{Env, image};

/// The interrupt of the EL1 physical timer.
pub const TIMER: Word = 30;
/// How long a test may run.
const LIMIT_MS: u64 = 5000;
/// Below the driver at work, above every test.
const PRIORITY: Word = 254;

static RANG: AtomicBool = AtomicBool::new(false);
static HANDLER: AtomicU64 = AtomicU64::new(0);

/// The capabilities that the alarm needs.
#[derive(Copy, Clone)]
pub struct Alarm {
    tcb: cap::Tcb,
    ntfn: cap::Notification,
    handler: AbsoluteCPtr,
}

impl Alarm {
    /// Makes the alarm's objects.
    pub fn new(env: Env) -> Result<Self> {
        let handler = env.slot();
        HANDLER.store(handler.path().bits(), Ordering::SeqCst);
        Ok(Self { tcb: env.make()?, ntfn: env.make()?, handler })
    }

    /// Starts the alarm's thread. When the alarm rings, the priority of `driver` is set to
    /// `priority`.
    pub fn start(self, place: Place, driver: cap::Tcb, priority: Word) -> Result<()> {
        self.tcb.tcb_configure(
            CPtr::from_bits(0),
            slot::CNODE.cap(),
            CNodeCapData::skip(0),
            slot::VSPACE.cap(),
            place.ipc_buffer() as Word,
            image::frame(place.ipc_buffer()),
        )?;
        self.tcb.tcb_set_sched_params(slot::TCB.cap(), PRIORITY, PRIORITY)?;
        place.aim(self.tcb, move || {
            loop {
                self.ntfn.wait();
                RANG.store(true, Ordering::SeqCst);
                let _ = driver.tcb_set_priority(slot::TCB.cap(), priority);
            }
        })?;
        self.tcb.tcb_resume()
    }

    /// Sets the alarm, from now on. It takes the timer back from a test that had it.
    pub fn set(self) -> Result<()> {
        set_timer(None);
        self.handler.delete()?;
        slot::IRQ_CONTROL.cap().irq_control_get(TIMER, &self.handler)?;
        let handler = cap_at::<cap_type::IrqHandler>(&self.handler);
        // A GICv3 keeps an interrupt from coming until somebody acknowledges it, even if its
        // handler is another than when it came.
        handler.irq_handler_ack()?;
        handler.irq_handler_set_notification(self.ntfn)?;
        RANG.store(false, Ordering::SeqCst);
        set_timer(Some(LIMIT_MS * per_millisecond()));
        Ok(())
    }
}

/// Whether the alarm has rung since it was set.
pub fn rang() -> bool {
    RANG.load(Ordering::SeqCst)
}

/// Gives the timer to the test that is running: it doesn't fire, and its interrupt has no handler.
pub fn take_timer() -> Result<()> {
    set_timer(None);
    let handler = CPtr::from_bits(HANDLER.load(Ordering::SeqCst));
    slot::CNODE.cap().absolute_cptr(handler).delete()
}
