//! A guest processor's registers.

use core::fmt;

/// A guest processor, counted from 0 in the order of the device tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VcpuId(pub u8);

impl VcpuId {
    /// The position in a table of processors.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for VcpuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vCPU {}", self.0)
    }
}

/// The number of a general-purpose register in an instruction: 0 to 31.
///
/// Number 31 is the zero register or the stack pointer, as the instruction has it (Arm ARM
/// C1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gpr(u8);

impl Gpr {
    /// Register 31: xzr, wzr or sp.
    pub const ZERO_OR_SP: Self = Self(31);

    /// Takes the low five bits of a field.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self((bits & 31) as u8)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The register, unless the number means the zero register or the stack pointer.
    #[must_use]
    pub const fn register(self) -> Option<Register> {
        if self.0 < 31 { Some(Register::X(self.0)) } else { None }
    }
}

/// A register of a guest processor that the monitor may need. The width is 64 bits for all;
/// narrower ones have zeroes above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// x0 to x30. Other numbers don't exist: they read as zero and ignore what is written.
    X(u8),
    /// The address of the instruction that made the exit; written, the one to continue at.
    Pc,
    /// The processor state in the form of SPSR_EL2 (Arm ARM C5.2).
    Pstate,
    /// The stack pointer of EL0.
    SpEl0,
    /// The stack pointer of EL1.
    SpEl1,
    /// System control register, EL1: MMU and caches on or off, endianness of data.
    SctlrEl1,
    /// Auxiliary control, EL1.
    ActlrEl1,
    /// Access to SIMD and floating point, EL1.
    CpacrEl1,
    /// Translation table base 0, EL1.
    Ttbr0El1,
    /// Translation table base 1, EL1.
    Ttbr1El1,
    /// Translation control, EL1.
    TcrEl1,
    /// Memory attributes, EL1.
    MairEl1,
    /// Auxiliary memory attributes, EL1.
    AmairEl1,
    /// Context number, EL1.
    ContextidrEl1,
    /// Base of the exception vectors, EL1.
    VbarEl1,
    /// Where an exception to EL1 returns to.
    ElrEl1,
    /// The processor state that an exception to EL1 returns to.
    SpsrEl1,
    /// Syndrome of an exception to EL1.
    EsrEl1,
    /// Address of an abort taken to EL1.
    FarEl1,
    /// Auxiliary fault status 0, EL1.
    Afsr0El1,
    /// Auxiliary fault status 1, EL1.
    Afsr1El1,
    /// Result of an address translation instruction.
    ParEl1,
    /// Thread pointer of EL1.
    TpidrEl1,
    /// Thread pointer of EL0.
    TpidrEl0,
    /// Thread pointer that EL0 can only read.
    TpidrroEl0,
    /// The processor's number as the guest sees it.
    VmpidrEl2,
    /// Access of EL0 to counters and timers.
    CntkctlEl1,
    /// Control of the virtual timer.
    CntvCtlEl0,
    /// Compare value of the virtual timer.
    CntvCvalEl0,
    /// The virtual counter's distance behind the physical one.
    CntvoffEl2,
}

/// A processor of a guest, as the monitor reaches its registers while it doesn't run.
///
/// Every access may cost a system call. So the monitor asks for what an exit needs and for nothing
/// else, and an implementation may fetch lazily, keep what the exit's message brought, and write
/// back when the processor continues.
pub trait Vcpu {
    /// Which processor this is.
    fn id(&self) -> VcpuId;

    /// The value of a register.
    fn read(&mut self, register: Register) -> u64;

    /// Sets a register.
    fn write(&mut self, register: Register, value: u64);

    /// The value of a general-purpose register, where number 31 is the zero register.
    fn read_or_zero(&mut self, register: Gpr) -> u64 {
        register.register().map_or(0, |register| self.read(register))
    }

    /// Sets a general-purpose register, where number 31 is the zero register.
    fn write_unless_zero(&mut self, register: Gpr, value: u64) {
        if let Some(register) = register.register() {
            self.write(register, value);
        }
    }

    /// Goes on behind the instruction that made the exit, which was 4 bytes long unless
    /// `short` (16-bit instructions of AArch32).
    fn skip_instruction(&mut self, short: bool) {
        let pc = self.read(Register::Pc);
        self.write(Register::Pc, pc.wrapping_add(if short { 2 } else { 4 }));
    }
}
