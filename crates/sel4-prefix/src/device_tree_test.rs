use super::*;

/// The nodes of QEMU's tree that matter here.
pub(crate) fn machine(intc: u64, ram: u64) -> Vec<u8> {
    let mut tree = DeviceTree::new();
    let cells = |node: &mut DeviceTreeNode| {
        node.add_property(DeviceTreeProperty::new("#address-cells", 2_u32).unwrap());
        node.add_property(DeviceTreeProperty::new("#size-cells", 2_u32).unwrap());
    };
    let node = |name: &str, reg: &[u64]| {
        let mut node = DeviceTreeNode::new(name).unwrap();
        let reg: Vec<u8> = reg.iter().flat_map(|word| word.to_be_bytes()).collect();
        node.add_property(DeviceTreeProperty::new("reg", reg).unwrap());
        node
    };
    cells(&mut tree.root);
    let mut memory = node("memory@40000000", &[0x4000_0000, ram]);
    memory.add_property(DeviceTreeProperty::new("device_type", "memory").unwrap());
    tree.root.add_child(memory);
    let page = 0x1_0000;
    let gic = [intc, page, 0x801_0000, page, 0x803_0000, page, 0x804_0000, page];
    tree.root.add_child(node("intc@8000000", &gic));
    tree.root.add_child(node("pl011@9000000", &[0x900_0000, 0x1000]));
    tree.root.add_child(DeviceTreeNode::new("psci").unwrap());
    tree.root.add_child(DeviceTreeNode::new("timer").unwrap());
    tree.to_dtb()
}

fn read(blob: &[u8]) -> Result<Machine> {
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    read_machine(blob, &platform, &KernelConfig::default())
}

#[test]
fn memory_map_agrees_with_the_platforms() {
    let found = read(&machine(0x800_0000, 0x8000_0000)).unwrap().regions;
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    assert_eq!(found, platform.regions(&KernelConfig::default()).unwrap());
}

#[test]
fn kernel_device_tree_has_reserved_memory_and_chosen_paths() {
    let blob = read(&machine(0x800_0000, 0x8000_0000)).unwrap().device_tree;
    let fdt = Fdt::new(&blob).unwrap();
    let part = fdt.find_node("/reserved-memory/vm-memory@40000000").unwrap();
    assert_eq!(node_registers(part).unwrap(), [Region::with_size(0x4000_0000, 0x2000_0000)]);
    assert!(part.property("no-map").is_some());
    let chosen = fdt.find_node("/chosen").unwrap();
    assert_eq!(
        chosen.property("seL4,kernel-devices").unwrap().value(),
        b"/pl011@9000000\0/intc@8000000\0/timer\0"
    );
    assert!(fdt.find_node("/memory@40000000").is_some());
}

#[test]
fn disagreements_name_node_and_values() {
    let error = |blob: &[u8]| read(blob).unwrap_err().to_string();
    assert_eq!(
        error(&machine(0x800_1000, 0x8000_0000)),
        "device tree of qemu-arm-virt: reg 0 of /intc@8000000 is 0x8001000, the platform \
         expects 0x8000000"
    );
    assert!(
        error(b"no blob").starts_with("device tree of qemu-arm-virt: no device tree blob"),
        "{}",
        error(b"no blob")
    );
    let mut tree = DeviceTree::from_fdt(&Fdt::new(&machine(0x800_0000, 0x8000_0000)).unwrap());
    tree.root.remove_child("timer");
    assert_eq!(
        error(&tree.to_dtb()),
        "device tree of qemu-arm-virt: there is no node /timer, which the platform's \
         \"seL4,elfloader-devices\" names"
    );
    tree.root.remove_child("pl011@9000000");
    assert_eq!(
        error(&tree.to_dtb()),
        "device tree of qemu-arm-virt: there is no node /pl011@9000000, which the platform \
         expects"
    );
}
