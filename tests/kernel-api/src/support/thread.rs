//! Threads that run a closure.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use sel4::init_thread::slot;
use sel4::{CNodeCapData, CPtr, IpcBuffer, Result, UserContext, Word, cap};

use super::image::{self, PAGE};
use super::{Env, Failure, Outcome};

/// Priority of the thread that runs the test.
pub const TEST: Word = 100;
/// A priority above the test's: such a thread runs at once, until it blocks.
pub const ABOVE: Word = 120;
/// A priority below the test's: such a thread runs when the test blocks.
pub const BELOW: Word = 80;

const STACK: usize = 6 * PAGE;
const COUNT: usize = 12;

/// A guard page, a stack and an IPC buffer.
#[repr(C, align(4096))]
struct Memory {
    guard: [u8; PAGE],
    stack: [u8; STACK],
    ipc_buffer: [u8; PAGE],
}

#[repr(transparent)]
struct Shared(UnsafeCell<Memory>);

// SAFETY: only the thread that the memory was given to uses it; nothing else refers to it.
unsafe impl Sync for Shared {}

static MEMORY: [Shared; COUNT] = [const {
    Shared(UnsafeCell::new(Memory { guard: [0; PAGE], stack: [0; STACK], ipc_buffer: [0; PAGE] }))
}; COUNT];
static DONE: [AtomicUsize; COUNT] = [const { AtomicUsize::new(0) }; COUNT];
static USED: AtomicUsize = AtomicUsize::new(0);

/// Memory of a thread, and whether its closure has returned.
#[derive(Copy, Clone)]
pub struct Place(usize);

/// What a new thread's closure becomes on its stack.
#[derive(Copy, Clone)]
struct Start<F> {
    closure: F,
    tcb: cap::Tcb,
    place: Place,
}

impl Place {
    /// A place that no thread has.
    ///
    /// # Panics
    ///
    /// If there is none left.
    #[allow(clippy::new_without_default)] // it takes one of a few
    pub fn new() -> Self {
        let index = USED.fetch_add(1, Ordering::SeqCst);
        assert!(index < COUNT, "a test may have {COUNT} threads");
        DONE[index].store(0, Ordering::SeqCst);
        Self(index)
    }

    /// Unmaps the guard pages. To be called once.
    pub fn protect_all() -> Result<()> {
        (0..COUNT).try_for_each(|index| image::frame(Self(index).guard()).frame_unmap())
    }

    /// Takes back all places but the first `keep`.
    pub fn reset(keep: usize) {
        USED.store(keep, Ordering::SeqCst);
    }

    fn memory(self) -> *mut Memory {
        MEMORY[self.0].0.get()
    }

    /// Address of the page below the stack, which isn't mapped.
    pub fn guard(self) -> usize {
        self.memory().addr()
    }

    /// Address where the stack ends, growing down.
    fn top(self) -> usize {
        self.memory().addr() + PAGE + STACK
    }

    /// Address of the IPC buffer.
    pub fn ipc_buffer(self) -> usize {
        self.top()
    }

    /// Whether the closure has returned.
    pub fn is_done(self) -> bool {
        DONE[self.0].load(Ordering::SeqCst) != 0
    }

    /// Makes the thread that has this place run `closure` when it is resumed.
    pub fn aim<F: FnOnce() + Copy + 'static>(self, tcb: cap::Tcb, closure: F) -> Result<()> {
        DONE[self.0].store(0, Ordering::SeqCst);
        let start = Start { closure, tcb, place: self };
        let sp = (self.top() - size_of::<Start<F>>()) & !15;
        // SAFETY: the place is this thread's, which doesn't run, so nobody else uses its stack.
        unsafe { core::ptr::with_exposed_provenance_mut::<Start<F>>(sp).write(start) };
        let mut context = UserContext::default();
        *context.pc_mut() = begin::<F> as *const () as Word;
        *context.sp_mut() = sp as Word;
        *context.c_param_mut(0) = sp as Word;
        tcb.tcb_write_all_registers(false, &mut context)?;
        // To the `sel4` crate, the thread pointer is the address of the IPC buffer.
        tcb.tcb_set_tls_base(self.ipc_buffer() as Word)
    }
}

