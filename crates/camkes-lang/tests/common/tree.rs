//! Small device trees: what the queries of the test assemblies look for.

use vm_fdt::{FdtWriter, FdtWriterResult};

/// A device: path below the root, one level or two, with `compatible`, `reg` and `interrupts`.
struct Device {
    parent: Option<&'static str>,
    name: &'static str,
    compatible: &'static [&'static str],
    reg: (u64, u64),
    interrupt: u32,
}

const fn device(
    name: &'static str,
    compatible: &'static [&'static str],
    reg: (u64, u64),
    interrupt: u32,
) -> Device {
    Device {
        parent: None,
        name,
        compatible,
        reg,
        interrupt,
    }
}

const QEMU: &[Device] = &[
    device(
        "intc@8000000",
        &["arm,cortex-a15-gic"],
        (0x800_0000, 0x1_0000),
        9,
    ),
    device(
        "pl011@9000000",
        &["arm,pl011", "arm,primecell"],
        (0x900_0000, 0x1000),
        1,
    ),
    device(
        "pl031@9010000",
        &["arm,pl031", "arm,primecell"],
        (0x901_0000, 0x1000),
        2,
    ),
    device(
        "pl061@9030000",
        &["arm,pl061", "arm,primecell"],
        (0x903_0000, 0x1000),
        7,
    ),
    device(
        "virtio_mmio@a000000",
        &["virtio,mmio"],
        (0xa00_0000, 0x200),
        16,
    ),
    device(
        "virtio_mmio@a000200",
        &["virtio,mmio"],
        (0xa00_0200, 0x200),
        17,
    ),
];

const EXYNOS: &[Device] = &[
    Device {
        parent: Some("soc"),
        ..device(
            "serial@12c20000",
            &["samsung,exynos4210-uart"],
            (0x12c2_0000, 0x100),
            53,
        )
    },
    Device {
        parent: Some("soc"),
        ..device(
            "pwm@12dd0000",
            &["samsung,exynos4210-pwm"],
            (0x12dd_0000, 0x100),
            36,
        )
    },
];

const ODROIDC2: &[Device] = &[Device {
    parent: Some("soc"),
    ..device(
        "ethernet@c9410000",
        &["snps,dwmac"],
        (0xc941_0000, 0x1_0000),
        8,
    )
}];

fn write(devices: &[Device], stdout: Option<&str>) -> FdtWriterResult<Vec<u8>> {
    let mut fdt = FdtWriter::new()?;
    let root = fdt.begin_node("")?;
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)?;
    fdt.property_u32("interrupt-parent", 1)?;
    if let Some(stdout) = stdout {
        let aliases = fdt.begin_node("aliases")?;
        fdt.property_string("serial0", stdout)?;
        fdt.end_node(aliases)?;
        let chosen = fdt.begin_node("chosen")?;
        fdt.property_string("stdout-path", stdout)?;
        fdt.end_node(chosen)?;
    }
    for parent in [None, Some("soc")] {
        let of_parent: Vec<_> = devices
            .iter()
            .filter(|device| device.parent == parent)
            .collect();
        if of_parent.is_empty() {
            continue;
        }
        let node = parent.map(|name| fdt.begin_node(name)).transpose()?;
        if node.is_some() {
            fdt.property_u32("#address-cells", 2)?;
            fdt.property_u32("#size-cells", 2)?;
            fdt.property_null("ranges")?;
        }
        for device in of_parent {
            let node = fdt.begin_node(device.name)?;
            let compatible = device
                .compatible
                .iter()
                .map(|&name| name.to_owned())
                .collect();
            fdt.property_string_list("compatible", compatible)?;
            fdt.property_array_u64("reg", &[device.reg.0, device.reg.1])?;
            if device.name.starts_with("intc") {
                fdt.property_null("interrupt-controller")?;
                fdt.property_u32("#interrupt-cells", 3)?;
                fdt.property_phandle(1)?;
            } else {
                fdt.property_array_u32("interrupts", &[0, device.interrupt, 4])?;
            }
            fdt.end_node(node)?;
        }
        if let Some(node) = node {
            fdt.end_node(node)?;
        }
    }
    fdt.end_node(root)?;
    fdt.finish()
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
