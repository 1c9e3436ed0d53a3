//! A board for tests: buses one behind the other, three kinds of interrupt controllers, PCI.

use crate::tree::{Node, Tree};

/// A node with properties of cells.
pub fn node(name: &'static str, properties: &[(&'static str, &[u32])]) -> Node<'static> {
    let mut node = Node::new(name);
    for (name, cells) in properties {
        node.set_cells(*name, cells);
    }
    node
}

fn with(mut node: Node<'static>, compatible: &str, children: &[Node<'static>]) -> Node<'static> {
    node.set_text("compatible", compatible);
    node.children.extend_from_slice(children);
    node
}

/// Phandles: 1 GIC, 2 GPIO, 3 wakeup controller, 4 clock, 5 DMA.
pub fn board() -> Tree<'static> {
    let gic = node(
        "interrupt-controller@8000000",
        &[
            ("reg", &[0x800_0000, 0x1_0000, 0x801_0000, 0x1_0000]),
            ("#interrupt-cells", &[3]),
            ("interrupt-controller", &[]),
            ("phandle", &[1]),
        ],
    );
    let mut timer =
        node("timer", &[("interrupts", &[1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104])]);
    timer.set_text("compatible", "arm,armv8-timer");

    let mut tree = Tree::default();
    let root = &mut tree.root;
    root.set_cells("#address-cells", &[1]);
    root.set_cells("#size-cells", &[1]);
    root.set_u32("interrupt-parent", 1);
    root.set_text("compatible", "test,board");
    let mut aliases = Node::new("aliases");
    aliases.set_text("serial0", "/soc/serial@1000");
    let mut chosen = Node::new("chosen");
    chosen.set_text("stdout-path", "serial0:115200n8");
    let mut memory = node("memory@80000000", &[("reg", &[0x8000_0000, 0x4000_0000])]);
    memory.set_text("device_type", "memory");
    let mut cpus = node("cpus", &[("#address-cells", &[1]), ("#size-cells", &[0])]);
    cpus.push(node("cpu@0", &[("reg", &[0])]));
    let identity =
        node("identity", &[("#address-cells", &[1]), ("#size-cells", &[1]), ("ranges", &[])]);
    let mailbox = node("mailbox@5000", &[("reg", &[0x5000, 0x100])]);
    root.children = alloc::vec![
        aliases,
        chosen,
        memory,
        cpus,
        timer,
        node("clock", &[("#clock-cells", &[1]), ("phandle", &[4])]),
        with(gic, "arm,gic-400", &[]),
        with(identity, "simple-bus", &[mailbox]),
        soc(),
        pcie(),
    ];
    tree
}

fn soc() -> Node<'static> {
    let mut serial = node(
        "serial@1000",
        &[
            ("reg", &[0x1000, 0x1000]),
            ("interrupts", &[0, 1, 4]),
            ("clocks", &[4, 7, 4, 8]),
            ("dmas", &[5, 1]),
        ],
    );
    serial.set_texts("clock-names", &["uartclk", "apb_pclk"]);
    let bridge = node(
        "bridge@2000",
        &[
            ("#address-cells", &[1]),
            ("#size-cells", &[1]),
            ("ranges", &[0, 0x2000, 0x100]),
            ("interrupt-parent", &[3]),
        ],
    );
    let timer = node("timer@10", &[("reg", &[0x10, 0x10, 0x40, 8]), ("interrupts", &[0, 9, 4])]);
    let dma = node(
        "dma@3000",
        &[
            ("reg", &[0x3000, 0x1000]),
            ("interrupts-extended", &[1, 0, 7, 4, 2, 3, 1, 1, 9, 0xf01]),
            ("#dma-cells", &[1]),
            ("phandle", &[5]),
        ],
    );
    let mut i2c = node(
        "i2c@4000",
        &[("reg", &[0x4000, 0x100]), ("#address-cells", &[1]), ("#size-cells", &[0])],
    );
    i2c.set_text("status", "disabled");
    let codec = node("codec@1a", &[("reg", &[0x1a])]);
    let gpio = node(
        "gpio@5000",
        &[
            ("reg", &[0x5000, 0x1000]),
            ("#interrupt-cells", &[1]),
            ("interrupt-controller", &[]),
            ("phandle", &[2]),
        ],
    );
    let wakeup = node(
        "wakeup@6000",
        &[
            ("reg", &[0x6000, 0x1000]),
            ("#interrupt-cells", &[3]),
            ("interrupt-controller", &[]),
            ("interrupt-parent", &[1]),
            ("phandle", &[3]),
        ],
    );
    let soc = node(
        "soc",
        &[
            ("#address-cells", &[1]),
            ("#size-cells", &[1]),
            ("ranges", &[0, 0x1000_0000, 0x10_0000]),
        ],
    );
    with(
        soc,
        "simple-bus",
        &[
            with(serial, "arm,pl011", &[]),
            with(bridge, "simple-bus", &[timer]),
            with(dma, "arm,pl330", &[]),
            with(i2c, "test,i2c", &[codec]),
            with(gpio, "arm,pl061", &[]),
            node("gpio@7000", &[("reg", &[0x7000, 0x1000])]),
            with(wakeup, "nvidia,tegra210-ictlr", &[]),
        ],
    )
}

fn pcie() -> Node<'static> {
    let pcie = node(
        "pcie@30000000",
        &[
            ("reg", &[0x3000_0000, 0x100_0000]),
            ("#address-cells", &[3]),
            ("#size-cells", &[2]),
            ("#interrupt-cells", &[1]),
            (
                "ranges",
                &[
                    0x100_0000,
                    0,
                    0,
                    0x3eff_0000,
                    0,
                    0x1_0000, //
                    0x200_0000,
                    0,
                    0x4000_0000,
                    0x4000_0000,
                    0,
                    0x1000_0000,
                ],
            ),
            ("interrupt-map-mask", &[0x1800, 0, 0, 7]),
            (
                "interrupt-map",
                &[
                    0, 0, 0, 1, 1, 0, 3, 4, //
                    0, 0, 0, 2, 1, 0, 4, 4, //
                    0x800, 0, 0, 1, 1, 0, 4, 4,
                ],
            ),
        ],
    );
    let device = node("ethernet@1,0", &[("reg", &[0x800, 0, 0, 0, 0]), ("interrupts", &[1])]);
    with(pcie, "pci-host-ecam-generic", &[device])
}

/// What `dtc` has against a tree: nothing, or its warnings. Skipped where it isn't installed.
pub fn assert_dtc_is_content(tree: &Tree<'_>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), crate::blob::write(tree).unwrap()).unwrap();
    let run = std::process::Command::new("dtc")
        .args(["-I", "dtb", "-O", "dts"])
        .arg(file.path())
        .output();
    match run {
        Ok(output) => {
            let complaints = std::string::String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && complaints.is_empty(), "{complaints}");
        }
        Err(error) => std::eprintln!("skipped: dtc can't be run: {error}"),
    }
}
