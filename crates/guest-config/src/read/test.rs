use super::*;
use crate::testing::Given;
use std::string::ToString;

const BASE: [(&str, Value<'static>); 5] = [
    ("vm_address_config.ram_base", Value::Text("0x40000000")),
    ("vm_address_config.ram_size", Value::Text("0x20000000")),
    ("vm_address_config.dtb_addr", Value::Text("0x4F000000")),
    ("vm_address_config.initrd_addr", Value::Text("0x4D700000")),
    ("vm_address_config.kernel_entry_addr", Value::Text("-1")),
];

fn config(given: &Given) -> Result<GuestConfig, ConfigError> {
    read(given, &Platform::default())
}

fn error(name: &str, value: Value<'static>) -> std::string::String {
    config(&Given::new(&BASE).with(name, value)).unwrap_err().to_string()
}

#[test]
fn what_is_not_set_has_its_default() {
    let config = config(&Given::new(&BASE)).unwrap();
    let range = GuestRange::new(GuestAddress(0x4000_0000), 0x2000_0000).unwrap();
    let file = |name: &str, at| File { name: name.into(), at };
    let expected = GuestConfig {
        ram: Ram { range, physical: None },
        kernel: Kernel { file: file("linux", None), command_line: "".into(), console: None },
        initrd: Some(file("linux-initrd", Some(GuestAddress(0x4d70_0000)))),
        device_tree: DeviceTree::File(file("linux-dtb", Some(GuestAddress(0x4f00_0000)))),
        ..empty()
    };
    assert_eq!(config, expected);
}

#[test]
fn everything_can_be_set() {
    let given = Given::new(&BASE)
        .with("num_vcpus", Value::Integer(4))
        .with("base_prio", Value::Integer(50))
        .with("vm_address_config.ram_paddr_base", Value::Text("0xB0000000"))
        .with("vm_address_config.kernel_entry_addr", Value::Text("0x40080000"))
        .with("vm_image_config.kernel_name", Value::Text("Image"))
        .with("vm_image_config.kernel_bootcmdline", Value::Text("quiet"))
        .with("vm_image_config.kernel_stdout", Value::Text("/pl011@9000000"))
        .with("vm_image_config.provide_initrd", Value::Bool(false))
        .with("vm_image_config.generate_dtb", Value::Integer(1))
        .with("vm_image_config.dtb_base_name", Value::Text("board.dtb"))
        .with("vm_image_config.map_one_to_one", Value::Bool(true))
        .with("vm_image_config.clean_cache", Value::Integer(1))
        .with("num_extra_frame_caps", Value::Integer(3))
        .with("extra_frame_map_address", Value::Integer(0x7_0000))
        .with("serial_layout[0].send_id", Value::Integer(0))
        .with("serial_layout[0].recv_id", Value::Integer(1));
    let config = config(&given).unwrap();
    assert_eq!((config.vcpus, config.base_priority, config.clean_cache), (4, 50, true));
    assert_eq!((config.ram.physical, config.initrd), (Some(0xb000_0000), None));
    assert_eq!(config.kernel.file.at, Some(GuestAddress(0x4008_0000)));
    assert_eq!(config.kernel.console.as_deref(), Some("/pl011@9000000"));
    let at = Some(GuestAddress(0x4f00_0000));
    let base = Some("board.dtb".into());
    assert_eq!(config.device_tree, DeviceTree::Generated { base, at });
    assert_eq!(config.extra_frames, GuestRange::new(GuestAddress(0x7_0000), 0x3000));
    assert_eq!(config.serial_layout, [SerialLink { send: 0, receive: 1 }]);
    assert!(config.notes.is_empty());
}

#[test]
fn neither_file_nor_generated_is_no_device_tree() {
    let given = Given::new(&BASE).with("vm_image_config.provide_dtb", Value::Bool(false));
    assert_eq!(config(&given).unwrap().device_tree, DeviceTree::None);
}

/// The original capped numbers of processors, and said so in a log only.
#[test]
fn mistakes_are_named() {
    for (value, found) in [(0, "0"), (99, "99"), (-1, "-1")] {
        assert_eq!(
            error("num_vcpus", Value::Integer(value)),
            std::format!("num_vcpus is {found}: expected 1 to 8")
        );
    }
    assert_eq!(
        error("vm_address_config.ram_size", Value::Text("512M")),
        "vm_address_config.ram_size is \"512M\": expected a number from 0, as 1024, \"1024\" or \
         \"0x400\""
    );
    assert_eq!(
        error("vm_address_config.ram_size", Value::Text("")),
        "vm_address_config.ram_size is not set: expected a number"
    );
    assert_eq!(
        error("vm_address_config.ram_size", Value::Text("0xfffffffff0000000")),
        "vm_address_config.ram_size is 0xfffffffff0000000: expected a size above 0 that ends \
         within 64 bits"
    );
    assert_eq!(
        error("vm_address_config.ram_base", Value::Text("0x40000800")),
        "vm_address_config.ram_base is 0x40000800: expected a multiple of 0x1000"
    );
    assert_eq!(
        error("vm_image_config.clean_cache", Value::Text("yes")),
        "vm_image_config.clean_cache is \"yes\": expected true or false, or 1 or 0"
    );
    assert_eq!(
        error("vm_image_config.kernel_name", Value::Integer(7)),
        "vm_image_config.kernel_name is 7: expected a text"
    );
    assert_eq!(
        error("serial_layout[0].send_id", Value::Integer(1)),
        "serial_layout[0].recv_id is not set: expected the number of a queue"
    );
    assert_eq!(config(&Given::default()).unwrap_err(), ConfigError::NoMemory);
}

const OLD: [(&str, Value<'static>); 5] = [
    ("linux_address_config.linux_ram_base", Value::Text("0x40000000")),
    ("linux_address_config.linux_ram_paddr_base", Value::Text("0x40000000")),
    ("linux_address_config.linux_ram_size", Value::Text("0x10000000")),
    ("linux_address_config.dtb_addr", Value::Text("0x4F000000")),
    ("linux_address_config.initrd_addr", Value::Text("0x4D700000")),
];

#[test]
fn old_names_mean_what_they_did() {
    let given = Given::new(&OLD)
        .with("linux_image_config.linux_bootcmdline", Value::Text("console=hvc0"))
        .with("linux_address_config.initrd_max_size", Value::Text("0x3200000"));
    let on = |name, initrd_file, dtb_file| {
        read(&given, &Platform { name, initrd_file, dtb_file }).unwrap()
    };
    let qemu = on("qemu-arm-virt", true, true);
    assert_eq!(qemu.ram.physical, Some(0x4000_0000));
    assert_eq!((qemu.kernel.command_line.as_str(), qemu.clean_cache), ("console=hvc0", false));
    assert_eq!(qemu.initrd.unwrap().name, "linux-initrd");
    assert!(matches!(qemu.device_tree, DeviceTree::File(_)));
    let notes: Vec<_> = qemu.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "linux_address_config is an old name of vm_address_config",
            "linux_address_config.initrd_max_size has no effect any more"
        ]
    );
    let tx1 = on("tx1", false, false);
    assert_eq!((tx1.ram.physical, tx1.clean_cache, tx1.initrd), (None, true, None));
    assert!(matches!(tx1.device_tree, DeviceTree::Generated { base: None, .. }));
}

