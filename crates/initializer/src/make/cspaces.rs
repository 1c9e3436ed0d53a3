//! Capability spaces.

use sel4::{AbsoluteCPtr, CNodeCapData, CapRights, cap};
use system_spec::flat::Kind;
use system_spec::model::{Cap, ObjectId};

use super::{Maker, each};
use crate::failure::{Cause, Failure};
use crate::slots;

/// The rights of a capability.
pub fn rights(cap: &Cap) -> CapRights {
    let rights = cap.rights;
    CapRights::new(rights.grant_reply, rights.grant, rights.read, rights.write)
}

/// The guard of a CNode's capability.
pub fn guard(cap: &Cap) -> CNodeCapData {
    CNodeCapData::new(cap.guard.value, cap.guard.size.into())
}

impl<'a> Maker<'_, 'a> {
    /// Fills all CNodes.
    pub fn fill_cspaces(&mut self) -> Result<(), Failure<'a>> {
        for (id, object) in each(self.spec) {
            let Kind::CNode { size_bits, slots } = object.kind() else {
                continue;
            };
            let cnode: cap::CNode = self.cap(id);
            for (slot, cap) in slots {
                let place = cnode.absolute_cptr_from_bits_with_depth(slot.into(), size_bits.into());
                self.put(id, place, &cap)?;
            }
        }
        Ok(())
    }

    /// Puts a capability into a slot. A failure is one of the object `into`.
    pub fn put(&self, into: ObjectId, place: AbsoluteCPtr, cap: &Cap) -> Result<(), Failure<'a>> {
        let Some(object) = self.spec.object(cap.object) else {
            let cause = Cause::Unsupported("it has a capability to an object that isn't there");
            return Err(self.failure(into, cause));
        };
        let from = slots::path(self.slot(cap.object));
        let badge = match object.kind() {
            Kind::Endpoint | Kind::Notification | Kind::SmcPermission => cap.badge,
            Kind::CNode { .. } => guard(cap).into_word(),
            _ => 0,
        };
        // Minting without a badge or guard would be refused for some kinds.
        let done = match badge {
            0 => place.copy(&from, rights(cap)),
            badge => place.mint(&from, rights(cap), badge),
        };
        done.map_err(self.refused(into, "putting a capability into it"))
    }
}
