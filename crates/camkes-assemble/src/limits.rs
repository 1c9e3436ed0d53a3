//! What a kernel or a board can't do, said before anything boots.

use camkes_lang::model::{Instance, Model};
use camkes_lang::{Diagnostic, ValueKind};
use sel4_prefix::Platform;
use system_spec::model::{ObjectKind, System};

use crate::kernel::Kernel;
use crate::output::summary;

/// Software generated interrupts are the kernel's own.
const FIRST_INTERRUPT: u32 = 16;

/// Keys that give what nothing here can give, and why.
const REFUSED: [(&str, &str); 4] = [
    ("smmu", "translating devices' addresses is not supported"),
    ("simple_extra_bootinfo", "components get no records of the kernel's boot information"),
    ("ioports", "I/O ports are a PC's, and this kernel is one for AArch64"),
    ("iospaces", "I/O spaces are a PC's, and this kernel is one for AArch64"),
];

/// Why a component can't have an interrupt, if it can't.
#[must_use]
pub fn interrupt(kernel: &Kernel, number: u32) -> Option<String> {
    if number < FIRST_INTERRUPT {
        return Some(format!("expected a number from {FIRST_INTERRUPT}"));
    }
    // Other boards' kernels say it when the system starts.
    let platform = Platform::built_in(&kernel.platform).ok()?;
    let interrupts = &platform.interrupts;
    if number > interrupts.max {
        return Some(format!("expected at most {}, the board's largest", interrupts.max));
    }
    let kept = [interrupts.kernel_timer, interrupts.virtual_timer, interrupts.vgic_maintenance];
    kept.contains(&number).then(|| "the kernel keeps it for itself".to_owned())
}

/// Settings of an instance that can't be followed.
pub(crate) fn settings(instance: &Instance, is_vm: bool, found: &mut Vec<Diagnostic>) {
    let untyped = [("untyped_mmios", "no component has untyped memory; list it in `mmios`")];
    let calls = [(
        "allowed_smc_functions",
        "a guest's calls don't reach the firmware, since the kernel has no capabilities for that",
    )];
    let own = if is_vm { &calls[..] } else { &untyped[..] };
    for (key, reason) in REFUSED.iter().chain(own) {
        let Some(setting) = instance.settings.get(*key) else {
            continue;
        };
        let empty = match &setting.value.kind {
            ValueKind::List(items) => items.is_empty(),
            ValueKind::String(text) => text.is_empty(),
            _ => false,
        };
        if !empty {
            let text = format!("`{}.{key}` can't be followed: {reason}", instance.name);
            found.push(Diagnostic::error("unsupported-setting", text).at(setting.span));
        }
    }
}

/// The domain schedule: the kernel's own is the one that runs.
pub(crate) fn schedule(model: &Model, kernel: &Kernel, found: &mut Vec<Diagnostic>) {
    let Some(schedule) = &model.schedule else {
        return;
    };
    // One domain has all the time there is.
    if schedule.slices.iter().all(|slice| slice.domain == 0) {
        return;
    }
    let text = format!(
        "the schedule of domains can't be followed: the kernel ({}) has {} and its own schedule",
        kernel.name,
        if kernel.domains == 1 {
            "one domain".to_owned()
        } else {
            format!("{} domains", kernel.domains)
        }
    );
    found.push(Diagnostic::error("unsupported-schedule", text).at(schedule.span));
}

/// Whether the board has the memory, and the first thread the slots. The initializer finds out
/// exactly; this is what is wrong by far.
pub(crate) fn size(system: &System, kernel: &Kernel) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let (own, shared) = summary::costs(system, &kernel.geometry);
    let needed: u64 = own.iter().chain([&shared]).map(|cost| cost.bytes).sum();
    // What has an address may be a device's, or memory that the kernel doesn't manage.
    let fixed: u64 = system
        .objects
        .iter()
        .filter_map(|object| match &object.kind {
            ObjectKind::Frame { size_bits, paddr: Some(_), .. }
            | ObjectKind::Untyped { size_bits, paddr: Some(_) } => Some(1 << size_bits),
            _ => None,
        })
        .sum();
    let needed = needed - fixed;
    let contents: usize = system.contents.iter().map(|content| content.bytes.len()).sum();
    if let Some(map) = &kernel.regions {
        let memory: u64 = map.memory.iter().map(sel4_prefix::Region::size).sum();
        let image = contents as u64;
        if needed.saturating_add(image) > memory {
            let mib = |bytes: u64| bytes.div_ceil(1 << 20);
            found.push(Diagnostic::error(
                "too-large",
                format!(
                    "the system needs {} MiB of memory and has an image of {} MiB, but the kernel \
                     ({}) manages {} MiB; `camkes spec --summary` lists what needs it",
                    mib(needed),
                    mib(image),
                    kernel.name,
                    mib(memory)
                ),
            ));
        }
    }
    let slots = 1_u64 << kernel.root_cnode_bits.min(63);
    let objects = system.objects.len() as u64;
    if objects >= slots {
        found.push(Diagnostic::error(
            "too-large",
            format!(
                "the system has {objects} objects, but the first thread of the kernel ({}) has \
                 {slots} slots (ROOT_CNODE_SIZE_BITS is {})",
                kernel.name, kernel.root_cnode_bits
            ),
        ));
    }
    found
}
