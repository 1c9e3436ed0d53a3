//! A guest's memory: RAM, kernel, device tree, initrd and devices must not run into each other.

use camkes_lang::model::{Instance, InstanceId, Origin};
use camkes_lang::{Diagnostic, Model, Span, Value};

use crate::context::{Context, is_virtual_machine};
use crate::memory::{Region, RegionKind, is_gic_virtual_cpu_interface, regions};
use crate::number::parse_number;

/// Where things are in an ARM guest's memory, as its addresses. An address that can't be
/// understood is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestMemory {
    /// First address of the RAM.
    pub ram_base: u64,
    /// Bytes of RAM.
    pub ram_size: u64,
    /// Physical address of the RAM, where it is mapped one to one.
    pub ram_paddr_base: u64,
    /// Address of the device tree, if the guest gets one.
    pub dtb: Option<u64>,
    /// Address of the initrd, if the guest gets one.
    pub initrd: Option<u64>,
    /// The most bytes that the initrd is meant to have.
    pub initrd_max_size: Option<u64>,
    /// Where the guest starts, if that is set.
    pub entry: Option<u64>,
}

impl GuestMemory {
    fn contains(&self, address: u64) -> bool {
        address.checked_sub(self.ram_base).is_some_and(|offset| offset < self.ram_size)
    }
}

/// The memory layout of an ARM guest, if the instance has one that makes sense.
#[must_use]
pub fn guest_memory(instance: &Instance) -> Option<GuestMemory> {
    Layout::new(instance, &mut Vec::new()).map(|layout| layout.memory)
}

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut all: Option<Vec<Region>> = None;
    for (id, instance, component) in context.instances() {
        if !is_virtual_machine(component) {
            continue;
        }
        vcpus(instance, found);
        if component.attribute("guest_ram_mb").is_some() {
            x86(instance, found);
        }
        if component.attribute("vm_address_config").is_none()
            && component.attribute("linux_address_config").is_none()
        {
            continue;
        }
        if let Some(layout) = Layout::new(instance, found) {
            layout.check(instance, found);
            let all = all.get_or_insert_with(|| regions(context.model));
            devices(context.model, id, instance, &layout, all, found);
        }
    }
}

/// The GICv2, which every ARM guest sees, has eight CPU interfaces.
const MAX_VCPUS: i128 = 8;

fn vcpus(instance: &Instance, found: &mut Vec<Diagnostic>) {
    let Some(setting) = instance.settings.get("num_vcpus") else {
        return;
    };
    if let Some(number) = setting.value.as_integer()
        && !(1..=MAX_VCPUS).contains(&number)
    {
        found.push(
            Diagnostic::error(
                "out-of-range",
                format!(
                    "`{}.num_vcpus`: {number} is out of range; expected 1 to {MAX_VCPUS}",
                    instance.name
                ),
            )
            .at(setting.value.span),
        );
    }
}

fn x86(instance: &Instance, found: &mut Vec<Diagnostic>) {
    if let Some(setting) = instance.settings.get("guest_ram_mb")
        && let Some(number) = setting.value.as_integer()
        && number < 1
    {
        found.push(
            Diagnostic::error(
                "out-of-range",
                format!("`{}.guest_ram_mb`: {number} MiB is no memory for a guest", instance.name),
            )
            .at(setting.value.span),
        );
    }
    if let Some(setting) = instance.settings.get("kernel_image")
        && setting.value.as_str().is_some_and(str::is_empty)
    {
        found.push(
            Diagnostic::error(
                "no-kernel",
                format!("`{}.kernel_image` is empty: the guest has no kernel", instance.name),
            )
            .at(setting.value.span),
        );
    }
}

/// The layout together with the places where it is written.
struct Layout<'m> {
    memory: GuestMemory,
    /// The key that the addresses are in.
    key: &'static str,
    value: &'m Value,
    span: Span,
}