#[test]
fn the_new_names_count() {
    let mut given = Given::new(&BASE);
    given.0.extend(Given::new(&OLD).0);
    let config = config(&given).unwrap();
    assert_eq!(config.ram.range.size(), 0x2000_0000);
    assert_eq!(
        config.notes[0].to_string(),
        "vm_address_config counts, and not linux_address_config, which is set too"
    );
}

/// Whatever is set, and to whatever two attributes at a time: a configuration that can be, or an
/// error that names one of them.
#[test]
fn any_two_values_are_survived() {
    const NAMES: [&str; 17] = [
        "num_vcpus",
        "base_prio",
        "num_extra_frame_caps",
        "extra_frame_map_address",
        "vm_address_config.ram_base",
        "vm_address_config.ram_size",
        "vm_address_config.ram_paddr_base",
        "vm_address_config.kernel_entry_addr",
        "vm_address_config.dtb_addr",
        "vm_address_config.initrd_addr",
        "vm_image_config.kernel_name",
        "vm_image_config.kernel_stdout",
        "vm_image_config.provide_dtb",
        "vm_image_config.generate_dtb",
        "vm_image_config.map_one_to_one",
        "serial_layout[0].send_id",
        "serial_layout[0].recv_id",
    ];
    const VALUES: [Value<'static>; 18] = [
        Value::Integer(i64::MIN),
        Value::Integer(-1),
        Value::Integer(0),
        Value::Integer(1),
        Value::Integer(0x7000_0000),
        Value::Integer(i64::MAX),
        Value::Bool(true),
        Value::Text(""),
        Value::Text("-1"),
        Value::Text("0x"),
        Value::Text("4096"),
        Value::Text("0xfffffffffffff000"),
        Value::Text("18446744073709551615"),
        Value::Text("18446744073709551616"),
        Value::Text("zebra"),
        Value::Text("\u{e9} \n"),
        Value::Text("\0"),
        Value::Other("a list"),
    ];
    let (mut good, mut bad) = (0, 0);
    for (index, first) in NAMES.into_iter().enumerate() {
        for second in &NAMES[index + 1..] {
            for one in VALUES {
                for two in VALUES {
                    let given = Given::new(&BASE).with(first, one).with(second, two);
                    match config(&given) {
                        Ok(config) => {
                            good += 1;
                            assert!(
                                (1..=8).contains(&config.vcpus),
                                "{first}, {second}: {config:?}"
                            );
                            let start = config.ram.range.start().0;
                            assert!(start.is_multiple_of(4096), "{first}, {second}: {config:?}");
                        }
                        Err(error) => {
                            bad += 1;
                            let text = error.to_string();
                            let is_named = NAMES.iter().any(|name| text.contains(name));
                            assert!(is_named, "{first} = {one}, {second} = {two}: {text}");
                        }
                    }
                }
            }
        }
    }
    assert!(good > 1000 && bad > 1000, "{good} were taken, {bad} refused");
}
