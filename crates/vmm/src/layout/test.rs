use super::*;
use crate::images::{Options, Unrecognised};
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

const RAM: u64 = 0x4000_0000;

fn named(name: &'static str, start: u64, size: u64) -> NamedRange {
    let range = GuestRange::new(GuestAddress(start), size).unwrap();
    NamedRange { name: name.into(), range }
}

fn ram(size: u64) -> Vec<NamedRange> {
    vec![named("ram", RAM, size)]
}

/// The header of an arm64 kernel and no code.
fn image(text_offset: u64, size: u64) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[8..16].copy_from_slice(&text_offset.to_le_bytes());
    bytes[16..24].copy_from_slice(&size.to_le_bytes());
    bytes[24] = 0xa;
    bytes[56..60].copy_from_slice(b"ARM\x64");
    bytes
}

fn zimage() -> Vec<u8> {
    let mut bytes = vec![0; 0x1000];
    bytes[0x24..0x28].copy_from_slice(&0x016f_2818_u32.to_le_bytes());
    // The header's addresses: a place where there is no memory.
    bytes[0x28..0x2c].copy_from_slice(&0xc000_8000_u32.to_le_bytes());
    bytes[0x2c..0x30].copy_from_slice(&0xc000_9000_u32.to_le_bytes());
    bytes
}

fn kernel(bytes: &[u8]) -> Kernel<'_> {
    let unrecognised = Unrecognised::Raw(Mode::AArch64);
    Kernel::inspect("linux", bytes, Options { unrecognised, ..Options::default() }).unwrap()
}

fn blob(file: &'static str, size: u64, at: Option<u64>) -> Option<Blob> {
    Some(Blob { file: file.into(), size, at: at.map(GuestAddress) })
}

fn request<'a>(ram: &'a [NamedRange], kernel: &'a Kernel<'a>) -> Request<'a> {
    Request { ram, reserved: &[], kernel, kernel_at: None, initrd: None, device_tree: None }
}

fn start(part: Option<&NamedRange>) -> u64 {
    part.unwrap().range.start().0
}

#[test]
fn everything_without_an_address_finds_one() {
    let (ram, bytes) = (ram(512 * MIB), image(0, 32 * MIB));
    let kernel = kernel(&bytes);
    let plan = plan(&Request {
        initrd: blob("initrd", 0x12_3456, None),
        device_tree: blob("dtb", 0x1800, None),
        ..request(&ram, &kernel)
    })
    .unwrap();
    assert_eq!(plan.kernel.to_string(), "linux (0x40000000..=0x41ffffff)");
    assert_eq!(start(plan.device_tree.as_ref()), 0x5fe0_0000);
    assert_eq!(start(plan.initrd.as_ref()), 0x5fed_c000);
    let boot = plan.boot;
    assert_eq!((boot.pc, boot.mode), (GuestAddress(RAM), Mode::AArch64));
    assert_eq!((boot.arguments, boot.pstate()), ([0x5fe0_0000, 0, 0, 0], 0x3c5));
    assert_eq!(
        plan.to_string(),
        "0x40000000..=0x41ffffff  linux (32.0 MiB)\n\
         0x5fe00000..=0x5fe017ff  dtb (0.1 MiB)\n\
         0x5fedc000..=0x5ffff455  initrd (1.2 MiB)\n\
         entry at 0x40000000"
    );
    assert!(plan.notes.is_empty());
}

/// The addresses of the published application for QEMU's board.
#[test]
fn given_addresses_are_kept() {
    let (ram, bytes) = (ram(512 * MIB), image(0, 32 * MIB));
    let kernel = kernel(&bytes);
    let plan = plan(&Request {
        kernel_at: Some(GuestAddress(RAM + 0x8_0000)),
        initrd: blob("linux-initrd", MIB, Some(0x4d70_0000)),
        device_tree: blob("linux-dtb", 0x5_0000, Some(0x4f00_0000)),
        ..request(&ram, &kernel)
    })
    .unwrap();
    assert_eq!(plan.boot.pc, GuestAddress(0x4008_0000));
    assert_eq!(plan.boot.arguments[0], 0x4f00_0000);
    assert_eq!(start(plan.initrd.as_ref()), 0x4d70_0000);
    assert_eq!(
        plan.notes[0].to_string(),
        "linux is at 0x40080000, but asks for an address that is 0x0 above a multiple of 2 MiB"
    );
}

