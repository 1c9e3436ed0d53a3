//! An instance's own settings as numbers.

use camkes_lang::model::Instance;
use camkes_lang::{Diagnostic, Value};
use system_spec::model::OnFault;

/// Restarts of a component that says `on_fault = "restart"` and no number.
const RESTARTS: u64 = 5;
/// Priority of components that say nothing.
const PRIORITY: u64 = 254;
/// Bytes of stack of components that say nothing.
const STACK: u64 = 16384;

/// How an instance's thread runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduling {
    pub priority: u8,
    pub max_priority: u8,
    pub affinity: u32,
    pub domain: u8,
}

/// The first of the keys that is set, as a number below `end`.
fn number(
    instance: &Instance, keys: &[&str], otherwise: u64, (end, what): (u64, &str),
) -> Result<u64, Diagnostic> {
    let Some((key, setting)) =
        keys.iter().find_map(|key| Some((key, instance.settings.get(*key)?)))
    else {
        return Ok(otherwise);
    };
    match setting.value.as_u64() {
        Some(value) if value < end => Ok(value),
        _ => Err(Diagnostic::error(
            "out-of-range",
            format!(
                "`{}.{key}` is {}, expected {what} from 0 to {}",
                instance.name,
                setting.value,
                end - 1
            ),
        )
        .at(setting.value.span)),
    }
}

/// The first of the keys that is set, as a number of bytes.
fn bytes(instance: &Instance, key: &str, otherwise: u64) -> Result<u64, Diagnostic> {
    // More than any address space has; keeps sums from overflowing.
    number(instance, &[key], otherwise, (1 << 47, "a number of bytes"))
}

/// `_priority` and its kin.
pub fn scheduling(instance: &Instance, kernel: &crate::Kernel) -> Result<Scheduling, Diagnostic> {
    let levels = (kernel.priorities, "a priority of this kernel,");
    let otherwise = PRIORITY.min(kernel.priorities.saturating_sub(1));
    let priority = number(instance, &["_priority", "priority"], otherwise, levels)?;
    let most = number(instance, &["_max_priority", "max_priority"], otherwise, levels)?;
    let cores = (kernel.nodes, "a core of this kernel,");
    let affinity = number(instance, &["_affinity", "affinity"], 0, cores)?;
    let domain = number(instance, &["_domain"], 0, (kernel.domains, "a domain of this kernel,"))?;
    Ok(Scheduling {
        priority: u8::try_from(priority).unwrap_or(u8::MAX),
        max_priority: u8::try_from(most).unwrap_or(u8::MAX),
        affinity: u32::try_from(affinity).unwrap_or(u32::MAX),
        domain: u8::try_from(domain).unwrap_or(u8::MAX),
    })
}

/// `on_fault` and `restart_limit`.
pub fn on_fault(instance: &Instance) -> Result<OnFault, Diagnostic> {
    let limit = number(instance, &["restart_limit"], RESTARTS, (1 << 32, "a number"))?;
    let Some(setting) = instance.settings.get("on_fault") else {
        return Ok(OnFault::Halt);
    };
    match setting.value.as_str() {
        Some("halt") => Ok(OnFault::Halt),
        Some("restart") => Ok(OnFault::Restart { limit: u32::try_from(limit).unwrap_or(u32::MAX) }),
        _ => Err(Diagnostic::error(
            "bad-value",
            format!(
                "`{}.on_fault` is {}, expected \"halt\" or \"restart\"",
                instance.name, setting.value
            ),
        )
        .at(setting.value.span)),
    }
}

/// `_stack_size`.
pub fn stack_size(instance: &Instance) -> Result<u64, Diagnostic> {
    Ok(bytes(instance, "_stack_size", STACK)?.max(1))
}

/// `heap_size`, in frames of 2^`large` bytes if the last of them is at least half in use: that
/// takes a single object in place of hundreds.
pub fn heap_size(instance: &Instance, otherwise: u64, large: u8) -> Result<u64, Diagnostic> {
    let size = bytes(instance, "heap_size", otherwise)?;
    let large = 1 << large;
    Ok(if size % large >= large / 2 { size.next_multiple_of(large) } else { size })
}

/// `dma_pool`.
pub fn dma_pool(instance: &Instance) -> Result<u64, Diagnostic> {
    bytes(instance, "dma_pool", 0)
}

/// A truth value; no if it isn't set.
pub fn flag(instance: &Instance, key: &str) -> bool {
    instance.value(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The elements of a list; none if it isn't set.
pub fn list<'a>(instance: &'a Instance, key: &str) -> &'a [Value] {
    instance.settings.get(key).and_then(|setting| setting.value.as_list()).unwrap_or_default()
}

/// An element of `mmios`, `paddr:size:bits`: where it starts, and its bytes.
pub fn mmio(instance: &Instance, value: &Value) -> Result<(u64, u64), Diagnostic> {
    match numbers(value).as_deref() {
        Some([paddr, size, _]) => Ok((*paddr, *size)),
        _ => Err(not(instance, "mmios", value, "paddr:size:bits")),
    }
}

/// An element of `untyped_mmios`, `paddr:bits`: where it starts, and its bytes.
pub fn untyped_mmio(instance: &Instance, value: &Value) -> Result<(u64, u64), Diagnostic> {
    match numbers(value).as_deref() {
        Some([paddr, bits @ 0..64]) => Ok((*paddr, 1 << bits)),
        _ => Err(not(instance, "untyped_mmios", value, "paddr:bits")),
    }
}

/// Numbers with colons between them.
fn numbers(value: &Value) -> Option<Vec<u64>> {
    let parts = value.as_str()?.split(':');
    parts
        .map(|part| camkes_check::parse_number(part).and_then(|it| u64::try_from(it).ok()))
        .collect()
}

fn not(instance: &Instance, key: &str, value: &Value, expected: &str) -> Diagnostic {
    let text = format!("`{}.{key}`: {value}, expected \"{expected}\"", instance.name);
    Diagnostic::error("bad-value", text).at(value.span)
}
