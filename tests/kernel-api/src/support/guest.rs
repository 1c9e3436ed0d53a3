//! Guests: threads on a virtual processor, at EL1.
//!
//! A guest runs a few instructions of `programs`, in an address space that has the page with the
//! programs and nothing else. Each program ends with an exit to its VMM, which is the test.

use core::arch::global_asm;

use sel4::{
    CNodeCapData, CPtr, CapRights, Fault, UserContext, VmAttributes, Word, cap, with_ipc_buffer,
    with_ipc_buffer_mut,
};

use super::env::absolute;
use super::message::info;
use super::thread::ABOVE;
use super::{Env, Failure, Outcome, image};

/// Where a guest finds its programs.
pub const CODE: usize = 0x1_0000;
/// Where a guest finds the GIC's virtual CPU interface.
pub const GICV: usize = 0x2_0000;

/// EL1 with its own stack pointer, all exceptions masked.
const EL1H_MASKED: Word = 0x3c5;

/// A guest program.
#[derive(Copy, Clone)]
pub struct Program(unsafe extern "C" fn());

macro_rules! programs {
    ($($(#[$meta:meta])* $name:ident = $symbol:ident: [$($line:literal),* $(,)?];)*) => {
        global_asm! {
            ".pushsection .text.guest, \"ax\"",
            ".balign 4096",
            ".global guest_programs",
            "guest_programs:",
            $(
                concat!(".global ", stringify!($symbol)),
                concat!(stringify!($symbol), ":"),
                $($line,)*
                // Whatever runs on stops here.
                "b .",
            )*
            ".balign 4096",
            ".popsection",
        }

        unsafe extern "C" {
            fn guest_programs();
            $(fn $symbol();)*
        }

        $($(#[$meta])* pub const $name: Program = Program($symbol);)*
    };
}

programs! {
    /// Waits for an interrupt, twice.
    WFI = guest_wfi: ["wfi", "mov x1, #7", "wfi"];
    /// Calls the secure monitor.
    SMC = guest_smc: ["smc #3"];
    /// Calls the hypervisor, with the number in x7.
    HVC = guest_hvc: ["hvc #0", "mov x10, #9", "wfi"];
    /// Reads the address in x0.
    LOAD = guest_load: ["ldr x2, [x0]", "wfi"];
    /// Writes to the address in x0.
    STORE = guest_store: ["str w1, [x0]", "wfi"];
    /// Jumps to the address in x0.
    JUMP = guest_jump: ["br x0"];
    /// Exchanges x0 with TPIDR_EL1, x1 with SP_EL1, and waits; all over again.
    EXCHANGE = guest_exchange: [
        "1:", "mrs x2, tpidr_el1", "msr tpidr_el1, x0", "mov x0, x2",
        "mov x3, sp", "mov sp, x1", "mov x1, x3", "wfi", "b 1b",
    ];
    /// Lets the virtual timer fire at once, counts in x0 until the event has come.
    TIMER = guest_timer: [
        "msr cntv_cval_el0, xzr", "mov x2, #1", "msr cntv_ctl_el0, x2", "isb",
        "1:", "add x0, x0, #1", "cmp x0, x1", "b.lo 1b", "wfi", "b 1b",
    ];
    /// Acknowledges an interrupt at the virtual CPU interface in x0 and waits, then ends it and
    /// waits.
    ACKNOWLEDGE = guest_acknowledge: [
        "mov w2, #0xff", "str w2, [x0, #4]", "mov w2, #1", "str w2, [x0]", "dsb sy",
        "ldr w3, [x0, #0xc]", "wfi", "str w3, [x0, #0x10]", "dsb sy", "isb", "nop", "wfi",
    ];
    /// The same with a GICv3, whose CPU interface is system registers, and group 1.
    ACKNOWLEDGE_V3 = guest_acknowledge_v3: [
        "mov x2, #0xff", "msr icc_pmr_el1, x2", "mov x2, #1", "msr icc_igrpen1_el1, x2", "isb",
        "mrs x3, icc_iar1_el1", "dsb sy", "wfi",
        "msr icc_eoir1_el1, x3", "isb", "nop", "wfi",
    ];
    /// Takes its own exception: a system call at EL1.
    EXCEPTION = guest_exception: [
        "adr x0, 2f", "msr vbar_el1, x0", "isb", "svc #0",
        ".balign 2048", "2:", ".balign 512", ".space 512",
        // The vector of synchronous exceptions of the current level is at 0x200.
        ".org 2b + 0x200", "mrs x1, esr_el1", "mrs x2, elr_el1", "wfi",
    ];
    /// Exchanges x0 with TPIDR_EL1, x1 with a vector register, and calls the secure monitor; all
    /// over again. (WFI does nothing while an interrupt is pending.)
    KEEP = guest_keep: [
        "mov x2, #0x300000", "msr cpacr_el1, x2", "isb",
        "1:", "mrs x2, tpidr_el1", "msr tpidr_el1, x0", "mov x0, x2",
        "fmov x2, d9", "fmov d9, x1", "mov x1, x2", "smc #0", "b 1b",
    ];
    /// Loads vector registers and exchanges them as EXCHANGE does.
    VECTOR = guest_vector: [
        "mov x2, #0x300000", "msr cpacr_el1, x2", "isb",
        "1:", "fmov x2, d9", "fmov d9, x0", "mov x0, x2", "wfi", "b 1b",
    ];
}

/// A guest and the endpoint that its faults come to.
#[derive(Copy, Clone)]
pub struct Guest {
    /// Its thread.
    pub tcb: cap::Tcb,
    /// Its virtual processor.
    pub vcpu: cap::VCpu,
    /// Its address space.
    pub vspace: cap::VSpace,
    /// Where its faults arrive.
    pub handler: cap::Endpoint,
}

impl Env {
    /// Makes a guest that will run `program` with x0 and up set. It doesn't run yet.
    pub fn guest(self, program: Program, arguments: &[Word]) -> Outcome<Guest> {
        let guest = Guest {
            tcb: self.make()?,
            vcpu: self.make()?,
            vspace: self.vspace()?,
            handler: self.endpoint()?,
        };
        let page = guest_programs as *const () as usize;
        let code = self.copy(image::frame(page), CapRights::all())?;
        self.map(code, guest.vspace, CODE, CapRights::read_only(), VmAttributes::DEFAULT)?;
        // A guest's HVC is a system call: its CSpace holds nothing but its fault endpoint.
        let cspace: cap::CNode = self.make_sized(1)?;
        let slot = cspace.absolute_cptr_from_bits_with_depth(1, 1);
        slot.copy(&absolute(guest.handler), CapRights::all())?;
        let tcb = guest.tcb;
        tcb.tcb_set_space(
            CPtr::from_bits(1),
            cspace,
            CNodeCapData::skip_high_bits(1),
            guest.vspace,
        )?;
        tcb.tcb_set_sched_params(sel4::init_thread::slot::TCB.cap(), 0, ABOVE)?;
        guest.vcpu.vcpu_set_tcb(tcb)?;
        let mut context = UserContext::default();
        *context.pc_mut() = (CODE + (program.0 as *const () as usize - page)) as Word;
        *context.spsr_mut() = EL1H_MASKED;
        for (index, argument) in arguments.iter().enumerate() {
            *context.gpr_mut(index) = *argument;
        }
        tcb.tcb_write_all_registers(false, &mut context)?;
        Ok(guest)
    }

    /// As [`guest`](Self::guest), and starts it.
    pub fn started_guest(self, program: Program, arguments: &[Word]) -> Outcome<Guest> {
        let guest = self.guest(program, arguments)?;
        guest.tcb.tcb_resume()?;
        Ok(guest)
    }
}

impl Guest {
    /// Waits for the guest's next exit.
    pub fn exit(self) -> Fault {
        let (message, _) = self.handler.recv(());
        with_ipc_buffer(|ipc| Fault::new(ipc, &message))
    }

    /// Waits for an exit that has to be one of a class (Arm ARM, ESR_EL2.EC).
    #[track_caller]
    pub fn trapped(self, class: Word) -> Outcome<Word> {
        match self.exit() {
            Fault::VCpuFault(it) if it.hsr() >> 26 == class => Ok(it.hsr()),
            other => Err(Failure::new(format_args!("got {other:x?}, expected class {class:#x}"))),
        }
    }

    /// Waits until it executes WFI.
    #[track_caller]
    pub fn waits(self) -> Outcome {
        self.trapped(1).map(drop)
    }

    /// General purpose register `index`.
    pub fn register(self, index: usize) -> Outcome<Word> {
        Ok(*self.tcb.tcb_read_all_registers(false)?.gpr(index))
    }

    /// Lets it go on behind the instruction that it has stopped at, or with that instruction.
    pub fn go_on(self, skip: bool) -> Outcome {
        if skip {
            let mut context = self.tcb.tcb_read_all_registers(false)?;
            *context.pc_mut() += 4;
            self.tcb.tcb_write_all_registers(false, &mut context)?;
        }
        with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(0, 0)));
        Ok(())
    }
}
