//! `cargo xtask bench guest`: what a guest costs, in instructions of the whole machine, counted by a
//! plugin of QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ::guest_images::files::{Choice, Files};
use ::guest_images::guest::Guest;
use ::guest_images::recipe::Recipe;
use anyhow::{Context, Result, ensure};
use fdt::address::Region;
use fdt::guest::{Chosen, Conduit, Cpus, Device, Gic, Timer};

use crate::app::{App, Variant};
use crate::boot;
use crate::build::{self, RootTask};
use crate::cache::Cache;
use crate::command;
use crate::console::Console;
use crate::guest_limits::{
    self, EMULATED, HEAP, IDLE_SHARE, IDLING, MEMORY, Measures, OFF_SHARE, PASSED_THROUGH,
    ROUND_TRIP, ROUND_TRIP_ON, TRAPPED_READ,
};
use crate::guest_test::{self, READY};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::qemu;
use crate::toolchain::Toolchain;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(600);
/// Until a guest that powers itself off is off.
const POWER_OFF: Duration = Duration::from_secs(3);
/// What Linux says before its first program runs, and before it powers off.
const FIRST_PROGRAM: &str = "Run /init as init process";
const LAST_WORDS: &str = "Power down";
/// From the first program's start until the kernel has settled, and how long it idles from then on: a
/// second less than the program sleeps.
const SETTLED: Duration = Duration::from_millis(5500);
const IDLING_FOR: Duration = Duration::from_secs(9);
const LAST_LINE_LIMIT: Duration = Duration::from_secs(5);
/// Seconds that the guest's first program sleeps, once the kernel has settled.
const IDLE: u64 = 10;
/// The guest's memory.
const MEMORY_SIZE: u64 = 256 << 20;

/// The kernel's own part of an exit, as its measurements name it.
const KERNELS_PART: [(&str, &str); 2] = [
    (ROUND_TRIP, "bench VCPU exit (WFI) and resume "),
    (ROUND_TRIP_ON, "bench VCPU exit (WFI), pc written, and resume "),
];

/// A boot and what followed.
struct Boot {
    /// Instructions from reset to the guest's first program.
    init: u64,
    /// Instructions of a second that it sleeps.
    idle: u64,
}

/// How much of a host core QEMU uses, in thousandths.
struct Shares {
    /// While the guest sleeps.
    idle: u64,
    /// When the guest is off; none of a machine that ends then.
    off: u64,
}

/// How much of a host core a program uses for a while, in thousandths.
fn share(console: &Console, time: Duration) -> Result<u64> {
    let (began, before) = (Instant::now(), console.cpu_time()?);
    std::thread::sleep(time);
    let (time, used) = (began.elapsed(), console.cpu_time()?.saturating_sub(before));
    Ok(u64::try_from(used.as_micros() * 1000 / time.as_micros().max(1))?)
}

/// The files of the guest that is measured, and the plugin that counts.
pub struct Bench {
    plugin: PathBuf,
    files: Files,
}

impl Bench {
    /// Builds what all kernels have in common.
    pub fn new(toolchain: &Toolchain) -> Result<Self> {
        let init = build::bare_guest(toolchain, "guest-init")?;
        let cache = Cache::open()?;
        let mut files = Choice::default().files(&cache)?;
        let recipe =
            Recipe { base: Some(files.rootfs.clone()), init: Some(init), ..Recipe::default() };
        let directory = workspace::target_directory().join("guest");
        fs::create_dir_all(&directory)?;
        files.rootfs = directory.join("bench-rootfs.cpio.gz");
        fs::write(&files.rootfs, recipe.make(&cache, Guest::default())?)
            .with_context(|| format!("could not write {}", files.rootfs.display()))?;
        Ok(Self { plugin: plugin()?, files })
    }

    /// The guest on QEMU without a VMM, with the device tree that ours would have.
    pub fn bare(&self) -> Result<Measures> {
        let tree = workspace::target_directory().join("guest/bench.dtb");
        let initrd = Region { base: 0x4d00_0000, size: fs::metadata(&self.files.rootfs)?.len() };
        fs::write(&tree, device_tree(initrd)?)?;
        let command = || {
            let mut command = qemu::program("qemu-system-aarch64");
            command
                .args(["-M", "virt,gic-version=2", "-cpu", "cortex-a53"])
                .args(["-m", &format!("{}b", MEMORY_SIZE)])
                .args(["-display", "none", "-nic", "none", "-no-reboot", "-serial", "mon:stdio"])
                .arg("-kernel")
                .arg(&self.files.kernel)
                .arg("-dtb")
                .arg(&tree)
                .arg("-device")
                .arg(format!(
                    "loader,file={},addr={:#x},force-raw=on",
                    self.files.rootfs.display(),
                    initrd.base
                ));
            command
        };
        let Boot { init, idle } = self.boot("bare QEMU", command())?;
        let shares = idle_shares("bare QEMU", command())?;
        Ok([
            (EMULATED, init),
            (PASSED_THROUGH, init),
            (IDLING, idle),
            (IDLE_SHARE, shares.idle),
            (OFF_SHARE, shares.off),
        ]
        .map(|(row, count)| (row.to_owned(), count))
        .into())
    }

