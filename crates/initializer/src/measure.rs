//! How many instructions each step takes, where the emulator counts one nanosecond for each
//! (QEMU's `-icount shift=0`). Only in programs that are built to measure; elsewhere this does
//! nothing.

#[cfg(feature = "measure")]
pub use counting::{Steps, clear_memory, print};

#[cfg(feature = "measure")]
mod counting {
    use core::sync::atomic::{AtomicU64, Ordering};

    use sel4::{BootInfoPtr, ObjectBlueprint, init_thread::slot};
    use sel4_root_task::debug_println;

    use crate::{arch, slots};

    /// The steps, in their order. They are printed in the end, since there may be no console
    /// before.
    const NAMES: [&str; 9] = [
        "read the description",
        "clear memory",
        "make objects",
        "fill frames",
        "map frames",
        "hand out capabilities",
        "configure threads",
        "map rings",
        "start threads",
    ];
    static TOOK: [AtomicU64; NAMES.len()] = [const { AtomicU64::new(0) }; NAMES.len()];

    /// Prints how long each step took.
    pub fn print() {
        for (name, took) in NAMES.iter().zip(&TOOK) {
            debug_println!("bench {name} {}", took.load(Ordering::Relaxed));
        }
    }

    /// A stopwatch.
    pub struct Steps(u64);

    impl Steps {
        /// Starts it.
        pub fn start() -> Self {
            Self(arch::nanoseconds())
        }

        /// Notes how long the step took that ends here.
        pub fn end(&mut self, step: &str) {
            let took = arch::nanoseconds() - self.0;
            if let Some((_, place)) = NAMES.iter().zip(&TOOK).find(|(name, _)| **name == step) {
                place.store(took, Ordering::Relaxed);
            }
            self.0 = arch::nanoseconds();
        }
    }

    /// Lets the kernel clear all memory, so that clearing isn't counted when objects are made:
    /// what was cleared and never used isn't cleared again.
    pub fn clear_memory(bootinfo: &BootInfoPtr) {
        let place = bootinfo.empty().end() - 1;
        for (slot, untyped) in bootinfo.untyped().range().zip(bootinfo.untyped_list()) {
            if untyped.is_device() {
                continue;
            }
            let root = slot::CNODE.cap().absolute_cptr_for_self();
            let smallest = ObjectBlueprint::Untyped { size_bits: 4 };
            let untyped = slots::cap::<sel4::cap_type::Untyped>(slot);
            // A failure shows in the numbers.
            let _ = untyped.untyped_retype(&smallest, &root, place, 1);
            let _ = slots::path(place).delete();
        }
    }
}

/// A stopwatch that doesn't run.
#[cfg(not(feature = "measure"))]
pub struct Steps;

#[cfg(not(feature = "measure"))]
impl Steps {
    /// Does nothing.
    pub fn start() -> Self {
        Self
    }

    /// Does nothing.
    pub fn end(&mut self, _: &str) {}
}

/// Does nothing.
#[cfg(not(feature = "measure"))]
pub fn clear_memory(_: &sel4::BootInfoPtr) {}

/// Does nothing.
#[cfg(not(feature = "measure"))]
pub fn print() {}
