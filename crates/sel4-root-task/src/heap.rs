//! The heap.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

use linked_list_allocator::LockedHeap;

/// The memory of a heap.
#[doc(hidden)]
#[repr(C, align(4096))]
pub struct HeapMemory<const SIZE: usize>(UnsafeCell<[u8; SIZE]>);

// SAFETY: nothing refers to the bytes but the allocator, which has a lock.
unsafe impl<const SIZE: usize> Sync for HeapMemory<SIZE> {}

impl<const SIZE: usize> HeapMemory<SIZE> {
    #[allow(clippy::new_without_default)] // an accidental temporary would be large
    pub const fn new() -> Self {
        Self(UnsafeCell::new([0; SIZE]))
    }

    pub const fn start(&'static self) -> *mut u8 {
        self.0.get().cast()
    }
}

/// An allocator with a lock. Threads that share it need the same priority: the lock spins, and a
/// thread that is waiting for one of lower priority would wait forever.
#[doc(hidden)]
pub struct Heap {
    allocator: LockedHeap,
    start: *mut u8,
    size: usize,
}

// SAFETY: the allocator has a lock, and the address is read only.
unsafe impl Sync for Heap {}

impl Heap {
    pub const fn new<const SIZE: usize>(memory: &'static HeapMemory<SIZE>) -> Self {
        Self { allocator: LockedHeap::empty(), start: memory.start(), size: SIZE }
    }
}

// SAFETY: all of the work is the allocator's; it gets its memory before it gives any.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        {
            let mut allocator = self.allocator.lock();
            if allocator.bottom().is_null() {
                // SAFETY: the memory is the heap's alone and lives as long as the program.
                unsafe { allocator.init(self.start, self.size) };
            }
        }
        // SAFETY: the caller's promise is the same.
        unsafe { self.allocator.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.allocator.dealloc(ptr, layout) }
    }
}

/// Defines the global allocator.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_heap {
    ($size:expr) => {
        const _: () = {
            static MEMORY: $crate::_private::HeapMemory<{ $size }> =
                $crate::_private::HeapMemory::new();

            #[global_allocator]
            static HEAP: $crate::_private::Heap = $crate::_private::Heap::new(&MEMORY);
        };
    };
}
