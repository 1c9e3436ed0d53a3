//! The device tree that this machine's QEMU makes must fit the platform.

use std::process::Command;

use dtoolkit::fdt::Fdt;
use sel4_prefix::device_tree::read_machine;
use sel4_prefix::{Cpu, KernelConfig, Platform};

#[test]
fn device_tree_of_qemu_fits_the_platform() {
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (cpu, memory_mib) in [(Cpu::CortexA53, 2048), (Cpu::CortexA57, 1024)] {
        let config = KernelConfig { cpu, memory_mib, ..KernelConfig::default() };
        let file = dir.path().join(cpu.name());
        let output = Command::new("timeout")
            .args(["30", &platform.qemu.binary])
            .args(platform.qemu_dump_arguments(&config, &file))
            .output();
        // 127 is what `timeout` says when there is no such command.
        let output = match output {
            Ok(output) if output.status.code() != Some(127) => output,
            _ => {
                println!("skipped: no {}", platform.qemu.binary);
                return;
            }
        };
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}");
        let blob = std::fs::read(&file).unwrap();
        let machine = read_machine(&blob, &platform, &config).unwrap();
        assert_eq!(machine.regions, platform.regions(&config).unwrap());
        let tree = Fdt::new(&machine.device_tree).unwrap();
        for path in ["/reserved-memory/vm-memory@40000000", "/virtio_mmio@a000000", "/intc@8000000"]
        {
            assert!(tree.find_node(path).is_some(), "no {path}");
        }
    }
}