impl<'m> Layout<'m> {
    fn new(instance: &'m Instance, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let set = |key: &str| {
            let setting = instance.settings.get(key)?;
            (setting.origin != Origin::Default && setting.value.as_dict().is_some())
                .then_some(setting)
        };
        let (key, prefix, setting) = match (set("vm_address_config"), set("linux_address_config")) {
            (Some(setting), None) => ("vm_address_config", "", setting),
            (None, Some(setting)) => ("linux_address_config", "linux_", setting),
            (Some(new), Some(old)) => {
                found.push(
                    Diagnostic::warning(
                        "two-layouts",
                        format!(
                            "`{}` has both `vm_address_config` and `linux_address_config`; the first one counts",
                            instance.name
                        ),
                    )
                    .at(old.span)
                    .label(new.span, "this one counts"),
                );
                ("vm_address_config", "", new)
            }
            (None, None) => {
                found.push(
                    Diagnostic::error(
                        "no-layout",
                        format!("the guest of `{}` has no memory: neither `vm_address_config` nor `linux_address_config` is set", instance.name),
                    )
                    .at(instance.name_span)
                    .help(format!("set `{}.vm_address_config`", instance.name)),
                );
                return None;
            }
        };
        let mut reader =
            Reader { name: format!("{}.{key}", instance.name), value: &setting.value, found };
        let ram_base = reader.number(&format!("{prefix}ram_base"));
        let ram_size = reader.number(&format!("{prefix}ram_size"));
        let ram_paddr_base = reader.number(&format!("{prefix}ram_paddr_base"));
        let dtb = reader.number("dtb_addr");
        let initrd = reader.number("initrd_addr");
        let entry = reader.unless_minus_one("kernel_entry_addr");
        let initrd_max_size = reader.unless_minus_one("initrd_max_size");

        let wanted = |field| {
            let config = instance.value("vm_image_config")?;
            config.get(field)?.as_bool()
        };
        // With the old keys the VM decides by build options: the addresses must be good anyway.
        let new = key == "vm_address_config";
        let with_dtb =
            !new || wanted("provide_dtb") != Some(false) || wanted("generate_dtb") == Some(true);
        let with_initrd = !new || wanted("provide_initrd") != Some(false);
        Some(Self {
            memory: GuestMemory {
                ram_base: ram_base?,
                ram_size: ram_size?,
                ram_paddr_base: ram_paddr_base?,
                dtb: dtb.filter(|_| with_dtb),
                initrd: initrd.filter(|_| with_initrd),
                initrd_max_size,
                entry,
            },
            key,
            value: &setting.value,
            span: setting.span,
        })
    }

    fn span_of(&self, field: &str) -> Span {
        self.value.get(field).map_or(self.span, |value| value.span)
    }

    fn check(&self, instance: &Instance, found: &mut Vec<Diagnostic>) {
        let memory = &self.memory;
        let name = format!("{}.{}", instance.name, self.key);
        let ram_field = if self.key == "vm_address_config" { "ram_size" } else { "linux_ram_size" };
        let expected = if memory.ram_size == 0 || !memory.ram_size.is_multiple_of(4096) {
            Some("pages of 4096 bytes")
        } else if memory.ram_base.checked_add(memory.ram_size).is_none() {
            Some("an end below 2^64")
        } else {
            None
        };
        if let Some(expected) = expected {
            found.push(
                Diagnostic::error(
                    "bad-ram",
                    format!(
                        "`{name}.{ram_field}`: {:#x} bytes at {:#x} can't be RAM; expected {expected}",
                        memory.ram_size, memory.ram_base
                    ),
                )
                .at(self.span_of(ram_field)),
            );
            return;
        }
        for (field, what, address) in [
            ("dtb_addr", "device tree", memory.dtb),
            ("initrd_addr", "initrd", memory.initrd),
            ("kernel_entry_addr", "kernel's entry", memory.entry),
        ] {
            let Some(address) = address.filter(|address| !memory.contains(*address)) else {
                continue;
            };
            found.push(
                Diagnostic::error(
                    "outside-ram",
                    format!(
                        "`{name}.{field}`: the {what} at {address:#x} is outside of the guest's RAM, {:#x} to {:#x}",
                        memory.ram_base,
                        memory.ram_base + (memory.ram_size - 1)
                    ),
                )
                .at(self.span_of(field)),
            );
        }
        self.overlaps(&name, found);
    }

    fn overlaps(&self, name: &str, found: &mut Vec<Diagnostic>) {
        let memory = &self.memory;
        if let (Some(dtb), Some(initrd)) = (memory.dtb, memory.initrd) {
            let end = initrd.saturating_add(memory.initrd_max_size.unwrap_or(1));
            if dtb == initrd {
                found.push(
                    Diagnostic::error(
                        "guest-overlap",
                        format!("`{name}`: the device tree and the initrd are both at {dtb:#x}"),
                    )
                    .at(self.span_of("dtb_addr"))
                    .label(self.span_of("initrd_addr"), "the initrd"),
                );
            } else if (initrd..end).contains(&dtb) {
                found.push(
                    Diagnostic::warning(
                        "guest-overlap",
                        format!("`{name}`: an initrd of `initrd_max_size` bytes, {initrd:#x} to {:#x}, reaches the device tree at {dtb:#x}", end - 1),
                    )
                    .at(self.span_of("initrd_max_size"))
                    .label(self.span_of("dtb_addr"), "the device tree"),
                );
            }
        }
        // A kernel is never smaller than this.
        const KERNEL: u64 = 1 << 20;
        let entry = memory.entry.filter(|entry| memory.contains(*entry));
        for (field, what, address) in
            [("dtb_addr", "device tree", memory.dtb), ("initrd_addr", "initrd", memory.initrd)]
        {
            if let (Some(entry), Some(address)) = (entry, address)
                && (entry..entry.saturating_add(KERNEL)).contains(&address)
            {
                found.push(
                    Diagnostic::error(
                        "guest-overlap",
                        format!("`{name}`: the {what} at {address:#x} is in the kernel, which starts at {entry:#x}"),
                    )
                    .at(self.span_of(field))
                    .label(self.span_of("kernel_entry_addr"), "the kernel"),
                );
            }
        }
    }
}

