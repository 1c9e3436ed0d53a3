//! Which guests there are packages for: the architectures and suites, as data.

use std::fmt;

/// A guest's architecture, by Debian's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Architecture {
    /// AArch64.
    #[default]
    Arm64,
    /// 32-bit Arm with hardware floating point.
    Armhf,
    /// x86, 64 bits.
    Amd64,
}

/// What has to be known about the packages of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packages {
    /// Debian's name of the architecture.
    pub name: &'static str,
    /// The package that depends on the newest kernel.
    pub kernel: &'static str,
    /// What the kernel file is called here.
    pub kernel_file: &'static str,
}

impl Architecture {
    /// Its packages.
    #[must_use]
    pub fn packages(self) -> Packages {
        match self {
            Self::Arm64 => {
                Packages { name: "arm64", kernel: "linux-image-arm64", kernel_file: "Image" }
            }
            Self::Armhf => {
                Packages { name: "armhf", kernel: "linux-image-armmp", kernel_file: "zImage" }
            }
            Self::Amd64 => {
                Packages { name: "amd64", kernel: "linux-image-amd64", kernel_file: "bzImage" }
            }
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.packages().name)
    }
}

/// A suite of Debian, and with it a version of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Suite {
    /// Debian 12: Linux 6.1.
    #[default]
    Bookworm,
    /// Debian 13: Linux 6.12.
    Trixie,
    /// Unstable: the newest.
    Sid,
}

impl Suite {
    /// The name in the archive.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
            Self::Sid => "sid",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One guest system: whose packages are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
pub struct Guest {
    /// The guest's architecture
    #[arg(long, value_enum, default_value_t)]
    pub arch: Architecture,
    /// Debian's suite: bookworm has Linux 6.1, trixie 6.12, sid the newest
    #[arg(long, value_enum, default_value_t)]
    pub suite: Suite,
}

/// As in `bookworm, arm64`.
impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.suite, self.arch)
    }
}
