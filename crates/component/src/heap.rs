//! The heap, of the size that the configuration gives.

use core::alloc::{GlobalAlloc, Layout};

use linked_list_allocator::LockedHeap;

use crate::local::state;

struct Heap(LockedHeap);

#[cfg_attr(target_os = "none", global_allocator)]
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
static HEAP: Heap = Heap(LockedHeap::empty());

// SAFETY: all of the work is the allocator's, which gives nothing before it has memory.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same. Layouts of no size don't come here.
        let block = unsafe { self.0.alloc(layout) };
        if block.is_null() {
            state().lacking.set(layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.0.dealloc(ptr, layout) }
    }
}

/// Gives the allocator its memory.
///
/// # Safety
///
/// To be called once, with a configuration of the running instance.
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
pub(crate) unsafe fn init(config: &component_config::Config<'_>) {
    let Some(region) = config.heap() else {
        return;
    };
    if let (Ok(start), Ok(size)) = (usize::try_from(region.address), usize::try_from(region.size)) {
        let start = core::ptr::with_exposed_provenance_mut(start);
        // SAFETY: the assembler has mapped this memory for the heap and nothing else.
        unsafe { HEAP.0.lock().init(start, size) };
    }
}

/// Bytes of the heap that are in use.
#[must_use]
pub fn used() -> usize {
    HEAP.0.try_lock().map_or(0, |heap| heap.used())
}

/// What to say after an allocation has failed; nothing if none has.
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
pub(crate) fn complaint() -> Option<impl core::fmt::Display> {
    struct Complaint {
        lacking: usize,
        size: u64,
        free: usize,
    }

    impl core::fmt::Display for Complaint {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            let Self { lacking, size, free } = self;
            write!(
                f,
                "{lacking} bytes were asked for, {free} are free: set a larger heap_size, \
                 it is {size} now"
            )
        }
    }

    let lacking = state().lacking.get();
    let heap = state().config.get().and_then(|config| config.heap());
    let free = HEAP.0.try_lock().map_or(0, |heap| heap.free());
    (lacking != 0).then(|| Complaint { lacking, size: heap.map_or(0, |heap| heap.size), free })
}
