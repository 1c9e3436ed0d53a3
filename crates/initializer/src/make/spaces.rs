//! Address spaces.

use sel4::init_thread::slot;
use sel4::{
    BootInfoPtr, Error, ObjectBlueprint, TranslationTableObjectType, VmAttributes, cap, cap_type,
    vspace_levels,
};
use system_spec::flat::{Kind, Slots};
use system_spec::log_ring::LogRing;
use system_spec::model::{Cap, ObjectId};

use super::{MAPPED, Maker, each};
use crate::arch;
use crate::failure::{Cause, Failure};
use crate::monitor::output::Server;
use crate::slots;
use crate::work::Watched;

const BAD_SHAPE: Cause<'static> =
    Cause::Unsupported("it stands in a table where neither a frame nor a table of its level can");

impl<'a> Maker<'_, 'a> {
    /// Maps all tables and frames.
    pub fn map_spaces(&mut self, _: &BootInfoPtr) -> Result<(), Failure<'a>> {
        let mut pool = slot::ASID_POOL.cap();
        for (id, object) in each(self.spec) {
            if let Kind::TranslationTable { level: 0, entries } = object.kind() {
                pool = self.assign(id, pool)?;
                self.map_entries(self.cap(id), 0, 0, entries)?;
            }
        }
        Ok(())
    }

    /// Gives a space an identifier, from a new pool if this one is full; returns the pool.
    fn assign(&mut self, id: ObjectId, pool: cap::AsidPool) -> Result<cap::AsidPool, Failure<'a>> {
        match pool.asid_pool_assign(self.cap(id)) {
            Ok(()) => return Ok(pool),
            Err(Error::DeleteFirst) => {}
            Err(error) => return Err(self.refused(id, "assigning an ASID")(error)),
        }
        let untyped = self.memory.take(&ObjectBlueprint::asid_pool())?;
        let place = self.memory.slot()?;
        slot::ASID_CONTROL
            .cap()
            .asid_control_make_pool(slots::cap(untyped), &slots::path(place))
            .map_err(self.refused(id, "making an ASID pool"))?;
        let pool: cap::AsidPool = slots::cap(place);
        pool.asid_pool_assign(self.cap(id)).map_err(self.refused(id, "assigning an ASID"))?;
        Ok(pool)
    }

    /// Maps what stands in a table whose first entry is for `start`.
    fn map_entries(
        &mut self, space: cap::VSpace, level: usize, start: usize, entries: Slots<'_>,
    ) -> Result<(), Failure<'a>> {
        let step = vspace_levels::step_bits(level);
        for (index, entry) in entries {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            let address = index.checked_mul(1 << step).and_then(|at| start.checked_add(at));
            let address = address.ok_or(self.failure(entry.object, BAD_SHAPE))?;
            match self.spec.object(entry.object).map(|object| object.kind()) {
                Some(Kind::Frame { size_bits, .. }) if usize::from(size_bits) == step => {
                    self.map_frame(space, address, &entry)?;
                }
                Some(Kind::TranslationTable { level: next, entries })
                    if usize::from(next) == level + 1 && level + 1 < vspace_levels::NUM_LEVELS =>
                {
                    let table: cap::UnspecifiedIntermediateTranslationTable =
                        self.cap(entry.object);
                    table
                        .generic_intermediate_translation_table_map(
                            TranslationTableObjectType::PT,
                            space,
                            address,
                            VmAttributes::DEFAULT,
                        )
                        .map_err(self.refused(entry.object, "mapping it"))?;
                    self.map_entries(space, level + 1, address, entries)?;
                }
                _ => return Err(self.failure(entry.object, BAD_SHAPE)),
            }
        }
        Ok(())
    }

    fn map_frame(
        &mut self, space: cap::VSpace, address: usize, entry: &Cap,
    ) -> Result<(), Failure<'a>> {
        let frame = self.unmapped(entry.object)?;
        frame
            .frame_map(
                space,
                address,
                super::cspaces::rights(entry),
                arch::attributes(entry.memory),
            )
            .map_err(self.refused(entry.object, "mapping it"))
    }

    /// A capability to a frame that isn't mapped yet: its own, or a copy.
    pub fn unmapped(&mut self, id: ObjectId) -> Result<cap::UnspecifiedPage, Failure<'a>> {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        if let Some(flags) = self.flags.get_mut(index)
            && *flags & MAPPED == 0
        {
            *flags |= MAPPED;
            return Ok(self.cap::<cap_type::UnspecifiedPage>(id));
        }
        let place = self.memory.slot().map_err(|failure| failure.with(self.spec, id))?;
        slots::path(place)
            .copy(&slots::path(self.slot(id)), sel4::CapRights::all())
            .map_err(self.refused(id, "copying its capability"))?;
        Ok(slots::cap(place))
    }

    /// Maps the rings of output here, one page after the other.
    pub fn map_logs(&mut self, watched: &mut [Watched]) -> Result<Option<Server>, Failure<'a>> {
        let mut next = 0;
        for (instance, watched) in self.spec.instances().zip(watched) {
            if let Some(log) = instance.log() {
                let frame = self.unmapped(log)?;
                self.windows
                    .map_ring(&mut self.memory, frame, next)
                    .map_err(|failure| failure.with(self.spec, log))?;
                next += 1;
                watched.log = u32::try_from(next).unwrap_or(0);
            }
        }
        let Some(output) = self.spec.monitor().and_then(|monitor| monitor.output) else {
            return Ok(None);
        };
        let frame = self.unmapped(output.frame)?;
        self.windows
            .map_ring(&mut self.memory, frame, next)
            .map_err(|failure| failure.with(self.spec, output.frame))?;
        let ring = core::ptr::with_exposed_provenance::<LogRing>(self.windows.ring(next));
        // SAFETY: the frame was mapped there just now, for good. Its other user, the component, may
        // write anything at any time: all of the ring is atomic.
        let ring = unsafe { &*ring };
        let instance = usize::try_from(output.instance.0).unwrap_or(usize::MAX);
        Ok(Some(Server { ring, instance }))
    }
}
