use super::*;
use crate::kernel_config::Cpu;

fn qemu() -> Platform {
    Platform::built_in("qemu-arm-virt").unwrap()
}

#[test]
fn memory_map_of_qemu_is_the_c_kernels() {
    let config = KernelConfig::default();
    let regions = qemu().regions(&config).unwrap();
    assert_eq!(
        regions.to_yaml(),
        "devices:\n\
         - end: 0x8000000\n  start: 0x0\n\
         - end: 0x8010000\n  start: 0x8001000\n\
         - end: 0x8030000\n  start: 0x8011000\n\
         - end: 0x60000000\n  start: 0x8031000\n\
         - end: 0x10000000000\n  start: 0xc0000000\n\
         memory:\n\
         - end: 0xc0000000\n  start: 0x60000000\n"
    );
    let v3 = KernelConfig { gic: Gic::V3, ..config.clone() };
    let devices = qemu().regions(&v3).unwrap().devices;
    let ends: Vec<_> = devices.iter().map(|region| (region.start, region.end)).collect();
    assert_eq!(ends[..2], [(0, 0x800_0000), (0x801_0000, 0x80a_0000)]);
    assert_eq!(ends[2].0, 0x81a_0000);
    let config = KernelConfig { cpu: Cpu::CortexA57, memory_mib: 1024, ..config };
    let regions = qemu().regions(&config).unwrap();
    assert_eq!(regions.devices.last().unwrap().end, 1 << 44);
    assert_eq!(regions.memory[0].end, 0x8000_0000);
}

#[test]
fn too_little_ram_is_refused() {
    let error = |memory_mib| {
        let config = KernelConfig { memory_mib, ..KernelConfig::default() };
        qemu().regions(&config).unwrap_err().to_string()
    };
    assert_eq!(
        error(256),
        "platform qemu-arm-virt: reserved memory 0x40000000 to 0x60000000 lies outside RAM, \
         expected more RAM than 256 MiB"
    );
    assert_eq!(
        error(512),
        "platform qemu-arm-virt: the kernel's load address 0x60000000 lies outside the RAM that \
         isn't reserved, expected more RAM than 512 MiB"
    );
}

#[test]
fn qemu_arguments_name_processor_and_ram() {
    let config = KernelConfig::default();
    let machine = "virt,secure=off,virtualization=on,dtb-randomness=off,gic-version=2";
    assert_eq!(
        qemu().qemu_arguments(&config),
        ["-machine", machine, "-cpu", "cortex-a53", "-smp", "1", "-m", "2048", "-nographic"]
    );
    let dump = qemu().qemu_dump_arguments(&config, Path::new("virt.dtb"));
    assert_eq!(dump[1], format!("{machine},dumpdtb=virt.dtb"));
}

#[test]
fn mistakes_in_a_platform_are_named() {
    let (_, text) = BUILT_IN[0];
    let error = |text: &str| Platform::parse("platform.toml", text).unwrap_err().to_string();
    let typo = error(&text.replace("timer-frequency", "timer-freqency"));
    assert!(typo.starts_with("platform.toml: "), "{typo}");
    assert!(typo.contains("unknown field `timer-freqency`"), "{typo}");
    assert_eq!(
        error(&text.replace("0x0803_0000", "0x0803_0100")),
        "platform.toml: the kernel device /intc@8000000 has 0x1000 bytes at 0x8030100, expected \
         multiples of 0x1000"
    );
    assert_eq!(
        Platform::built_in("qemu").unwrap_err().to_string(),
        "platforms: there is no platform \"qemu\", expected one of: qemu-arm-virt"
    );
}
