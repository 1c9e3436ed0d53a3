//! `cargo xtask test bad-input`: prefixes and programs that can't work are refused, on the host,
//! with a sentence that says what is wrong and what was expected.
//!
//! What each single check of the libraries says is tested beside them. Here it is what a user
//! sees: a damaged copy of a good prefix, given to `cargo xtask image`; damaged programs.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use boot_image::{DeviceTree, Format, Input, InstalledKernel};
use sel4_prefix::prefix::{DEVICE_TREE, KERNEL, KERNEL_CONFIG, PLATFORM_JSON};
use sel4_prefix::{Cpu, Prefix};

use crate::build::{Parts, RootTask};
use crate::command::{self, Outcome};
use crate::elf_patch;
use crate::kernels::{self, Kernel};
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

/// No refusal waits for a build.
const LIMIT: Duration = Duration::from_secs(60);
const MIB: u64 = 1 << 20;

/// One line of `gen_config.json`, what takes its place, and the refusal behind "prefix P: ".
const OPTIONS: [(&str, &str, &str); 9] = [
    (
        "\"KERNEL_MCS\": false",
        "\"KERNEL_MCS\": true",
        "KERNEL_MCS is true, expected false (the system uses the API without MCS); build the \
         kernel with -DKernelIsMCS=OFF",
    ),
    (
        "\"ARCH_AARCH64\": true",
        "\"ARCH_X86_64\": true",
        "ARCH_AARCH64 is not set, expected true (the only architecture so far); build the kernel \
         with -DKernelSel4Arch=aarch64",
    ),
    (
        "\"PLAT\": \"qemu-arm-virt\"",
        "\"PLAT\": \"tx2\"",
        "PLAT is \"tx2\", expected \"qemu-arm-virt\" (the platform of this build); build the \
         kernel with -DKernelPlatform=qemu-arm-virt",
    ),
    (
        "\"ARM_HYPERVISOR_SUPPORT\": true",
        "\"ARM_HYPERVISOR_SUPPORT\": false",
        "ARM_HYPERVISOR_SUPPORT is false, expected true (virtual machines need it); build the \
         kernel with -DKernelArmHypervisorSupport=ON",
    ),
    (
        "\"ROOT_CNODE_SIZE_BITS\": \"18\"",
        "\"ROOT_CNODE_SIZE_BITS\": \"16\"",
        "ROOT_CNODE_SIZE_BITS is \"16\", expected at least 17 (guest images take many slots); \
         build the kernel with -DKernelRootCNodeSizeBits=17",
    ),
    (
        "\"EXPORT_PCNT_USER\": true",
        "\"EXPORT_PCNT_USER\": false",
        "EXPORT_PCNT_USER is false, expected true (components read the physical counter); build \
         the kernel with -DKernelArmExportPCNTUser=ON",
    ),
    (
        "\"EXPORT_PTMR_USER\": true",
        "\"EXPORT_PTMR_USER\": false",
        "EXPORT_PTMR_USER is false, expected true (the time server uses the physical timer); \
         build the kernel with -DKernelArmExportPTMRUser=ON",
    ),
    (
        "\"DISABLE_WFI_WFE_TRAPS\": false",
        "\"DISABLE_WFI_WFE_TRAPS\": true",
        "DISABLE_WFI_WFE_TRAPS is true, expected false (an idle guest must give up the \
         processor); build the kernel with -DKernelArmDisableWFIWFETraps=OFF",
    ),
    (
        "\"ENABLE_SMP_SUPPORT\": false",
        "\"ENABLE_SMP_SUPPORT\": true",
        "ENABLE_SMP_SUPPORT is true, expected false (the system runs on one node, and labels \
         differ); build the kernel with -DKernelMaxNumNodes=1",
    ),
];

/// Runs the tests with the embedded kernel, and counts them.
pub fn run(setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = Kernel::embedded(&toolchain, &kernels::embedded_config(Cpu::CortexA53, true))?;
    on_kernel(&toolchain, &kernel, tally);
    Ok(())
}

/// Runs the tests with damaged copies of `kernel`'s prefix, which is an embedded kernel's.
pub fn on_kernel(toolchain: &Toolchain, kernel: &Kernel, tally: &mut Tally) {
    let good = kernel.prefix.path();
    let mut check = |name: &str, result: Result<()>| {
        tally.check(&format!("bad input: {name}"), result);
    };
    check("a prefix that isn't there", missing_directory());
    check("a prefix without a kernel", missing_kernel(good));
    for (old, new, refusal) in OPTIONS {
        check(new, unfit(good, old, new, refusal));
    }
    match Parts::new(toolchain, kernel, RootTask::Demo) {
        Ok(parts) => {
            for (name, file, damage, expected) in FILES {
                check(name, damaged_file(&parts, good, (file, damage), expected));
            }
            for (name, change, expected) in ROOT_TASKS {
                check(name, damaged_root_task(&parts, change, expected));
            }
        }
        Err(error) => check("images", Err(error)),
    }
}

