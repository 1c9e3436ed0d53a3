//! Making kernel objects.

use sel4::init_thread::slot;
use sel4::{BootInfoPtr, ObjectBlueprint, UntypedDesc, sel4_cfg_usize};
use system_spec::flat::{Kind, Spec};
use system_spec::model::ObjectId;

use super::each;
use super::untyped::{Error, Outside, Pool, Region};
use crate::arch;
use crate::failure::{Cause, Failure};
use crate::size::Bytes;
use crate::slots::{self, Slots};

/// The kernel and the root CNode.
pub struct Kernel {
    slots: Slots,
}

impl Outside for Kernel {
    fn retype(
        &mut self, untyped: usize, blueprint: &ObjectBlueprint, slot: usize, count: usize,
    ) -> sel4::Result<()> {
        let root = slot::CNODE.cap().absolute_cptr_for_self();
        slots::cap::<sel4::cap_type::Untyped>(untyped).untyped_retype(blueprint, &root, slot, count)
    }

    fn slots(&mut self, count: usize) -> Option<usize> {
        self.slots.take(count).ok()
    }

    fn fan_out(&self) -> usize {
        sel4_cfg_usize!(RETYPE_FAN_OUT_LIMIT)
    }
}

/// The memory and the empty slots.
pub struct Memory<'m> {
    pool: Pool<'m, Kernel>,
}

fn region((slot, untyped): (usize, &UntypedDesc)) -> Region {
    Region {
        paddr: u64::try_from(untyped.paddr()).unwrap_or(u64::MAX),
        used: 0,
        slot: u32::try_from(slot).unwrap_or(0),
        size_bits: u32::try_from(untyped.size_bits()).unwrap_or(0),
        device: untyped.is_device().into(),
    }
}

impl<'m> Memory<'m> {
    /// What the kernel has handed out.
    pub fn new(bootinfo: &BootInfoPtr, slots: Slots, regions: &'m mut [Region]) -> Self {
        let list = bootinfo.untyped().range().zip(bootinfo.untyped_list());
        Self { pool: Pool::new(regions, list.map(region), Kernel { slots }) }
    }

    /// Takes an empty slot.
    pub fn slot<'a>(&mut self) -> Result<usize, Failure<'a>> {
        self.pool.outside().slots.take(1)
    }

    /// Makes an object of the initializer's own; returns its slot.
    pub fn take<'a>(&mut self, blueprint: &ObjectBlueprint) -> Result<usize, Failure<'a>> {
        let mut place = 0;
        match self.pool.make(blueprint, 1, |slot, _| place = slot) {
            Ok(()) => Ok(place),
            Err(error) => {
                Err(Failure::general(self.cause(error, blueprint.physical_size_bits(), None, "")))
            }
        }
    }

    fn cause<'a>(
        &mut self, error: Error, size_bits: usize, paddr: Option<u64>, before: &'a str,
    ) -> Cause<'a> {
        let slots = self.pool.outside().slots.count();
        error.cause(size_bits, paddr, before, slots)
    }
}

/// How an object is made: of which kind of memory, and where. `None` for what needs no memory.
fn needs<'a>(kind: &Kind<'a>) -> Result<Option<(ObjectBlueprint, Option<u64>)>, Cause<'a>> {
    let bits = |bits: &u8| usize::from(*bits);
    Ok(Some(match kind {
        Kind::Endpoint => (ObjectBlueprint::Endpoint, None),
        Kind::Notification => (ObjectBlueprint::Notification, None),
        Kind::CNode { size_bits, .. } => {
            (ObjectBlueprint::CNode { size_bits: bits(size_bits) }, None)
        }
        Kind::Tcb(_) => (ObjectBlueprint::Tcb, None),
        Kind::Untyped { size_bits, paddr } => {
            (ObjectBlueprint::Untyped { size_bits: bits(size_bits) }, *paddr)
        }
        Kind::Frame { size_bits, paddr, .. } => {
            let frame = sel4::FrameObjectType::from_bits(bits(size_bits))
                .ok_or(Cause::Unsupported("this kernel has no frames of that size"))?;
            (frame.blueprint(), *paddr)
        }
        Kind::TranslationTable { level, .. } => {
            let table = sel4::TranslationTableObjectType::from_level(usize::from(*level))
                .ok_or(Cause::Unsupported("this kernel has no tables of that level"))?;
            (table.blueprint(), None)
        }
        Kind::Vcpu => (arch::vcpu_blueprint().ok_or(NO_VCPU)?, None),
        Kind::Interrupt(_) | Kind::SmcPermission => return Ok(None),
    }))
}

const NO_VCPU: Cause<'static> =
    Cause::Unsupported("this kernel has no virtual processors (ARM_HYPERVISOR_SUPPORT is off)");

/// Kinds that are made with one call, for the order.
fn family(kind: &Kind<'_>) -> usize {
    match kind {
        Kind::Untyped { .. } => 0,
        Kind::Endpoint => 1,
        Kind::Notification => 2,
        Kind::CNode { .. } => 3,
        Kind::Tcb(_) => 4,
        Kind::Frame { .. } => 5,
        Kind::TranslationTable { level: 0, .. } => 6,
        Kind::TranslationTable { .. } => 7,
        _ => 8,
    }
}

const FAMILIES: usize = 9;
const SIZES: usize = 64;

/// The place in the order: large objects first, equal ones together.
fn bucket(blueprint: &ObjectBlueprint, kind: &Kind<'_>) -> usize {
    (SIZES - 1 - blueprint.physical_size_bits().min(SIZES - 1)) * FAMILIES + family(kind)
}

