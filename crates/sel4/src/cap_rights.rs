//! Rights of capabilities.

use crate::sys;

/// Which rights a copy of a capability may have (`seL4_CapRights_t`).
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct CapRights(sys::seL4_CapRights);

impl CapRights {
    /// The given rights.
    pub const fn new(grant_reply: bool, grant: bool, read: bool, write: bool) -> Self {
        let mut bits = 0;
        if write {
            bits |= 1;
        }
        if read {
            bits |= 1 << 1;
        }
        if grant {
            bits |= 1 << 2;
        }
        if grant_reply {
            bits |= 1 << 3;
        }
        Self(sys::seL4_CapRights(bits))
    }

    /// From the raw type.
    pub const fn from_inner(inner: sys::seL4_CapRights) -> Self {
        Self(inner)
    }

    /// To the raw type.
    pub const fn into_inner(self) -> sys::seL4_CapRights {
        self.0
    }

    /// No rights.
    pub const fn none() -> Self {
        Self::new(false, false, false, false)
    }

    /// All rights.
    pub const fn all() -> Self {
        Self::new(true, true, true, true)
    }

    /// Read and write.
    pub const fn read_write() -> Self {
        Self::new(false, false, true, true)
    }

    /// Read only.
    pub const fn read_only() -> Self {
        Self::new(false, false, true, false)
    }

    /// Write only.
    pub const fn write_only() -> Self {
        Self::new(false, false, false, true)
    }
}

impl From<CapRightsBuilder> for CapRights {
    fn from(builder: CapRightsBuilder) -> Self {
        builder.build()
    }
}

/// Makes [`CapRights`] one by one.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct CapRightsBuilder {
    grant_reply: bool,
    grant: bool,
    read: bool,
    write: bool,
}

impl CapRightsBuilder {
    /// Begins with no rights.
    pub const fn none() -> Self {
        Self { grant_reply: false, grant: false, read: false, write: false }
    }

    /// Begins with all rights.
    pub const fn all() -> Self {
        Self { grant_reply: true, grant: true, read: true, write: true }
    }

    /// The finished rights.
    pub const fn build(self) -> CapRights {
        CapRights::new(self.grant_reply, self.grant, self.read, self.write)
    }

    /// The right to give a reply capability along with a message.
    pub const fn grant_reply(mut self, can: bool) -> Self {
        self.grant_reply = can;
        self
    }

    /// The right to give any capability along with a message.
    pub const fn grant(mut self, can: bool) -> Self {
        self.grant = can;
        self
    }

    /// The right to receive or to read.
    pub const fn read(mut self, can: bool) -> Self {
        self.read = can;
        self
    }

    /// The right to send or to write.
    pub const fn write(mut self, can: bool) -> Self {
        self.write = can;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_kernels() {
        assert_eq!(CapRights::all().into_inner().0, 0b1111);
        assert_eq!(CapRights::none().into_inner().0, 0);
        assert_eq!(CapRights::write_only().into_inner().0, 0b0001);
        assert_eq!(CapRights::read_only().into_inner().0, 0b0010);
        assert_eq!(CapRightsBuilder::none().grant(true).build().into_inner().0, 0b0100);
        assert_eq!(CapRightsBuilder::all().read(false).build().into_inner().0, 0b1101);
    }
}
