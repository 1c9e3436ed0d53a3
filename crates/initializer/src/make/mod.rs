//! Making the system, step by step.

mod cspaces;
mod fills;
mod interrupts;
mod objects;
mod spaces;
mod threads;
pub mod untyped;
pub mod window;

use sel4::BootInfoPtr;
use system_spec::flat::{Kind, Spec};
use system_spec::model::ObjectId;

use crate::console;
use crate::failure::{Cause, Failure};
use crate::measure::Steps;
use crate::monitor::output::Server;
use crate::slots::Slots;
use crate::work::Work;
use objects::Memory;
use window::Windows;

/// What all steps need.
pub struct Maker<'m, 'a> {
    /// What to make.
    pub spec: &'m Spec<'a>,
    /// Where each object's capability is.
    pub objects: &'m mut [u32],
    /// Flags of each object.
    pub flags: &'m mut [u8],
    /// What is left of the memory, and the empty slots.
    pub memory: Memory<'m>,
    /// Windows onto frames.
    pub windows: Windows,
}

/// The frame is mapped where instructions are fetched.
pub const EXECUTED: u8 = 1;
/// The frame is mapped without cache.
pub const UNCACHED: u8 = 2;
/// The object's own capability is mapped; more mappings need copies.
pub const MAPPED: u8 = 4;

/// Numbers for the summary, and what the monitor takes over.
pub struct Made {
    /// Bytes of all objects.
    pub bytes: u64,
    /// Bytes that were copied.
    pub filled: u64,
    /// Slot of the monitor's CNode, and its size.
    pub cnode: (usize, usize),
    /// Who prints for the monitor.
    pub output: Option<Server>,
}

impl<'a> Maker<'_, 'a> {
    /// The slot of an object's capability.
    pub fn slot(&self, id: ObjectId) -> usize {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.objects.get(index).and_then(|slot| usize::try_from(*slot).ok()).unwrap_or(0)
    }

    /// Notes where an object's capability is.
    pub fn set_slot(&mut self, id: ObjectId, slot: usize) {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        if let Some(place) = self.objects.get_mut(index) {
            *place = u32::try_from(slot).unwrap_or(0);
        }
    }

    /// The capability to an object.
    pub fn cap<T: sel4::CapType>(&self, id: ObjectId) -> sel4::Cap<T> {
        crate::slots::cap(self.slot(id))
    }

    /// A failure with an object.
    pub fn failure(&self, id: ObjectId, cause: Cause<'a>) -> Failure<'a> {
        Failure::at(self.spec, id, cause)
    }

    /// Makes a failure of the kernel's answer.
    pub fn refused(
        &self, id: ObjectId, action: &'static str,
    ) -> impl FnOnce(sel4::Error) -> Failure<'a> + use<'a> {
        let spec = *self.spec;
        move |error| Failure::at(&spec, id, Cause::Kernel { action, error })
    }
}

/// All objects with their identifiers.
pub fn each<'a>(
    spec: &Spec<'a>,
) -> impl Iterator<Item = (ObjectId, system_spec::flat::Object<'a>)> + use<'a> {
    (0..).map(ObjectId).zip(spec.objects())
}

/// Makes everything but the monitor's own capability space.
pub fn system<'a>(
    bootinfo: &BootInfoPtr, spec: &Spec<'a>, work: &mut Work,
) -> Result<Made, Failure<'a>> {
    let slots = Slots::new(bootinfo.empty().range(), bootinfo.init_thread_cnode_size_bits());
    let port = spec.monitor().filter(|monitor| monitor.owns_console).and_then(|_| console::port());
    let mut steps = Steps::start();
    let mut memory = Memory::new(bootinfo, slots, work.regions);
    let bytes = objects::make(spec, work.slots, work.order, &mut memory, port)?;

    // The monitor's own: one slot for each watched thread, and a few.
    let threads: usize = spec.instances().map(|instance| instance.threads().len()).sum();
    let cnode_bits = (threads + crate::handover::FIRST_THREAD).next_power_of_two().ilog2();
    let cnode_bits = usize::try_from(cnode_bits).unwrap_or(0).max(4);
    let cnode = memory.take(&sel4::ObjectBlueprint::CNode { size_bits: cnode_bits })?;

    let mut maker = Maker {
        spec,
        objects: work.slots,
        flags: work.flags,
        memory,
        windows: Windows::new(bootinfo),
    };
    steps.end("make objects");
    interrupts::make(&mut maker)?;
    maker.mark_frames();
    let filled = maker.fill_frames()?;
    steps.end("fill frames");
    maker.map_spaces(bootinfo)?;
    steps.end("map frames");
    maker.fill_cspaces()?;
    steps.end("hand out capabilities");
    interrupts::connect(&mut maker)?;
    maker.configure_threads(bootinfo)?;
    steps.end("configure threads");
    let output = maker.map_logs(work.watched)?;
    if let Some(slot) = port.and_then(|_| maker.objects.last()) {
        let registers = maker.windows.map_port(&mut maker.memory, *slot)?;
        // SAFETY: the frame of the serial port is mapped there as device memory, and stays.
        unsafe { sel4_root_task::console::adopt(registers) };
    }
    steps.end("map rings");
    Ok(Made { bytes, filled, cnode: (cnode, cnode_bits), output })
}

impl<'a> Maker<'_, 'a> {
    /// Notes how frames are mapped: caches have to be cleaned accordingly.
    fn mark_frames(&mut self) {
        for object in self.spec.objects() {
            let Kind::TranslationTable { entries, .. } = object.kind() else {
                continue;
            };
            for (_, cap) in entries {
                let index = usize::try_from(cap.object.0).unwrap_or(usize::MAX);
                if let Some(flags) = self.flags.get_mut(index) {
                    if cap.memory.executable {
                        *flags |= EXECUTED;
                    }
                    if !cap.memory.cached {
                        *flags |= UNCACHED;
                    }
                }
            }
        }
    }
}
