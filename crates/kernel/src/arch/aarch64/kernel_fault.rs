//! Reports exceptions that the kernel itself caused, and stops.

use core::{
    fmt::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{cpu::halt, uart::Console};

/// What the vectors store when EL2 code faults.
#[repr(C)]
struct Frame {
    /// X0 to X30.
    x: [u64; 31],
    sp: u64,
    elr: u64,
    spsr: u64,
    esr: u64,
    far: u64,
}

const _: () = assert!(core::mem::size_of::<Frame>() == 36 * 8);

/// Set once a report has begun: a fault during the report ends it.
static REPORTING: AtomicBool = AtomicBool::new(false);

/// Called by the vectors, on the fault stack.
#[unsafe(no_mangle)]
extern "C" fn report_kernel_fault(frame: &Frame, vector: u64) -> ! {
    // One core, and interrupts are masked: load and store need not be one step.
    if !REPORTING.load(Ordering::Relaxed) {
        REPORTING.store(true, Ordering::Relaxed);
        // Writing to the console can't fail.
        let _ = report(frame, vector);
    }
    halt()
}

fn report(frame: &Frame, vector: u64) -> core::fmt::Result {
    let mut out = Console;
    writeln!(out, "\nkernel fault: {} in {}", kind_name(vector), origin_name(vector))?;
    writeln!(out, "  {} (ESR_EL2 {:#x})", class_name(frame.esr >> 26 & 0x3f), frame.esr)?;
    writeln!(
        out,
        "  at ELR_EL2 {:#018x}  FAR_EL2 {:#018x}  SPSR_EL2 {:#x}",
        frame.elr, frame.far, frame.spsr
    )?;
    for (number, value) in frame.x.iter().enumerate() {
        let end = if number % 4 == 3 { '\n' } else { ' ' };
        write!(out, "  x{number:<2} {value:#018x}{end}")?;
    }
    writeln!(out, "  sp  {:#018x}", frame.sp)
}

fn kind_name(vector: u64) -> &'static str {
    match vector & 0x180 {
        0x000 => "synchronous exception",
        0x080 => "IRQ",
        0x100 => "FIQ",
        _ => "SError",
    }
}

fn origin_name(vector: u64) -> &'static str {
    match vector & 0x600 {
        0x000 => "the kernel, on SP_EL0",
        0x200 => "the kernel",
        0x400 => "a thread",
        _ => "a thread, in AArch32 state",
    }
}

/// Name of an exception class, ESR_ELx.EC.
fn class_name(class: u64) -> &'static str {
    match class {
        0x00 => "unknown reason (undefined instruction)",
        0x07 => "access to SIMD or floating point registers",
        0x0e => "illegal execution state",
        0x18 => "trapped system register access",
        0x21 => "instruction abort",
        0x22 => "misaligned program counter",
        0x25 => "data abort",
        0x26 => "misaligned stack pointer",
        0x2f => "SError",
        0x3c => "BRK instruction",
        _ => "other exception class",
    }
}
