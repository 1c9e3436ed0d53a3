//! The initial thread's stack.

use core::cell::UnsafeCell;

use sel4::BootInfoPtr;

use crate::image;
use crate::image::PAGE_SIZE;

/// Bytes of the stack where nothing else is asked for.
pub const DEFAULT_STACK_SIZE: usize = 64 * 1024;

/// A stack with a guard page below it. The guard is a page of the image as any other, until it is
/// unmapped at start.
#[doc(hidden)]
#[repr(C, align(4096))]
pub struct Stack<const SIZE: usize> {
    guard: [u8; PAGE_SIZE],
    stack: UnsafeCell<[u8; SIZE]>,
}

// SAFETY: nothing refers to the bytes; one thread's stack pointer goes there.
unsafe impl<const SIZE: usize> Sync for Stack<SIZE> {}

impl<const SIZE: usize> Stack<SIZE> {
    #[allow(clippy::new_without_default)] // an accidental temporary would be large
    pub const fn new() -> Self {
        assert!(
            SIZE > 0 && SIZE.is_multiple_of(16),
            "the size of a stack has to be a multiple of 16 bytes"
        );
        Self { guard: [0; PAGE_SIZE], stack: UnsafeCell::new([0; SIZE]) }
    }

    /// Where the stack begins, growing down.
    pub const fn top(&'static self) -> StackTop {
        StackTop {
            // SAFETY: one past the end of the array.
            top: unsafe { self.stack.get().cast::<u8>().add(SIZE) },
            guard: self.guard.as_ptr(),
        }
    }
}

/// The ends of the stack. The entry point reads the first field.
#[doc(hidden)]
#[repr(C)]
pub struct StackTop {
    top: *mut u8,
    guard: *const u8,
}

// SAFETY: addresses, read only.
unsafe impl Sync for StackTop {}

unsafe extern "Rust" {
    /// Defined by `declare_stack`.
    pub(crate) safe static __sel4_root_task_stack_top: StackTop;
}

/// Unmaps the guard page, so that an overflowing stack faults and writes over nothing.
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
pub(crate) fn guard(bootinfo: &BootInfoPtr) {
    let guard = __sel4_root_task_stack_top.guard.addr();
    let frame = image::slot(bootinfo, guard);
    if let Err(err) = frame.cap().frame_unmap() {
        crate::abort!("can't unmap the stack's guard page {guard:#x}: {err}");
    }
}

/// Defines the stack that the entry point uses.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_stack {
    ($size:expr) => {
        const _: () = {
            static STACK: $crate::_private::Stack<{ $size }> = $crate::_private::Stack::new();

            #[unsafe(no_mangle)]
            static __sel4_root_task_stack_top: $crate::_private::StackTop = STACK.top();
        };
    };
}
