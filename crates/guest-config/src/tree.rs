//! The guest's device tree.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use fdt::address::Region;
use fdt::guest::{
    Chosen, Conduit, Cpus, Device, Gic, Guest, NamedDevice, Passthrough, PowerButton, Reserved,
    Timer,
};
use fdt::patch::{self, Changes};
use fdt::reference::{Dropped, Missing};
use fdt::select::Keep;
use guest_memory::{GuestRange, Name};
use vmm::power_on::mpidr;
use vmm::vcpu::VcpuId;

use crate::config::{DeviceTree, GuestConfig};

/// The affinity fields of MPIDR_EL1.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// What a guest's machine consists of besides memory and processors.
#[derive(Clone, Debug)]
pub struct Hardware<'s> {
    /// Its interrupt controller.
    pub gic: Gic<'s>,
    /// Its generic timer.
    pub timer: Timer,
    /// What its processors are, as `arm,cortex-a53`.
    pub cpu: &'s str,
    /// An emulated serial port.
    pub uart: Option<Device>,
    /// An emulated clock.
    pub rtc: Option<Device>,
    /// An emulated power button.
    pub power_button: Option<PowerButton>,
    /// Virtio devices.
    pub virtio: &'s [Device],
    /// Devices of other kinds.
    pub others: &'s [NamedDevice],
    /// The board's devices that it has.
    pub keep: &'s [Keep],
    /// Parts of its memory that it may not use freely.
    pub reserved: &'s [Reserved<'s>],
}

/// A device tree can't be used or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_file(file, problem))]
pub struct TreeError {
    /// The file, or what stands for one.
    pub file: Name,
    /// What is wrong.
    pub problem: Box<fdt::Error>,
}

/// A problem behind the name of its file, unless it begins with that by itself: a tree without a file is
/// called what its problems call it.
fn in_file(file: &Name, problem: &fdt::Error) -> String {
    let problem = problem.to_string();
    if problem.starts_with(file.as_ref()) { problem } else { format!("{file}: {problem}") }
}

/// A tree, and what had to be left out of the board's.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The flattened tree.
    pub blob: Vec<u8>,
    /// Properties that were left out, since what they refer to isn't the guest's.
    pub dropped: Vec<Dropped>,
}

/// The name in messages of the tree that `config` asks for.
pub(crate) fn name(config: &GuestConfig) -> Name {
    match &config.device_tree {
        DeviceTree::None => "no device tree".into(),
        DeviceTree::File(file) => file.name.clone().into(),
        DeviceTree::Generated { base: Some(base), .. } => base.clone().into(),
        DeviceTree::Generated { base: None, .. } => "device tree".into(),
    }
}

/// The tree that `config` asks for, with an initial RAM disk at `initrd`. `given` is the file that it
/// names, or the board's tree.
///
/// A file is taken as it is, but for what the attributes say: command line, console, and where the
/// initial RAM disk is. All else is made new, with the board's devices that the guest has.
///
/// # Errors
/// The file is no device tree, or devices contradict each other.
pub fn make(
    config: &GuestConfig, hardware: &Hardware<'_>, given: Option<&[u8]>, initrd: Option<GuestRange>,
) -> Result<Made, TreeError> {
    let error = |problem| TreeError { file: name(config), problem: Box::new(problem) };
    let command_line = config.kernel.command_line.as_str();
    let chosen = Chosen {
        bootargs: (!command_line.is_empty()).then_some(command_line),
        stdout_path: config.kernel.console.as_deref(),
        initrd: initrd.map(region),
        rng_seed: None,
    };
    let given = given.map(fdt::blob::read).transpose().map_err(error)?;
    let (tree, dropped) = match (&config.device_tree, &given) {
        (DeviceTree::File(_), Some(given)) => {
            let changes = Changes { chosen, ..Changes::default() };
            let patched = patch::apply(given, &changes).map_err(error)?;
            (patched.tree, patched.dropped)
        }
        (_, host) => {
            let affinities: Vec<u64> =
                (0..config.vcpus).map(|id| mpidr(VcpuId(id)) & AFFINITY).collect();
            let passthrough = host.as_ref().map(|host| Passthrough {
                host,
                keep: hardware.keep,
                follow: true,
                missing: Missing::Drop,
            });
            let guest = Guest {
                model: "Caravan virtual machine",
                compatible: "linux,dummy-virt",
                memory: &[region(config.ram.range)],
                reserved: hardware.reserved,
                cpus: Cpus {
                    affinities: &affinities,
                    compatible: hardware.cpu,
                    conduit: Conduit::Smc,
                },
                gic: hardware.gic,
                timer: hardware.timer,
                uart: hardware.uart,
                rtc: hardware.rtc,
                power_button: hardware.power_button,
                virtio: hardware.virtio,
                others: hardware.others,
                chosen,
                passthrough,
            };
            guest.tree().map_err(error)?
        }
    };
    let blob = fdt::blob::write(&tree).map_err(error)?;
    Ok(Made { blob, dropped })
}

fn region(range: GuestRange) -> Region {
    Region { base: range.start().0, size: range.size() }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_once() {
        let text = |file: &'static str| {
            let problem = fdt::tree::Tree::default().find("/uart").map(|_| ()).unwrap_err();
            TreeError { file: file.into(), problem: Box::new(problem) }.to_string()
        };
        assert_eq!(text("device tree"), "device tree: there is no node \"/uart\"");
        assert_eq!(text("dtb"), "dtb: device tree: there is no node \"/uart\"");
    }
}