struct Reader<'a, 'm> {
    name: String,
    value: &'m Value,
    found: &'a mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn field(&mut self, field: &str) -> Option<(i128, Span)> {
        let value = self.value.get(field)?;
        let text = value.as_str()?;
        let number = parse_number(text);
        if number.is_none() {
            self.found.push(
                Diagnostic::error(
                    "not-a-number",
                    format!("`{}.{field}`: \"{text}\" is not a number", self.name),
                )
                .at_with(value.span, "expected something like \"0x40000000\""),
            );
        }
        Some((number?, value.span))
    }

    fn number(&mut self, field: &str) -> Option<u64> {
        let (number, span) = self.field(field)?;
        let address = u64::try_from(number).ok();
        if address.is_none() {
            self.found.push(
                Diagnostic::error(
                    "out-of-range",
                    format!("`{}.{field}`: {number} is no address or size", self.name),
                )
                .at(span),
            );
        }
        address
    }

    /// A number where -1 stands for nothing.
    fn unless_minus_one(&mut self, field: &str) -> Option<u64> {
        let (number, _) = self.field(field)?;
        u64::try_from(number).ok()
    }
}

/// A device's registers are mapped where they physically are, so they must not be where the guest
/// has its RAM.
fn devices(
    model: &Model, id: InstanceId, instance: &Instance, layout: &Layout<'_>, all: &[Region],
    found: &mut Vec<Diagnostic>,
) {
    let memory = &layout.memory;
    let Some(ram_last) = memory.ram_base.checked_add(memory.ram_size.saturating_sub(1)) else {
        return;
    };
    let clash = all.iter().find(|region| {
        region.kind == RegionKind::Device
            && region.owners.contains(&id)
            && region.start <= ram_last
            && region.last >= memory.ram_base
            && !is_gic_virtual_cpu_interface(region.start)
    });
    if let Some(region) = clash {
        found.push(
            Diagnostic::error(
                "device-in-ram",
                format!(
                    "`{}`: {} ({:#x} to {:#x}) is where the guest has its RAM ({:#x} to {ram_last:#x})",
                    model[id].name, region.what, region.start, region.last, memory.ram_base
                ),
            )
            .at(region.span)
            .label(layout.span, format!("the RAM of `{}`", instance.name)),
        );
    }
}
