//! The processor: entry, exceptions, calls, system registers.

use core::arch::{asm, global_asm};

use crate::access::{read32, write32};
use crate::run::Random;
use crate::{commands, serial};

global_asm!(
    r#"
    .section .text.start, "ax"
    .global _start
_start:
    mov x19, #0
    b 1f
    .global _second
_second:
    mov x19, #1
1:  msr daifset, #0xf
    adrp x1, stacks_end
    add x1, x1, :lo12:stacks_end
    sub x1, x1, x19, lsl #16
    mov sp, x1
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el1, x1
    isb
    mov x0, x19
    bl main
    b .

    // A synchronous exception goes on behind its instruction. An interrupt is acknowledged and ended,
    // and stays masked: one that nobody lowers would come for ever.
    .section .vectors, "ax"
    .balign 2048
vectors:
    .rept 4
    .balign 128
    stp x0, x1, [sp, #-16]!
    mrs x0, elr_el1
    add x0, x0, #4
    msr elr_el1, x0
    ldp x0, x1, [sp], #16
    eret
    .balign 128
    stp x0, x1, [sp, #-16]!
    mrs x0, id_aa64pfr0_el1
    tst x0, #0xf << 24
    b.ne 2f
    movz x0, #0x0801, lsl #16
    ldr w1, [x0, #0xc]
    str w1, [x0, #0x10]
    b 3f
2:  mrs x1, S3_0_C12_C12_0
    msr S3_0_C12_C12_1, x1
3:  mrs x0, spsr_el1
    orr x0, x0, #0x80
    msr spsr_el1, x0
    ldp x0, x1, [sp], #16
    eret
    .balign 128
    eret
    .balign 128
    eret
    .endr
"#
);

// SMCCC (DEN 0028) and PSCI (DEN 0022) function identifiers.
const SYSTEM_OFF: u64 = 0x8400_0008;
const SYSTEM_RESET: u64 = 0x8400_0009;
const CPU_OFF: u64 = 0x8400_0002;
const AFFINITY_INFO: u64 = 0xc400_0004;
const CPU_ON: u64 = 0xc400_0003;
/// Functions of PSCI that end the run or the processor: CPU_SUSPEND, CPU_OFF, SYSTEM_OFF,
/// SYSTEM_RESET, SYSTEM_RESET2 and CPU_DEFAULT_SUSPEND, by the identifier's lowest byte.
const ENDING: [u64; 7] = [1, 2, 8, 9, 12, 14, 18];

/// Makes a call, and returns the first four registers.
pub fn call(function: u64, arguments: [u64; 3]) -> [u64; 4] {
    let [first, second, third] = arguments;
    let mut results = [0; 4];
    // SAFETY: calls change no memory of the caller.
    unsafe {
        asm!("smc #0", inout("x0") function => results[0], inout("x1") first => results[1],
             inout("x2") second => results[2], inout("x3") third => results[3], clobber_abi("C"));
    }
    results
}

/// Lets interrupts of group 1 reach a processor of a GICv3.
pub fn enable_interface() {
    // SAFETY: interrupts stay masked in PSTATE. ICC_SRE_EL1, ICC_PMR_EL1, ICC_IGRPEN1_EL1.
    unsafe {
        asm!("msr S3_0_C12_C12_5, {}", "isb", in(reg) 7_u64);
        asm!("msr S3_0_C4_C6_0, {}", in(reg) 0xff_u64);
        asm!("msr S3_0_C12_C12_7, {}", "isb", in(reg) 1_u64);
    }
}

/// The interrupt that a processor of a GICv3 takes: ICC_IAR1_EL1.
pub fn acknowledge() -> u64 {
    let intid;
    // SAFETY: it is active from then on, which concerns nobody else.
    unsafe { asm!("mrs {}, S3_0_C12_C12_0", "dsb sy", out(reg) intid) };
    intid
}

/// Ends an interrupt of a GICv3: ICC_EOIR1_EL1.
pub fn end(intid: u64) {
    // SAFETY: it was acknowledged.
    unsafe { asm!("msr S3_0_C12_C12_1, {}", "isb", in(reg) intid) };
}

/// Waits for an interrupt.
pub fn wait() {
    // SAFETY: waiting changes nothing.
    unsafe { asm!("wfi") };
}

/// Switches the machine off.
pub fn off() -> ! {
    call(SYSTEM_OFF, [0; 3]);
    loop {
        // SAFETY: the processor waits.
        unsafe { asm!("wfi") };
    }
}

/// The virtual counter.
pub fn count() -> u64 {
    let value;
    // SAFETY: it is read.
    unsafe { asm!("isb", "mrs {}, cntvct_el0", out(reg) value) };
    value
}

/// Its ticks in a second.
pub fn frequency() -> u64 {
    let value;
    // SAFETY: it is read.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) value) };
    value
}

/// A call with random arguments that ends nothing.
pub fn random_call(random: &mut Random) {
    let mut function = match random.below(4) {
        0 => 0x8400_0000 | random.below(0x20),
        1 => 0xc400_0000 | random.below(0x20),
        2 => 0x8000_0000 | random.below(0x60),
        _ => random.next() & 0xffff_ffff,
    };
    if function & 0x3f00_0000 == 0x0400_0000 && ENDING.contains(&(function & 0xff)) {
        function = 0x8400_0000;
    }
    // The second processor has a place to start at, and no other.
    let on = function | 0x4000_0000 == CPU_ON;
    let target = if on { 1 } else { random.value() };
    let entry = if on { second_entry() } else { random.value() };
    call(function, [target, entry, random.value()]);
}

/// An access to a system register of the interrupt controller, the timer or debugging.
pub fn random_register(random: &mut Random) {
    let value = random.value();
    let now = count();
    // SAFETY: none of them changes how this program's memory or instructions are understood; what
    // isn't there is an exception.
    unsafe {
        match random.below(14) {
            0 => asm!("mrs {}, S3_0_C12_C12_5", out(reg) _), // ICC_SRE_EL1
            1 => asm!("msr S3_0_C12_C12_5, {}", in(reg) value),
            2 => asm!("msr S3_0_C12_C11_5, {}", in(reg) value), // ICC_SGI1R_EL1
            3 => asm!("msr S3_0_C4_C6_0, {}", in(reg) value),   // ICC_PMR_EL1
            4 => asm!("mrs {}, S3_0_C12_C12_0", out(reg) _),    // ICC_IAR1_EL1
            5 => asm!("mrs {}, S3_3_C14_C2_1", out(reg) _),     // CNTP_CTL_EL0
            6 => asm!("msr S3_3_C14_C2_2, {}", in(reg) value),  // CNTP_CVAL_EL0
            7 => asm!("mrs {}, S3_0_C0_C7_7", out(reg) _),      // An identification register.
            8 => asm!("msr cntv_cval_el0, {}", in(reg) now.wrapping_add(value & 0xfffff)),
            9 => asm!("msr cntv_ctl_el0, {}", in(reg) value & 3),
            10 => asm!("mrs {}, S3_1_C15_C2_0", out(reg) _), // Implementation defined.
            // The physical timer, which kernels leave to guests if they leave it to user level.
            11 => asm!("msr S3_3_C14_C2_1, {}", in(reg) value & 3), // CNTP_CTL_EL0
            12 => asm!("msr S3_3_C14_C2_2, {}", in(reg) now.wrapping_add(value & 0xfffff)),
            _ => asm!("msr S3_3_C15_C3_1, {}", in(reg) value),
        }
    }
}

/// The interrupt of the virtual timer.
pub const TIMER: u32 = 27;

/// What the processor's interface says when nothing is pending (IHI 0048B 4.4.4).
const SPURIOUS: u32 = 1023;

/// Whether the processor's interface to the interrupt controller is system registers, as of a GICv3
/// (ID_AA64PFR0_EL1.GIC, Arm ARM D24.2), and not memory.
pub fn has_gicv3() -> bool {
    let features: u64;
    // SAFETY: it is read.
    unsafe { asm!("mrs {}, id_aa64pfr0_el1", out(reg) features) };
    features >> 24 & 0xf != 0
}

/// The first processor's redistributor on the board, and the size of each.
pub const REDISTRIBUTOR: u64 = 0x80a_0000;
pub const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;

/// Where this processor's redistributor is, if it has a GICv3.
pub fn redistributor() -> u64 {
    let affinity: u64;
    // SAFETY: it is read.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) affinity) };
    REDISTRIBUTOR + (affinity & 0xff) * REDISTRIBUTOR_SIZE
}

/// Both groups on, and affinity routing, which a GICv2 doesn't have (GICD_CTLR).
fn enable_distributor() {
    write32(0x800_0000, 0x13);
}

/// Lets this processor take its timer's interrupt, whatever a run has done before.
pub fn allow_timer() {
    // On, in the distributor and at the processor, and not active.
    enable_distributor();
    if has_gicv3() {
        return allow_timer_of_gicv3();
    }
    write32(0x800_0100, 1 << TIMER);
    write32(0x800_0380, 1 << TIMER);
    write32(0x800_0418, 0);
    write32(0x801_0004, 0xff);
    write32(0x801_0000, 7);
    write32(0x801_0010, TIMER);
    write32(0x801_0024, TIMER);
    // No priority is active: a random read may have acknowledged something more urgent.
    write32(0x801_00d0, 0);
}

/// The same at the processor's redistributor, and at its interface (Arm IHI 0069H 12.10, 12.2).
fn allow_timer_of_gicv3() {
    let frame = redistributor();
    write32(frame + 0x14, 0);
    let private = frame + 0x1_0000;
    write32(private + 0x80, u32::MAX);
    write32(private + 0x100, 1 << TIMER);
    write32(private + 0x380, 1 << TIMER);
    write32(private + 0x418, 0);
    enable_interface();
    end(TIMER.into());
    // SAFETY: no priority is active: ICC_AP0R0_EL1, ICC_AP1R0_EL1. The interrupt's end and its
    // deactivation are one: ICC_CTLR_EL1.EOImode.
    unsafe {
        asm!("msr S3_0_C12_C8_4, xzr", "msr S3_0_C12_C9_0, xzr", "msr S3_0_C12_C12_4, xzr", "isb");
    }
}

/// Waits for an interrupt, with the timer set so that one comes.
pub fn random_wait(random: &mut Random) {
    let end = count().wrapping_add(random.below(20_000));
    // SAFETY: the timer's registers and waiting change no memory.
    unsafe {
        asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", in(reg) end, in(reg) 1_u64);
        // Else nothing would end the wait.
        allow_timer();
        if random.below(4) == 0 {
            asm!("wfe");
        } else {
            asm!("wfi");
        }
    }
}

/// Waits for so long with the timer, after [`allow_timer`]; returns the interrupt that came, 1023 if
/// none did for another second.
pub fn sleep(microseconds: u64) -> u32 {
    let end = count().wrapping_add(microseconds.wrapping_mul(frequency()) / 1_000_000);
    // SAFETY: as in `random_wait`.
    unsafe { asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", in(reg) end, in(reg) 1_u64) };
    while count() < end {
        // SAFETY: as in `random_wait`.
        unsafe { asm!("wfi") };
    }
    // It may come later than the counter says: it takes an exit, and others may run before.
    let mut interrupt = read32(0x801_000c);
    while interrupt == SPURIOUS && count() < end.wrapping_add(frequency()) {
        interrupt = read32(0x801_000c);
    }
    // SAFETY: as in `random_wait`.
    unsafe { asm!("msr cntv_ctl_el0, xzr", "isb") };
    write32(0x801_0010, interrupt);
    interrupt
}

/// Takes interrupts for a moment.
pub fn random_interrupts(random: &mut Random) {
    // SAFETY: the handler keeps all registers.
    unsafe { asm!("msr daifclr, #2", "nop", "nop", "msr daifset, #2") };
    if random.below(4) == 0 {
        // What is active is ended, and the timer stays off for a while.
        write32(0x800_0380, u32::MAX);
        // SAFETY: the timer's register changes no memory.
        unsafe { asm!("msr cntv_ctl_el0, xzr") };
    }
}

/// A thousand reads of a register that the monitor answers, between two marks for the plugin
/// `tcg-count`: every second instruction is a read.
pub fn reads() {
    // SAFETY: reading the serial port's flags changes nothing.
    unsafe {
        asm!(
            ".inst 0xd280001f | (0xca03 << 5)",
            "2: ldr w1, [{address}]",
            "subs {count}, {count}, #1",
            "b.ne 2b",
            ".inst 0xd280001f | (0xca04 << 5)",
            out("x1") _,
            address = in(reg) serial::BASE + 0x18,
            count = inout(reg) 1000_u64 => _,
        );
    }
}

fn second_entry() -> u64 {
    let entry;
    // SAFETY: an address is computed.
    unsafe {
        asm!("adrp {0}, _second", "add {0}, {0}, :lo12:_second", out(reg) entry);
    }
    entry
}

/// Starts the second processor, which calls [`commands::second`].
pub fn start_second() {
    call(CPU_ON, [1, second_entry(), 0]);
}

/// Waits until the second processor is off (DEN 0022 5.1.5): it changes nothing any more.
pub fn wait_for_second() {
    // The distributor may be off, and that processor waiting for its timer.
    while call(AFFINITY_INFO, [1, 0, 0])[0] != 1 {
        enable_distributor();
    }
}

/// Switches this processor off.
pub fn processor_off() -> ! {
    call(CPU_OFF, [0; 3]);
    off()
}

/// Resets the machine. It returns only if that didn't work.
pub fn reset() {
    call(SYSTEM_RESET, [0; 3]);
}

/// What `_start` calls. `processor` is 0 for the first one, and 1 for another.
#[unsafe(no_mangle)]
extern "C" fn main(processor: u64) -> ! {
    if processor > 0 {
        commands::second();
    }
    serial::reset();
    commands::obey()
}
