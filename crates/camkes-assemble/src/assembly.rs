//! A system under construction: the instances and what connectors do with them.

use std::collections::BTreeMap;

use camkes_lang::model::{self, ComponentId, End};
use camkes_lang::{Diagnostic, Model, Span};
use component_config::{badge, slot};
use system_spec::model::{
    Cap, Interrupt, MemoryAttributes, MonitorOutput, ObjectId, ObjectKind, Rights,
};

use crate::builder::{Backing, Builder, MemoryId, cap};
use crate::geometry::{PAGE, pages};
use crate::image::TypeImage;
use crate::physical::Physical;
use crate::plan::{Handled, Mapped, Plan};
use crate::{Input, Kernel};

/// An instance, and where the description names it.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The instance.
    pub instance: model::InstanceId,
    /// For messages.
    pub span: Span,
}

impl From<&End> for Site {
    fn from(end: &End) -> Self {
        Self { instance: end.instance, span: end.span }
    }
}

/// A system under construction.
#[derive(Debug)]
pub struct Assembly<'a> {
    /// The resolved description.
    pub model: &'a Model,
    /// The kernel.
    pub kernel: &'a Kernel,
    /// Everything that it is made from.
    pub input: &'a Input<'a>,
    /// The objects.
    pub builder: Builder,
    /// Memory whose physical address the tool chooses.
    pub physical: Physical,
    /// What was found wrong, or worth a word.
    pub diagnostics: Vec<Diagnostic>,
    /// By the model's instances; none for those without code.
    pub(crate) plans: Vec<Option<Plan<'a>>>,
    /// Programs that are in the system already.
    pub(crate) images: BTreeMap<ComponentId, TypeImage>,
    /// The board's device tree.
    pub(crate) tree: Option<fdt::tree::Tree<'a>>,
    /// The monitor's fault endpoint and notification.
    pub(crate) monitor: Option<(ObjectId, ObjectId)>,
    /// Who prints for the monitor.
    pub(crate) monitor_output: Option<MonitorOutput>,
    interrupts: BTreeMap<u32, (String, Span)>,
}

impl<'a> Assembly<'a> {
    pub(crate) fn new(input: &'a Input<'a>, tree: Option<fdt::tree::Tree<'a>>) -> Self {
        let kernel = input.kernel;
        let mut builder = Builder::new(kernel.geometry.clone());
        for region in kernel.regions.iter().flat_map(|map| map.devices.iter().chain(&map.memory)) {
            builder.boundaries.extend([region.start, region.end]);
        }
        let monitor = input.options.monitor.then(|| {
            let endpoint = builder.add("monitor.faults", None, ObjectKind::Endpoint);
            (endpoint, builder.add("monitor.notification", None, ObjectKind::Notification))
        });
        Self {
            model: input.model,
            kernel,
            input,
            builder,
            physical: Physical::new(kernel, input.model),
            diagnostics: Vec::new(),
            plans: Vec::new(),
            images: BTreeMap::new(),
            tree,
            monitor,
            monitor_output: None,
            interrupts: BTreeMap::new(),
        }
    }