    /// The guest on a kernel: both consoles, and a read that traps.
    pub fn on_kernel(
        &self, toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions,
    ) -> Result<Measures> {
        let mut measures = Vec::new();
        for (name, passthrough, row) in
            [("bench", "OFF", EMULATED), ("bench-passthrough", "ON", PASSED_THROUGH)]
        {
            let settings = vec![
                format!("CARAVAN_GUEST_ROOTFS={}", self.files.rootfs.display()),
                format!("VmPassthrough={passthrough}"),
                format!("VmRamSize={MEMORY_SIZE:#x}"),
            ];
            let app =
                App::build_variant("vm_minimal", &Variant { name, settings }, kernel, options)?;
            let Boot { init, idle } = self.boot(&kernel.name, app.command())?;
            measures.push((row.to_owned(), init));
            if passthrough == "OFF" {
                measures.push((IDLING.to_owned(), idle));
                let shares = idle_shares(&kernel.name, app.command())?;
                measures.push((IDLE_SHARE.to_owned(), shares.idle));
                measures.push((OFF_SHARE.to_owned(), shares.off));
                let path = app.folder().join("system.cdl");
                let description = fs::read_to_string(&path)
                    .with_context(|| format!("could not read {}", path.display()))?;
                measures.push((MEMORY.to_owned(), guest_limits::memory(&description)?));
            }
        }
        let app = guest_test::fuzz_app(toolchain, kernel, options)?;
        let mut console = Console::start(app.command().args(self.plugin_arguments()))?;
        console.expect(READY, LIMIT)?;
        console.send("reads")?;
        let (start, end) = (mark(&mut console, 3)?, mark(&mut console, 4)?);
        measures.push((TRAPPED_READ.to_owned(), (end - start) / 1000));
        // A release kernel prints nothing, and with it the component's lines aren't seen.
        if let Ok(line) = console.expect(" bytes of heap", LAST_LINE_LIMIT) {
            let heap = line.rsplit(' ').next().and_then(|number| number.parse().ok());
            measures.push((HEAP.to_owned(), heap.unwrap_or_default()));
        }
        drop(console);
        let lines = boot::watch(toolchain, kernel, RootTask::KernelBench, true)?;
        for (row, name) in KERNELS_PART {
            let mut counts = lines.iter().filter_map(|line| line.strip_prefix(name)?.parse().ok());
            let count = counts.next().with_context(|| format!("no line `{name}COUNT`"))?;
            measures.push((row.to_owned(), count));
        }
        Ok(measures)
    }

    fn plugin_arguments(&self) -> [String; 2] {
        ["-plugin".to_owned(), self.plugin.display().to_string()]
    }

    fn boot(&self, name: &str, mut command: Command) -> Result<Boot> {
        let step = Step::start("bench", format!("a Linux guest on {name}"));
        let result = (|| {
            let mut console = Console::start(command.args(self.plugin_arguments()))?;
            let (init, start) = (mark(&mut console, 1)?, mark(&mut console, 2)?);
            let end = mark(&mut console, 5)?;
            Ok(Boot { init, idle: (end - start) / IDLE })
        })();
        step.finish(if result.is_ok() { "done" } else { "failed" });
        result
    }
}

/// Boots the guest once more, without the plugin: its counting takes a third more of the host's time.
fn idle_shares(name: &str, mut command: Command) -> Result<Shares> {
    let step = Step::start("bench", format!("an idle guest on {name}"));
    let result = (|| {
        let mut console = Console::start(&mut command)?;
        console.expect(FIRST_PROGRAM, LIMIT)?;
        std::thread::sleep(SETTLED);
        let idle = share(&console, IDLING_FOR)?;
        let is_over = console.expect(LAST_WORDS, Duration::ZERO).is_ok();
        ensure!(!is_over, "the guest was off before the time was over");
        console.expect(LAST_WORDS, LIMIT)?;
        // It ends at once, or when it is stopped.
        let ends = console.wait(POWER_OFF).is_ok();
        let off = if ends { 0 } else { share(&console, Duration::from_secs(IDLE))? };
        Ok(Shares { idle, off })
    })();
    step.finish(if result.is_ok() { "done" } else { "failed" });
    result
}

/// Waits for a mark, and returns its count.
fn mark(console: &mut Console, number: u8) -> Result<u64> {
    console.expect(&format!("tcg-count: mark {number} "), LIMIT)?;
    let count = console.expect("\n", LIMIT)?;
    count.trim().parse().with_context(|| format!("mark {number} has the count {count:?}"))
}

/// Builds the plugin, a library for the host.
fn plugin() -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    workspace::clean_environment(&mut cargo);
    cargo.current_dir(workspace::root()).args(["build", "--release", "--package", "tcg-count"]);
    cargo.arg("--target-dir").arg(workspace::target_directory());
    command::step("build", "the plugin tcg-count", &mut cargo, LIMIT)?;
    let directory: &Path = &workspace::target_directory();
    Ok(directory.join("release").join("libtcg_count.so"))
}

/// What `vm_minimal` gives its guest, for QEMU's own PSCI. With the serial port passed through it gives
/// no clock.
fn device_tree(initrd: Region) -> Result<Vec<u8>> {
    let guest = fdt::guest::Guest {
        model: "QEMU virtual machine",
        compatible: "linux,dummy-virt",
        memory: &[Region { base: 0x4000_0000, size: MEMORY_SIZE }],
        reserved: &[],
        cpus: Cpus { affinities: &[0], compatible: "arm,armv8", conduit: Conduit::Hvc },
        gic: Gic::V2 {
            distributor: Region { base: 0x800_0000, size: 0x1000 },
            cpu_interface: Region { base: 0x801_0000, size: 0x1000 },
        },
        timer: Timer::default(),
        uart: Some(Device { region: Region { base: 0x900_0000, size: 0x1000 }, intid: 33 }),
        rtc: Some(Device { region: Region { base: 0x901_0000, size: 0x1000 }, intid: 34 }),
        power_button: None,
        virtio: &[],
        others: &[],
        chosen: Chosen {
            bootargs: Some("console=ttyAMA0"),
            stdout_path: None,
            initrd: Some(initrd),
            rng_seed: None,
        },
        passthrough: None,
    };
    let (tree, _) = guest.tree()?;
    Ok(fdt::blob::write(&tree)?)
}