/// Makes all objects that take memory, and the frame of the serial port at `port`, whose slot is
/// the last one of `places`. Returns how many bytes they take.
pub fn make<'a>(
    spec: &Spec<'a>, places: &mut [u32], order: &mut [u32], memory: &mut Memory<'_>,
    port: Option<u64>,
) -> Result<u64, Failure<'a>> {
    // Count the buckets; gather objects with fixed addresses at the end of the order.
    let mut counts = [0_u32; SIZES * FAMILIES];
    let mut bytes = 0;
    let mut fixed = order.len();
    if port.is_some() {
        fixed -= 1;
        order[fixed] = last(spec);
    }
    for (id, object) in each(spec) {
        let kind = object.kind();
        let needs = needs(&kind).map_err(|cause| Failure::of(spec, &object, cause))?;
        let Some((blueprint, paddr)) = needs else {
            continue;
        };
        bytes += Bytes::from_bits(blueprint.physical_size_bits()).0;
        match paddr {
            Some(_) => {
                fixed -= 1;
                order[fixed] = id.0;
            }
            None => counts[bucket(&blueprint, &kind)] += 1,
        }
    }
    let (order, fixed) = order.split_at_mut(fixed);
    let objects = Objects { spec, port };
    objects.make_fixed(fixed, places, memory)?;
    objects.sort(order, &mut counts);
    objects.make_others(order, &counts, places, memory)?;
    Ok(bytes)
}

/// The number that stands for the serial port's frame.
fn last(spec: &Spec<'_>) -> u32 {
    u32::try_from(spec.objects().len()).unwrap_or(u32::MAX)
}

struct Objects<'m, 'a> {
    spec: &'m Spec<'a>,
    port: Option<u64>,
}

impl<'a> Objects<'_, 'a> {
    fn fixed(&self, id: u32) -> Option<(ObjectBlueprint, u64)> {
        match self.spec.object(ObjectId(id)) {
            None => Some((sel4::FrameObjectType::GRANULE.blueprint(), self.port?)),
            Some(object) => {
                let (blueprint, paddr) = needs(&object.kind()).ok()??;
                Some((blueprint, paddr?))
            }
        }
    }

    fn name(&self, id: u32) -> &'a str {
        self.spec.object(ObjectId(id)).map_or("the monitor's serial port", |object| object.name())
    }

    fn failure(&self, id: u32, cause: Cause<'a>) -> Failure<'a> {
        Failure::at(self.spec, ObjectId(id), cause)
    }

    fn make_fixed(
        &self, ids: &mut [u32], places: &mut [u32], memory: &mut Memory<'_>,
    ) -> Result<(), Failure<'a>> {
        ids.sort_unstable_by_key(|id| (self.fixed(*id).map_or(0, |(_, paddr)| paddr), *id));
        let mut rest = &*ids;
        let mut before = "";
        while let [first, ..] = rest {
            let Some((blueprint, paddr)) = self.fixed(*first) else {
                break;
            };
            let size = Bytes::from_bits(blueprint.physical_size_bits()).0;
            // Equal objects that follow each other are made together.
            let mut next = paddr;
            let most = sel4_cfg_usize!(RETYPE_FAN_OUT_LIMIT);
            let together = rest.iter().take(most).take_while(|id| {
                let here = next;
                next = next.saturating_add(size);
                self.fixed(**id) == Some((blueprint, here))
            });
            let made = memory.pool.make_at(&blueprint, paddr, together.count());
            let (slot, count) = made.map_err(|error| {
                let bits = blueprint.physical_size_bits();
                self.failure(*first, memory.cause(error, bits, Some(paddr), before))
            })?;
            let (made, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            place(places, made, slot);
            before = made.last().map_or("", |id| self.name(*id));
            rest = others;
        }
        memory.pool.divide().map_err(|error| Failure::general(memory.cause(error, 0, None, "")))
    }

    /// Sorts by counting. Afterwards `counts` has the end of each bucket.
    fn sort(&self, order: &mut [u32], counts: &mut [u32]) {
        let mut sum = 0;
        for count in counts.iter_mut() {
            sum += core::mem::replace(count, sum);
        }
        for (id, object) in each(self.spec) {
            let kind = object.kind();
            if let Ok(Some((blueprint, None))) = needs(&kind) {
                let next = &mut counts[bucket(&blueprint, &kind)];
                if let Some(place) = usize::try_from(*next).ok().and_then(|at| order.get_mut(at)) {
                    *place = id.0;
                }
                *next += 1;
            }
        }
    }

    fn make_others(
        &self, order: &[u32], ends: &[u32], places: &mut [u32], memory: &mut Memory<'_>,
    ) -> Result<(), Failure<'a>> {
        let mut start = 0;
        for end in ends {
            let end = usize::try_from(*end).unwrap_or(0);
            let mut rest = order.get(start..end).unwrap_or_default();
            start = end;
            let Some(first) = rest.first().and_then(|id| self.spec.object(ObjectId(*id))) else {
                continue;
            };
            let Ok(Some((blueprint, _))) = needs(&first.kind()) else {
                continue;
            };
            let made = memory.pool.make(&blueprint, rest.len(), |slot, count| {
                let (made, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                place(places, made, slot);
                rest = others;
            });
            if let Err(error) = made {
                let cause = memory.cause(error, blueprint.physical_size_bits(), None, "");
                return Err(self.failure(rest.first().copied().unwrap_or(0), cause));
            }
        }
        Ok(())
    }
}

/// Notes that the objects are in slots from `slot` on.
fn place(places: &mut [u32], ids: &[u32], slot: usize) {
    for (id, slot) in ids.iter().zip(slot..) {
        if let Some(place) = usize::try_from(*id).ok().and_then(|id| places.get_mut(id)) {
            *place = u32::try_from(slot).unwrap_or(0);
        }
    }
}
