//! The ways into the kernel: boot, system calls, interrupts, exceptions.
//!
//! Every way ends in [`resume`]. The exception vectors have saved the thread's
//! registers into its TCB and given an empty stack.

use core::cell::UnsafeCell;
use core::fmt::Write;
use core::panic::PanicInfo;

use kernel_core::boot::BootParameters;
use kernel_core::{Kernel, Machine, PhysRange};

use crate::arch::current::context::{UserContext, restore_user_context};
use crate::arch::current::memory_map::{image_phys_range, phys_to_virt, to_usize};
use crate::arch::current::uart::Console;
use crate::arch::current::{boot, cpu, generic_timer};
use crate::machine::Hardware64;
use crate::platform;

/// The only instance of the kernel.
struct Instance(UnsafeCell<Kernel<Hardware64>>);

// SAFETY: one core runs the kernel, with interrupts masked.
unsafe impl Sync for Instance {}

static INSTANCE: Instance = Instance(UnsafeCell::new(Kernel::new(Hardware64::new())));

/// The kernel, for one entry.
///
/// # Safety
/// Once per entry.
unsafe fn kernel() -> &'static mut Kernel<Hardware64> {
    // SAFETY: entries don't nest, and the reference of the last one ended with
    // its stack.
    unsafe { &mut *INSTANCE.0.get() }
}

/// Returns to the current thread, or waits for an interrupt that makes one.
#[inline(always)]
fn resume(kernel: &mut Kernel<Hardware64>) -> ! {
    if kernel.is_idle() {
        idle(kernel);
    }
    leave(kernel)
}

#[cold]
fn idle(kernel: &mut Kernel<Hardware64>) {
    while kernel.is_idle() {
        cpu::wait_for_interrupt();
        kernel.handle_interrupt();
    }
}

/// Returns to the current thread.
#[inline(always)]
fn leave(kernel: &Kernel<Hardware64>) -> ! {
    let registers = kernel.current().registers();
    let context: *const UserContext =
        core::ptr::with_exposed_provenance(to_usize(phys_to_virt(registers.0 as u64)));
    // SAFETY: the registers of a TCB are 16-byte aligned, and stay until the
    // thread is switched away from. The algorithms give threads no processor
    // state beyond EL0, but for those with a VCPU, and map for them only
    // memory that the kernel gave away.
    unsafe { restore_user_context(context) }
}

/// Boots, with the arguments of seL4's loaders: the physical range of the root
/// task's image, physical minus virtual address of it, its entry, and the
/// device tree.
#[unsafe(no_mangle)]
extern "C" fn kernel_boot(
    image_start: u64, image_end: u64, image_offset: u64, entry: u64, device_tree: u64,
    device_tree_bytes: u64,
) -> ! {
    // SAFETY: this is the first thing, and happens once.
    if let Err(error) = unsafe { boot::init() } {
        panic!("{error}");
    }
    // SAFETY: the first entry.
    let kernel = unsafe { kernel() };
    kernel.machine.probe();
    kernel.machine.print(format_args!("embedded kernel: booting\n"));
    if let Some(frequency) = generic_timer::unexpected_frequency() {
        let expected = platform::TIMER_FREQUENCY;
        kernel.machine.print(format_args!(
            "the timer runs at {frequency} Hz, the kernel was built for {expected} Hz\n"
        ));
    }
    let range = |start, end| PhysRange::new(to_usize(start), to_usize(end));
    let kernel_image = image_phys_range();
    let memory = platform::MEMORY.map(|memory| PhysRange::new(memory.start, memory.end));
    let devices = platform::DEVICES.map(|device| PhysRange::new(device.start, device.end));
    let parameters = BootParameters {
        memory: &memory,
        devices: &devices,
        kernel: range(kernel_image.start, kernel_image.end),
        image: range(image_start, image_end),
        image_offset: to_usize(image_offset),
        entry: to_usize(entry),
        device_tree: (device_tree_bytes > 0)
            .then(|| range(device_tree, device_tree + device_tree_bytes)),
    };
    if let Err(error) = kernel.boot(&parameters) {
        panic!("{error}");
    }
    kernel.machine.print(format_args!("embedded kernel: starting the root task\n"));
    resume(kernel)
}

#[unsafe(no_mangle)]
extern "C" fn handle_syscall(capability: u64, message_info: u64, number: u64) -> ! {
    // SAFETY: the vectors call this once per entry.
    let kernel = unsafe { kernel() };
    let number = to_usize(number);
    if kernel.fast_syscall(to_usize(capability), to_usize(message_info), number) {
        leave(kernel)
    }
    kernel.handle_syscall(number);
    resume(kernel)
}

#[unsafe(no_mangle)]
extern "C" fn handle_interrupt() -> ! {
    // SAFETY: the vectors call this once per entry.
    let kernel = unsafe { kernel() };
    kernel.handle_interrupt();
    resume(kernel)
}

#[unsafe(no_mangle)]
extern "C" fn handle_exception(syndrome: u64) -> ! {
    // SAFETY: the vectors call this once per entry.
    let kernel = unsafe { kernel() };
    kernel.handle_exception(to_usize(syndrome));
    resume(kernel)
}

/// Reports a defect of the kernel, or an image that it can't boot.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "\nembedded kernel: {}", info.message());
    if let Some(location) = info.location() {
        let _ = writeln!(Console, "  in {location}");
    }
    let _ = writeln!(Console, "  the machine stops");
    cpu::halt()
}