/// Where all threads begin.
unsafe extern "C" fn begin<F: FnOnce() + Copy + 'static>(start: *const Start<F>) -> ! {
    // SAFETY: `aim` has put it there.
    let Start { closure, tcb, place } = unsafe { start.read() };
    closure();
    DONE[place.0].store(1, Ordering::SeqCst);
    let _ = tcb.tcb_suspend();
    // In a CSpace without its own capability, the thread has none to a fault handler either: a
    // fault stops it.
    // SAFETY: the instruction is undefined, so nothing is executed after it.
    unsafe { core::arch::asm!("udf #0", options(noreturn)) }
}

/// Whether the page at this address of the image is a guard, which no address space may have.
pub fn is_guard(address: usize) -> bool {
    (0..COUNT).any(|index| Place(index).guard() == address)
}

/// A thread.
#[derive(Copy, Clone)]
pub struct Thread {
    /// Its capability.
    pub tcb: cap::Tcb,
    /// Its memory.
    pub place: Place,
}

/// How a thread is to be made.
#[derive(Copy, Clone)]
pub struct Options {
    /// Its priority, and the highest one that it can give.
    pub priority: Word,
    /// Where its faults go: a path in its CSpace.
    pub fault_handler: CPtr,
    /// Its CSpace.
    pub cspace: cap::CNode,
    /// The guard of its CSpace.
    pub cspace_data: Option<CNodeCapData>,
    /// Its address space, which has to have the image.
    pub vspace: cap::VSpace,
}

impl Env {
    /// A thread in the test's own spaces.
    pub fn options(self, priority: Word) -> Options {
        Options {
            priority,
            fault_handler: self.unexpected.cptr(),
            cspace: slot::CNODE.cap(),
            cspace_data: None,
            vspace: slot::VSPACE.cap(),
        }
    }

    /// Makes a thread that will run `closure` and then suspend itself. It doesn't run yet.
    pub fn thread<F: FnOnce() + Copy + 'static>(
        self, options: Options, closure: F,
    ) -> Result<Thread> {
        let thread = Thread { tcb: self.make()?, place: Place::new() };
        let tcb = thread.tcb;
        tcb.tcb_configure(
            options.fault_handler,
            options.cspace,
            options.cspace_data.unwrap_or(CNodeCapData::skip(0)),
            options.vspace,
            thread.place.ipc_buffer() as Word,
            image::frame(thread.place.ipc_buffer()),
        )?;
        tcb.tcb_set_sched_params(slot::TCB.cap(), options.priority, options.priority)?;
        thread.place.aim(tcb, closure)?;
        Ok(thread)
    }

    /// Makes and starts a thread.
    pub fn spawn<F: FnOnce() + Copy + 'static>(self, priority: Word, closure: F) -> Result<Thread> {
        let thread = self.thread(self.options(priority), closure)?;
        thread.tcb.tcb_resume()?;
        Ok(thread)
    }

    /// Makes and starts a thread whose faults go to `handler`.
    pub fn spawn_handled<F: FnOnce() + Copy + 'static>(
        self, handler: cap::Endpoint, closure: F,
    ) -> Result<Thread> {
        let fault_handler = handler.cptr();
        let thread = self.thread(Options { fault_handler, ..self.options(ABOVE) }, closure)?;
        thread.tcb.tcb_resume()?;
        Ok(thread)
    }
}

impl Thread {
    /// Fails unless the closure has returned.
    #[track_caller]
    pub fn is_done(self) -> Outcome {
        if self.place.is_done() {
            return Ok(());
        }
        Err(Failure::new(format_args!("the other thread didn't get to its end")))
    }

    /// Fails if the closure has returned.
    #[track_caller]
    pub fn is_blocked(self) -> Outcome {
        if !self.place.is_done() {
            return Ok(());
        }
        Err(Failure::new(format_args!("the other thread didn't block")))
    }
}

/// Makes the IPC buffer of a thread that has none known to the kernel usable for the `sel4` crate.
pub fn ipc_buffer_at(address: usize) -> &'static mut IpcBuffer {
    // SAFETY: the callers give the address of a page that was mapped for this.
    unsafe { &mut *core::ptr::with_exposed_provenance_mut(address) }
}
