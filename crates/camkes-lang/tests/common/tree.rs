//! Small device trees: what the queries of the test assemblies look for.

use vm_fdt::{FdtWriter, FdtWriterResult};

/// A device: path, `compatible` with bars between, address and size of `reg`,
/// number of its shared peripheral interrupt.
type Device = (&'static str, &'static str, u64, u64, u32);

const QEMU: &[Device] = &[
    ("/intc@8000000", "arm,cortex-a15-gic", 0x800_0000, 65536, 0),
    ("/pl011@9000000", "arm,pl011|arm,primecell", 0x900_0000, 4096, 1),
    ("/pl031@9010000", "arm,pl031|arm,primecell", 0x901_0000, 4096, 2),
    ("/fw-cfg@9020000", "qemu,fw-cfg-mmio", 0x902_0000, 24, 3),
    ("/pl061@9030000", "arm,pl061|arm,primecell", 0x903_0000, 4096, 7),
    ("/virtio_mmio@a000000", "virtio,mmio", 0xa00_0000, 512, 16),
    ("/virtio_mmio@a002000", "virtio,mmio", 0xa00_2000, 512, 32),
];

const EXYNOS: &[Device] = &[
    ("/soc/chipid@10000000", "chipid", 0x1000_0000, 256, 90),
    ("/soc/serial@12c20000", "exynos-uart", 0x12c2_0000, 256, 53),
    ("/soc/pwm@12dd0000", "exynos-pwm", 0x12dd_0000, 256, 36),
];

const ODROIDC2: &[Device] = &[("/soc/ethernet@c9410000", "snps,dwmac", 0xc941_0000, 65536, 8)];

fn write(devices: &[Device], stdout: Option<&str>) -> FdtWriterResult<Vec<u8>> {
    let mut fdt = FdtWriter::new()?;
    let root = fdt.begin_node("")?;
    cells(&mut fdt)?;
    fdt.property_u32("interrupt-parent", 1)?;
    if let Some(stdout) = stdout {
        let aliases = fdt.begin_node("aliases")?;
        fdt.property_string("serial0", stdout)?;
        fdt.end_node(aliases)?;
        let chosen = fdt.begin_node("chosen")?;
        fdt.property_string("stdout-path", stdout)?;
        fdt.end_node(chosen)?;
    }
    let (on_soc, on_root): (Vec<&Device>, Vec<_>) =
        devices.iter().partition(|(path, ..)| path.starts_with("/soc/"));
    for device in on_root {
        write_device(&mut fdt, device)?;
    }
    if !on_soc.is_empty() {
        let soc = fdt.begin_node("soc")?;
        cells(&mut fdt)?;
        fdt.property_null("ranges")?;
        for device in on_soc {
            write_device(&mut fdt, device)?;
        }
        fdt.end_node(soc)?;
    }
    fdt.end_node(root)?;
    fdt.finish()
}

fn cells(fdt: &mut FdtWriter) -> FdtWriterResult<()> {
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)
}

fn write_device(fdt: &mut FdtWriter, device: &Device) -> FdtWriterResult<()> {
    let &(path, compatible, address, size, interrupt) = device;
    let name = path.rsplit('/').next().expect("a name");
    let node = fdt.begin_node(name)?;
    let compatible = compatible.split('|').map(str::to_owned).collect();
    fdt.property_string_list("compatible", compatible)?;
    fdt.property_array_u64("reg", &[address, size])?;
    if name.starts_with("intc") {
        fdt.property_null("interrupt-controller")?;
        fdt.property_u32("#interrupt-cells", 3)?;
        fdt.property_phandle(1)?;
    } else {
        fdt.property_array_u32("interrupts", &[0, interrupt, 4])?;
    }
    fdt.end_node(node)
}

/// The blob for a platform, if it has a device tree.
pub fn of_platform(platform: &str) -> Option<Vec<u8>> {
    let (devices, stdout) = match platform {
        "qemu-arm-virt" => (QEMU, Some("/pl011@9000000")),
        "exynos5422" => (EXYNOS, Some("/soc/serial@12c20000")),
        "odroidc2" => (ODROIDC2, None),
        _ => return None,
    };
    Some(write(devices, stdout).expect("a well-formed tree"))
}