/// Runs `cargo xtask image` for `prefix` and expects it to end with this error, without an image.
fn image_is_refused(prefix: &Path, expected: &str) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let image = directory.path().join("image");
    let mut xtask = Command::new(std::env::current_exe()?);
    xtask.args(["image", "--output"]).arg(&image).env("SEL4_PREFIX", prefix);
    let Outcome { status, output } = command::capture(&mut xtask, LIMIT, || ())?;
    let expected = format!("error: SEL4_PREFIX: {expected}");
    if status.code() != Some(1) || !output.ends_with(&format!("{expected}\n")) {
        bail!("{output}\nit ended with {status}, expected status 1 and at the end: {expected}");
    }
    if image.exists() {
        bail!("there is an image in spite of the error");
    }
    Ok(())
}

fn missing_directory() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("absent");
    image_is_refused(
        &path,
        &format!(
            "{}: no such directory, expected an installed seL4 kernel: No such file or directory \
             (os error 2)",
            path.display()
        ),
    )
}

fn missing_kernel(good: &Path) -> Result<()> {
    let copy = copy_of(good)?;
    fs::remove_file(copy.path().join(KERNEL))?;
    let path = copy.path().canonicalize()?;
    image_is_refused(
        &path,
        &format!(
            "prefix {}: there is no {KERNEL}; install the kernel again (`ninja install`)",
            path.display()
        ),
    )
}

fn unfit(good: &Path, old: &str, new: &str, refusal: &str) -> Result<()> {
    let copy = copy_of(good)?;
    let file = copy.path().join(KERNEL_CONFIG);
    let text = fs::read_to_string(&file)?;
    if !text.contains(old) {
        bail!("{} has no {old}", file.display());
    }
    fs::write(&file, text.replace(old, new))?;
    let path = copy.path().canonicalize()?;
    image_is_refused(&path, &format!("prefix {}: {refusal}", path.display()))
}

type Damage = fn(&mut Vec<u8>);

/// The end of a program is of no use to anybody but debuggers: a page or so is what remains.
fn cut(bytes: &mut Vec<u8>) {
    bytes.truncate(5000.min(bytes.len() / 2));
}

fn overwrite_start(bytes: &mut Vec<u8>) {
    bytes.splice(..4, *b"oops");
}

/// A file of the prefix, its damage, and parts of the error behind the file's name.
const FILES: [(&str, &str, Damage, &str); 5] = [
    ("a truncated kernel", KERNEL, cut, "truncated"),
    (
        "a kernel that is no ELF file",
        KERNEL,
        overwrite_start,
        "starts with [6f, 6f, 70, 73], expected an ELF file (7f 45 4c 46)",
    ),
    ("a truncated device tree", DEVICE_TREE, cut, "truncated: the file has"),
    (
        "no device tree",
        DEVICE_TREE,
        overwrite_start,
        "not a device tree: it starts with 0x6f6f7073, expected 0xd00dfeed",
    ),
    ("a truncated memory map", PLATFORM_JSON, cut, "no memory map"),
];

fn damaged_file(
    parts: &Parts, good: &Path, (file, damage): (&str, Damage), expected: &str,
) -> Result<()> {
    let copy = copy_of(good)?;
    let path = copy.path().join(file);
    let mut bytes = fs::read(&path)?;
    damage(&mut bytes);
    fs::write(&path, bytes)?;
    let packed = InstalledKernel::from_prefix(&Prefix::open(copy.path())?)
        .map_err(anyhow::Error::from)
        .and_then(|installed| parts.pack_on(&installed));
    let error = packed.err().context("expected an error, got an image")?;
    has(&format!("{error:#}"), &path.display().to_string(), expected)
}

type Change = fn(&mut Vec<u8>) -> Result<()>;

/// A change to the demonstration's ELF file, and a part of the error.
const ROOT_TASKS: [(&str, Change, &str); 4] = [
    (
        "a truncated root task",
        |bytes| {
            cut(bytes);
            Ok(())
        },
        "truncated",
    ),
    (
        "a root task for another machine",
        // e_machine (ELF-64, figure 2).
        |bytes| elf_patch::set_machine(bytes, 62),
        "ELF machine 62, expected 183 (AArch64)",
    ),
    (
        "a root task too big for RAM",
        |bytes| elf_patch::set_memory_size(bytes, 4096 * MIB),
        "make it smaller or take a platform with more memory",
    ),
    (
        "a root task too big for the root CNode",
        |bytes| elf_patch::set_memory_size(bytes, 1200 * MIB),
        "ROOT_CNODE_SIZE_BITS is 18, which gives 262144; take a kernel with a larger root CNode \
         or a smaller root task",
    ),
];

fn damaged_root_task(parts: &Parts, change: Change, expected: &str) -> Result<()> {
    let mut root_task = Input { name: "task.elf".to_owned(), ..parts.root_task().clone() };
    change(&mut root_task.bytes)?;
    let packed = parts.pack_with(&root_task, DeviceTree::Prefix, Format::Elf);
    let error = packed.err().context("expected an error, got an image")?;
    has(&format!("{error:#}"), &root_task.name, expected)
}

/// Checks that an error names its source and says what is wrong.
fn has(error: &str, source: &str, expected: &str) -> Result<()> {
    if !error.starts_with(source) || !error.contains(expected) {
        bail!("the error is: {error}\nexpected: {source}: ... {expected}");
    }
    Ok(())
}

/// A copy of a directory that is removed with the value.
fn copy_of(directory: &Path) -> Result<tempfile::TempDir> {
    let copy = tempfile::tempdir()?;
    copy_into(directory, copy.path())
        .with_context(|| format!("could not copy {}", directory.display()))?;
    Ok(copy)
}

fn copy_into(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_into(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