#[test]
fn default_addresses_of_the_kinds_of_kernels() {
    let ram = ram(512 * MIB);
    for (bytes, expected) in [
        (image(0x8_0000, MIB), RAM + 0x8_0000),
        (image(0, MIB), RAM),
        (vec![1; 100], RAM + 0x8_0000),
        (zimage(), RAM + 0x8000),
    ] {
        let kernel = kernel(&bytes);
        assert_eq!(plan(&request(&ram, &kernel)).unwrap().boot.pc.0, expected);
    }
}

/// In the original, a zImage's header decided where it was loaded.
#[test]
fn a_zimage_header_does_not_decide_where_it_goes() {
    let (ram, bytes) = (ram(512 * MIB), zimage());
    let kernel = kernel(&bytes);
    let device_tree = blob("dtb", 0x1000, None);
    let plan = plan(&Request { device_tree, ..request(&ram, &kernel) }).unwrap();
    assert_eq!(plan.kernel.range.start().0, RAM + 0x8000);
    let tree = start(plan.device_tree.as_ref());
    let boot = plan.boot;
    assert_eq!((boot.mode, boot.arguments), (Mode::AArch32, [0, 0xffff_ffff, tree, 0]));
    assert_eq!(boot.pstate(), 0x1d3);
}

/// The original never noticed that kernel, initrd and device tree overlapped.
#[test]
fn overlaps_name_both_parts() {
    let (ram, bytes) = (ram(512 * MIB), image(0, 32 * MIB));
    let kernel = kernel(&bytes);
    let error = plan(&Request {
        kernel_at: Some(GuestAddress(RAM)),
        initrd: blob("linux-initrd", 0x100_0000, Some(0x4e80_0000)),
        device_tree: blob("linux-dtb", 0x1000, Some(0x4f00_0000)),
        ..request(&ram, &kernel)
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "linux-initrd (0x4e800000..=0x4f7fffff) overlaps linux-dtb (0x4f000000..=0x4f000fff)"
    );
    let error = plan(&Request {
        kernel_at: Some(GuestAddress(RAM)),
        initrd: blob("linux-initrd", MIB, Some(RAM + 31 * MIB)),
        ..request(&ram, &kernel)
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "linux-initrd (0x41f00000..=0x41ffffff) overlaps linux (0x40000000..=0x41ffffff)"
    );
}

#[test]
fn a_kernel_without_an_address_gives_way() {
    let (ram, bytes) = (ram(512 * MIB), image(0, 32 * MIB));
    let kernel = kernel(&bytes);
    let reserved = [named("shared memory", RAM + 0x10_0000, 0x1000)];
    let plan = plan(&Request {
        reserved: &reserved,
        device_tree: blob("dtb", 0x1000, Some(RAM + 4 * MIB)),
        ..request(&ram, &kernel)
    })
    .unwrap();
    assert_eq!(plan.boot.pc.0, RAM + 6 * MIB);
    let plan = |kernel_at| {
        super::plan(&Request { reserved: &reserved, kernel_at, ..request(&ram, &kernel) })
    };
    assert_eq!(
        plan(Some(GuestAddress(RAM))).unwrap_err().to_string(),
        "linux (0x40000000..=0x41ffffff) overlaps shared memory (0x40100000..=0x40100fff)"
    );
}

#[test]
fn what_does_not_fit_says_so() {
    let bytes = image(0, 32 * MIB);
    let kernel = kernel(&bytes);
    let small = ram(16 * MIB);
    assert_eq!(
        plan(&request(&small, &kernel)).unwrap_err().to_string(),
        "no room for linux (33554432 bytes) in ram (0x40000000..=0x40ffffff)"
    );
    assert_eq!(plan(&request(&[], &kernel)).unwrap_err().to_string(), "the guest has no memory");
    let ram = ram(64 * MIB);
    let with = |initrd, device_tree| {
        let request = Request { initrd, device_tree, ..request(&ram, &kernel) };
        plan(&request).unwrap_err().to_string()
    };
    assert_eq!(
        with(blob("initrd", MIB, Some(0x5000_0000)), None),
        "initrd (0x50000000..=0x500fffff) is not inside of the guest's memory: \
         ram (0x40000000..=0x43ffffff)"
    );
    assert_eq!(
        with(blob("initrd", 40 * MIB, None), None),
        "no room for initrd (41943040 bytes) in ram (0x40000000..=0x43ffffff) that the kernel \
         reaches"
    );
    assert_eq!(
        with(blob("initrd", 0, Some(RAM)), None),
        "initrd: 0 bytes can't be placed at 0x40000000"
    );
    assert_eq!(
        with(None, blob("dtb", 8, Some(RAM + 40 * MIB + 4))),
        "dtb (0x42800004..=0x4280000b): a device tree starts at a multiple of 8 bytes"
    );
    assert_eq!(
        with(None, blob("dtb", 3 * MIB, None)),
        "dtb (0x43c00000..=0x43efffff): a device tree has at most 2 MiB"
    );
}

#[test]
fn an_initrd_is_within_reach_of_the_kernel() {
    let bytes = image(0, 32 * MIB);
    let kernel = kernel(&bytes);
    let ram = [named("low", RAM, 512 * MIB), named("high", 64 * GIB, GIB)];
    let initrd = blob("initrd", MIB, None);
    let found = plan(&Request { initrd, ..request(&ram, &kernel) }).unwrap();
    assert_eq!(start(found.initrd.as_ref()), RAM + 511 * MIB);
    let initrd = blob("initrd", MIB, Some(64 * GIB));
    assert_eq!(
        plan(&Request { initrd, ..request(&ram, &kernel) }).unwrap_err().to_string(),
        "initrd (0x1000000000..=0x10000fffff): an initrd lies in a window of 32 GiB that holds \
         the kernel too"
    );
}

#[test]
fn an_elf_file_goes_where_it_says() {
    let mut bytes = vec![0; 64 + 56];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[18] = 183;
    bytes[20] = 1;
    bytes[24..32].copy_from_slice(&(RAM + 0x10).to_le_bytes());
    (bytes[32], bytes[52], bytes[54], bytes[56], bytes[64]) = (64, 64, 56, 1, 1);
    bytes[80..88].copy_from_slice(&RAM.to_le_bytes());
    bytes[88..96].copy_from_slice(&RAM.to_le_bytes());
    bytes[104..112].copy_from_slice(&0x1000_u64.to_le_bytes());
    let kernel = kernel(&bytes);
    let ram = ram(MIB);
    let found = plan(&request(&ram, &kernel)).unwrap();
    assert_eq!((found.boot.pc.0, found.kernel.range.size()), (RAM + 0x10, 0x1000));
    let kernel_at = Some(GuestAddress(RAM));
    assert_eq!(
        plan(&Request { kernel_at, ..request(&ram, &kernel) }).unwrap_err().to_string(),
        "linux is an ELF file and is entered at 0x40000010, not at 0x40000000"
    );
}

/// An address below, inside or above memory, not always aligned.
fn place() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of((0u64..0x600).prop_map(|at| RAM - 0x10_0000 + at * 0x2_1000))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Whatever is asked for: a plan has no overlaps, is inside of memory, keeps given addresses
    /// and follows the rules.
    #[test]
    fn plans_are_sound(
        size in 1u64..48, offset in 0u64..3, kernel_at in place(),
        initrd in (1u64..0x200_0000, place()), tree in (1u64..0x20_0000, place()),
        split in 1u64..64, reserved in 0u64..64,
    ) {
        let bytes = image(offset * 0x8_0000, size * MIB);
        let kernel = kernel(&bytes);
        let ram = [named("first", RAM, split * MIB), named("second", RAM + split * MIB + 0x1000, 64 * MIB)];
        let reserved = [named("reserved", RAM + reserved * MIB, 0x3000)];
        let request = Request {
            ram: &ram,
            reserved: &reserved,
            kernel: &kernel,
            kernel_at: kernel_at.map(GuestAddress),
            initrd: blob("initrd", initrd.0, initrd.1),
            device_tree: blob("dtb", tree.0, tree.1),
        };
        match plan(&request) {
            Ok(plan) => {
                let mut parts = plan.parts();
                parts.push(&reserved[0]);
                for (at, part) in parts.iter().enumerate() {
                    prop_assert!(parts[..at].iter().all(|other| !other.range.overlaps(part.range)));
                    let inside = ram.iter().any(|ram| ram.range.contains_range(part.range));
                    prop_assert!(inside || part.name == "reserved");
                }
                for (part, given) in [
                    (Some(&plan.kernel), kernel_at),
                    (plan.initrd.as_ref(), initrd.1),
                    (plan.device_tree.as_ref(), tree.1),
                ] {
                    prop_assert!(given.is_none_or(|given| given == start(part)));
                }
                prop_assert!(start(plan.device_tree.as_ref()).is_multiple_of(8));
                if kernel_at.is_none() {
                    prop_assert!((plan.boot.pc.0 - offset * 0x8_0000).is_multiple_of(2 * MIB));
                    prop_assert!(plan.notes.is_empty());
                }
            }
            Err(error) => {
                let text = error.to_string();
                let named = ["linux", "initrd", "dtb"].iter().any(|name| text.contains(name));
                prop_assert!(named, "{}", text);
            }
        }
    }
}
