//! Function identifiers and return codes (Arm DEN0022F 5.1, 5.2).

/// A function of the interface that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// PSCI_VERSION.
    Version,
    /// CPU_SUSPEND.
    CpuSuspend,
    /// CPU_OFF.
    CpuOff,
    /// CPU_ON.
    CpuOn,
    /// AFFINITY_INFO.
    AffinityInfo,
    /// MIGRATE_INFO_TYPE.
    MigrateInfoType,
    /// SYSTEM_OFF.
    SystemOff,
    /// SYSTEM_RESET.
    SystemReset,
    /// PSCI_FEATURES.
    Features,
    /// SYSTEM_RESET2.
    SystemReset2,
}

impl Function {
    /// The function with this identifier, or `None` if it isn't provided. Only those that take
    /// addresses or affinities have an identifier of the 64-bit convention too.
    #[must_use]
    pub const fn from_id(id: u32) -> Option<Self> {
        Some(match id {
            0x8400_0000 => Self::Version,
            0x8400_0001 | 0xc400_0001 => Self::CpuSuspend,
            0x8400_0002 => Self::CpuOff,
            0x8400_0003 | 0xc400_0003 => Self::CpuOn,
            0x8400_0004 | 0xc400_0004 => Self::AffinityInfo,
            0x8400_0006 => Self::MigrateInfoType,
            0x8400_0008 => Self::SystemOff,
            0x8400_0009 => Self::SystemReset,
            0x8400_000a => Self::Features,
            0x8400_0012 | 0xc400_0012 => Self::SystemReset2,
            _ => return None,
        })
    }

    /// Whether an identifier is in the interface's range, provided or not.
    #[must_use]
    pub const fn is_psci(id: u32) -> bool {
        matches!(id & !(1 << 30), 0x8400_0000..=0x8400_001f)
    }
}

/// A return code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Success,
    /// There is no such function.
    NotSupported,
    /// An argument makes no sense.
    InvalidParameters,
    /// Forbidden.
    Denied,
    /// The processor is on.
    AlreadyOn,
    /// The processor is about to be on.
    OnPending,
    /// Something broke.
    InternalFailure,
    /// There could be such a processor, but it isn't there.
    NotPresent,
    /// The processor can't be used.
    Disabled,
    /// There is nothing to execute.
    InvalidAddress,
}

impl Status {
    /// The number.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::NotSupported => -1,
            Self::InvalidParameters => -2,
            Self::Denied => -3,
            Self::AlreadyOn => -4,
            Self::OnPending => -5,
            Self::InternalFailure => -6,
            Self::NotPresent => -7,
            Self::Disabled => -8,
            Self::InvalidAddress => -9,
        }
    }

    /// The content of x0: sign-extended, which suits both conventions.
    #[must_use]
    pub fn register(self) -> u64 {
        i64::from(self.code()).cast_unsigned()
    }
}

/// The low half of a register.
pub(super) const fn low(register: u64) -> u32 {
    (register & 0xffff_ffff) as u32
}