    /// The plan of an instance, which a connection's end may name.
    ///
    /// # Errors
    ///
    /// When it has no code.
    pub fn plan(&mut self, site: impl Into<Site>) -> Result<&mut Plan<'a>, Diagnostic> {
        let site = site.into();
        let model = self.model;
        self.plans.get_mut(site.instance.0).and_then(Option::as_mut).ok_or_else(|| {
            let name = &model[site.instance].name;
            Diagnostic::error("no-code", format!("the instance `{name}` has no program"))
                .at(site.span)
        })
    }

    /// Whether an instance has code.
    #[must_use]
    pub fn has_code(&self, instance: model::InstanceId) -> bool {
        self.plans.get(instance.0).is_some_and(Option::is_some)
    }

    /// The instances that have code, in order.
    pub fn with_code(&self) -> impl Iterator<Item = &Plan<'a>> {
        self.plans.iter().flatten()
    }

    /// A new event of the end's instance: a bit in the badges that it receives.
    ///
    /// # Errors
    ///
    /// When all bits are taken.
    pub fn event(&mut self, site: impl Into<Site>) -> Result<u32, Diagnostic> {
        let site = site.into();
        let plan = self.plan(site)?;
        let bit = plan.events;
        if bit == u32::from(badge::EVENTS) {
            let name = plan.name;
            return Err(Diagnostic::error(
                "too-many-events",
                format!(
                    "`{name}` receives more than {} events, which is all that a notification can \
                     tell apart",
                    badge::EVENTS
                ),
            )
            .at(site.span));
        }
        plan.events += 1;
        self.notification(site)?;
        Ok(bit)
    }

    /// The notification of the end's instance.
    pub(crate) fn notification(&mut self, site: Site) -> Result<ObjectId, Diagnostic> {
        let plan = self.plan(site)?;
        if let Some(notification) = plan.notification {
            return Ok(notification);
        }
        let (name, id) = (format!("{}.notification", plan.name), plan.id);
        let notification = self.builder.add(name, Some(id), ObjectKind::Notification);
        let plan = self.plan(site)?;
        plan.notification = Some(notification);
        plan.cspace.put(slot::NOTIFICATION, cap(notification, Rights::READ));
        Ok(notification)
    }

    /// Gives `from`'s instance the right to raise an event of `to`'s, and tells the slot.
    ///
    /// # Errors
    ///
    /// When one of them has no code.
    pub fn signal(
        &mut self, from: impl Into<Site>, to: impl Into<Site>, bit: u32,
    ) -> Result<u32, Diagnostic> {
        let notification = self.notification(to.into())?;
        let cap = Cap { badge: event_badge(bit), ..cap(notification, Rights::WRITE) };
        Ok(self.plan(from)?.cspace.add(cap))
    }

    /// The endpoint of the end's instance.
    ///
    /// # Errors
    ///
    /// When it has no code.
    pub fn endpoint(&mut self, site: impl Into<Site>) -> Result<ObjectId, Diagnostic> {
        let site = site.into();
        let plan = self.plan(site)?;
        if let Some(endpoint) = plan.endpoint {
            return Ok(endpoint);
        }
        let (name, id) = (format!("{}.endpoint", plan.name), plan.id);
        let endpoint = self.builder.add(name, Some(id), ObjectKind::Endpoint);
        let plan = self.plan(site)?;
        plan.endpoint = Some(endpoint);
        plan.cspace.put(slot::ENDPOINT, cap(endpoint, Rights::READ));
        Ok(endpoint)
    }

    /// Asks for memory that several instances see.
    pub fn shared_memory(&mut self, name: &str, size: u64) -> MemoryId {
        self.builder.memory(name, None, pages(size.max(1)), Backing::Anywhere { phase: 0 })
    }

    /// Asks for memory at a physical address: the whole pages of the range.
    ///
    /// # Errors
    ///
    /// When the kernel doesn't give that address to anybody.
    pub fn memory_at(
        &mut self, name: &str, start: u64, size: u64, span: Span,
    ) -> Result<MemoryId, Diagnostic> {
        let wrong = |text: String| Err(Diagnostic::error("bad-memory", text).at(span));
        let Some(last) = size.checked_sub(1).and_then(|more| start.checked_add(more)) else {
            return wrong(format!(
                "{size:#x} bytes from {start:#x} are no range of physical addresses"
            ));
        };
        let first = start / PAGE * PAGE;
        if self.kernel.regions.is_some() && self.kernel.range_of(first, last).is_none() {
            return wrong(format!(
                "the kernel doesn't give away the physical addresses {first:#x} to {last:#x}, or \
                 not in one piece; its memory map is in {}",
                self.kernel.name
            ));
        }
        let size = pages(last - first + 1);
        Ok(self.builder.memory(name, None, size, Backing::At(first)))
    }

    /// Maps memory into the end's instance, behind what it has. `offset` and `size` say which part
    /// of it is meant.
    ///
    /// # Errors
    ///
    /// When the instance has no code or its address space is full.
    pub fn map(
        &mut self, site: impl Into<Site>, memory: MemoryId, (offset, size): (u64, u64),
        rights: Rights, attributes: MemoryAttributes,
    ) -> Result<Mapped, Diagnostic> {
        let site = site.into();
        let id = self.plan(site)?.id;
        self.builder.used_by(memory, id);
        let extent = self.builder.extent(memory);
        let plan = self.plan(site)?;
        let address = plan
            .space
            .map(extent, rights, attributes)
            .map_err(|text| crate::full(text).at(site.span))?;
        Ok(Mapped { memory, address: address + offset, size, writable: rights.write })
    }

    /// Gives an interrupt to the end's instance, as the event `bit` of its.
    ///
    /// # Errors
    ///
    /// When another one has it.
    pub fn interrupt(
        &mut self, site: impl Into<Site>, interface: Option<usize>, interrupt: Interrupt, bit: u32,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let site = site.into();
        let name = self.plan(site)?.name.to_owned();
        if let Some((other, first)) = self.interrupts.get(&interrupt.number) {
            return Err(Diagnostic::error(
                "shared-interrupt",
                format!("`{other}` and `{name}` both get the interrupt {}", interrupt.number),
            )
            .at(span)
            .label(*first, "used here first"));
        }
        self.interrupts.insert(interrupt.number, (name.clone(), span));
        if let Some(reason) = crate::limits::interrupt(self.kernel, interrupt.number) {
            return Err(Diagnostic::error(
                "bad-interrupt",
                format!("`{name}` can't have the interrupt {}: {reason}", interrupt.number),
            )
            .at(span));
        }
        if u64::from(interrupt.target) >= self.kernel.nodes {
            return Err(Diagnostic::error(
                "no-such-core",
                format!(
                    "the interrupt {} goes to core {}, expected a core of this kernel, from 0 to {}",
                    interrupt.number,
                    interrupt.target,
                    self.kernel.nodes.saturating_sub(1)
                ),
            )
            .at(span));
        }
        let notification = self.notification(site)?;
        let signal = Cap { badge: event_badge(bit), ..cap(notification, Rights::WRITE) };
        let id = self.plan(site)?.id;
        let object = self.builder.add(
            format!("{name}.interrupt.{}", interrupt.number),
            Some(id),
            ObjectKind::Interrupt(Interrupt { notification: Some(signal), ..interrupt }),
        );
        let plan = self.plan(site)?;
        let slot = plan.cspace.add(cap(object, Rights::ALL));
        plan.interrupts.push(Handled { interface, slot, bit, number: interrupt.number });
        Ok(())
    }
}

/// The badge of an instance's event. [`Assembly::event`] gives no number that is too large.
pub(crate) fn event_badge(bit: u32) -> u64 {
    badge::SIGNAL | 1 << bit
}
