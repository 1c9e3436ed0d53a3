//! Tests of whole images.

use loader::{Description, head};

use crate::test_support::{
    DESCRIPTION_OFFSET, Elf, KERNEL_START, RELOCATED, Random, installed, kernel, loader, root_task,
};
use crate::{DeviceTree, Error, Format, Input, InstalledKernel, Packed, pack};

fn pack_with(
    installed: &InstalledKernel, root_task: &Elf<'_>, format: Format,
) -> Result<Packed, Error> {
    let loader = loader().build("loader");
    pack(installed, &loader, &root_task.build("task.elf"), DeviceTree::Prefix, format)
}

fn message(result: Result<Packed, Error>) -> String {
    result.err().expect("an error").to_string()
}

fn error(change: impl FnOnce(&mut InstalledKernel, &mut Elf<'_>)) -> String {
    let (mut installed, mut task) = (installed(), root_task());
    change(&mut installed, &mut task);
    message(pack_with(&installed, &task, Format::Elf))
}

fn word(bytes: &[u8], offset: u64) -> u64 {
    let offset = usize::try_from(offset).unwrap();
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Memory as a raw image leaves it, read at a physical address.
fn image_word(image: &[u8], address: u64) -> u64 {
    word(image, address - (KERNEL_START - head::HEAD_SIZE))
}

#[test]
fn parts_follow_each_other() {
    let layout = pack_with(&installed(), &root_task(), Format::Elf).unwrap().layout;
    assert_eq!(layout.kernel.to_string(), "0x60000000..0x60005000");
    assert_eq!(layout.device_tree.start, layout.kernel.end);
    assert_eq!(layout.loader.start, 0x6000_6000);
    assert_eq!(layout.root_task.to_string(), "0x60008000..0x6020a000");
    assert_eq!(layout.root_task_virtual, 0x20_0000);
}

#[test]
fn a_raw_image_is_memory_behind_its_head() {
    let installed = installed();
    let packed = pack_with(&installed, &root_task(), Format::Image).unwrap();
    let (image, layout) = (&packed.bytes, &packed.layout);
    assert_eq!(image[head::MAGIC], 0x4c, "the loader's head comes first");
    let home = KERNEL_START - head::HEAD_SIZE;
    assert_eq!(word(image, head::TEXT_OFFSET as u64), home - 0x4000_0000);
    assert_eq!(word(image, head::FLAGS as u64), head::FLAG_PAGES_4K);
    assert_eq!(word(image, head::HOME as u64), home);
    assert_eq!(word(image, head::LENGTH as u64), image.len() as u64);
    assert_eq!(image.len() as u64 % head::MOVE_UNIT, 0);
    assert_eq!(word(image, head::IMAGE_SIZE as u64), layout.root_task.end - home);
    assert_eq!(word(image, head::ENTRY as u64), layout.loader.start + 0x20 - home);

    assert_eq!(image_word(image, KERNEL_START), 0x4b4b_4b4b_4b4b_4b4b);
    assert_eq!(image_word(image, KERNEL_START + 0x1800), 0);
    assert_eq!(image_word(image, layout.root_task.start + 0x1800), 0x4444_4444_4444_4444);
    let start = usize::try_from(layout.device_tree.start - home).unwrap();
    let tree = &installed.device_tree.bytes;
    assert_eq!(&image[start..start + tree.len()], tree.as_slice());
}

#[test]
fn the_loader_is_relocated_and_told() {
    let packed = pack_with(&installed(), &root_task(), Format::Image).unwrap();
    let (image, layout) = (&packed.bytes, &packed.layout);
    let base = layout.loader.start;
    assert_eq!(image_word(image, base + RELOCATED), base + 0x10);
    let described = |index: u64| image_word(image, base + DESCRIPTION_OFFSET + 8 * index);
    assert_eq!(described(0), Description::MAGIC);
    assert_eq!(described(1), layout.kernel.start);
    assert_eq!(described(4), 0xff_c000_0000);
    assert_eq!(described(5), 0x8082_3510);
    assert_eq!(described(8), layout.root_task.start - 0x20_0000);
    assert_eq!(described(9), 0x20_0040);
    // Zeroed part of the kernel, then of the root task.
    assert_eq!([described(15), described(16)], [KERNEL_START + 0x2000, KERNEL_START + 0x5000]);
    assert_eq!(
        [described(17), described(18)],
        [layout.root_task.start + 0x2000, layout.root_task.end]
    );
    assert_eq!(described(15 + 32), 0x900_0000);
}

#[test]
fn an_elf_image_reads_back() {
    let packed = pack_with(&installed(), &root_task(), Format::Elf).unwrap();
    let file = Input { name: "image".to_owned(), bytes: packed.bytes };
    let program = crate::program::Program::parse(&file).unwrap();
    assert_eq!(program.entry, packed.layout.loader.start + 0x20);
    assert_eq!(program.segments.len(), 4);
    assert!(program.segments.iter().all(|segment| {
        segment.physical == segment.range.start && segment.data.len() as u64 == segment.range.len()
    }));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in [Format::Elf, Format::Image] {
        let bytes = || pack_with(&installed(), &root_task(), format).unwrap().bytes;
        assert_eq!(bytes(), bytes());
    }
}

#[test]
fn a_kernel_at_the_start_of_memory_may_be_put_anywhere() {
    let mut installed = installed();
    installed.kernel = {
        let mut elf = kernel();
        elf.loads[0].physical = 0x4000_0000;
        elf.build("kernel.elf")
    };
    installed.memory[0].start = 0x4000_0000;
    let image = pack_with(&installed, &root_task(), Format::Image).unwrap().bytes;
    assert_eq!(word(&image, head::TEXT_OFFSET as u64), 0);
    assert_eq!(word(&image, head::FLAGS as u64), head::FLAG_PAGES_4K | head::FLAG_ANYWHERE);
}

#[test]
fn a_root_task_must_fit_into_memory() {
    assert_eq!(
        error(|_, task| task.loads[1].size = 64 << 20),
        "task.elf would be at 0x60008000..0x6400a000 (65544 KiB), but the kernel's memory there is \
         0x60000000..0x62000000 (32768 KiB); make it smaller or take a platform with more memory"
    );
    assert_eq!(
        error(|_, task| task.loads[1].size = 1 << 62),
        "task.elf would be at 0x60008000..0x400000006000a000 (4503599627370504 KiB), but the \
         kernel's memory there is 0x60000000..0x62000000 (32768 KiB); make it smaller or take a \
         platform with more memory"
    );
}

#[test]
fn the_kernel_needs_room_for_its_first_objects() {
    assert_eq!(
        error(|_, task| task.loads[1].size = 20 << 20),
        "what the kernel creates for task.elf (root CNode, page tables, ...) would be at \
         0x6140a000..0x61c1d000 (8268 KiB), but the kernel's memory there is \
         0x6140a000..0x62000000 (12248 KiB); make the root task smaller, take a platform with more \
         memory or a kernel with a smaller root CNode"
    );
}

#[test]
fn a_root_task_must_fit_into_the_root_cnode() {
    assert_eq!(
        error(|installed, task| {
            installed.configuration.root_cnode_size_bits = 12;
            task.loads[1].size = 16 << 20;
        }),
        "task.elf: booting needs 4355 slots of the root CNode (4098 for 4 KiB frames of the root \
         task), but ROOT_CNODE_SIZE_BITS is 12, which gives 4096; take a kernel with a larger root \
         CNode or a smaller root task"
    );
}

#[test]
fn a_root_task_must_be_below_the_top_of_user_addresses() {
    assert_eq!(
        error(|_, task| {
            task.loads[1].virtual_start = 0xff_ffff_d000;
            task.loads[1].size = 0x10;
            task.loads.remove(0);
            task.entry = 0xff_ffff_d000;
            task.loads[0].flags = 5;
        }),
        "task.elf: its virtual addresses with IPC buffer and boot information end at \
         0x10000001000, expected less than 0xffffffffff"
    );
}

#[test]
fn addresses_at_the_very_top_do_not_overflow() {
    let text = error(|_, task| {
        task.loads.truncate(1);
        task.loads[0].virtual_start = 0xffff_ffff_ffff_f800;
        task.entry = 0xffff_ffff_ffff_f800;
    });
    assert!(text.contains("boot information end at 0xffffffffffffffff"), "{text}");
}

#[test]
fn a_kernel_must_be_where_the_platform_has_memory() {
    let with_kernel = |change: &dyn Fn(&mut Elf<'_>)| {
        error(|installed, _| {
            let mut elf = kernel();
            change(&mut elf);
            installed.kernel = elf.build("kernel.elf");
        })
    };
    assert_eq!(
        with_kernel(&|elf| elf.loads[0].physical = 0x4000_0000),
        "kernel.elf: loaded at 0x40000000, which is in no memory region of the platform: \
         0x60000000..0x62000000"
    );
    assert_eq!(
        with_kernel(&|elf| elf.loads[0].physical = KERNEL_START + 0x1000),
        "kernel.elf: the kernel is at virtual 0xffc0000000 and physical 0x60001000, expected whole \
         pages and a difference of a multiple of 2 MiB"
    );
    assert_eq!(
        with_kernel(&|elf| {
            let mut second = elf.loads[0];
            second.virtual_start += 0x10000;
            second.physical += 0x20000;
            elf.loads.push(second);
        }),
        "kernel.elf: the segment at virtual 0xffc0010000 has physical address 0x60020000, expected \
         0x60010000: all segments of a kernel have the same offset"
    );
}

#[test]
fn only_the_loader_is_a_loader() {
    let error = |change: &dyn Fn(&mut Elf<'_>)| {
        let mut elf = loader();
        change(&mut elf);
        let task = root_task().build("task.elf");
        message(pack(&installed(), &elf.build("loader"), &task, DeviceTree::Prefix, Format::Elf))
    };
    assert_eq!(
        error(&|elf| *elf = root_task()),
        "loader: not position-independent, expected the ELF file of the `loader` package"
    );
    assert_eq!(
        error(&|elf| elf.sections.clear()),
        "loader: no section .head, expected the ELF file of the `loader` package"
    );
    assert_eq!(
        error(&|elf| elf.sections[1].3 -= 8),
        "loader: a section .description of another version, expected the ELF file of the `loader` \
         package"
    );
}

#[test]
fn a_tree_from_the_boot_loader_gets_room() {
    let task = root_task().build("task.elf");
    let source = DeviceTree::BootLoader { room: 1 << 20 };
    let packed = pack(&installed(), &loader().build("loader"), &task, source, Format::Elf).unwrap();
    assert_eq!(packed.layout.device_tree.len(), 1 << 20);
}

/// Whatever happens to a file, the packer gives an error or an image, and soon.
#[test]
fn mutated_files_never_panic() {
    let mut random = Random(0x1234_5678_9abc_def1);
    let files = [
        kernel().build("kernel.elf"),
        root_task().build("task.elf"),
        loader().build("loader"),
        installed().device_tree,
    ];
    let mut failures = 0;
    for round in 0..8_000 {
        let mut mutated = files.clone();
        let file = &mut mutated[round % files.len()];
        for _ in 0..=random.below(4) {
            // The headers at both ends are where it hurts.
            let length = file.bytes.len();
            let index = match random.below(3) {
                0 => random.below(length.min(0x100)),
                1 => length - 1 - random.below(length.min(0x180)),
                _ => random.below(length),
            };
            match random.below(8) {
                0 => file.bytes.truncate(index.max(1)),
                1 => file.bytes[index] = 0xff,
                2 => file.bytes[index] = 0,
                _ => file.bytes[index] ^= 1 << random.below(8),
            }
        }
        let [kernel, task, loader, device_tree] = mutated;
        let installed = InstalledKernel { kernel, device_tree, ..installed() };
        for format in [Format::Elf, Format::Image] {
            failures +=
                usize::from(pack(&installed, &loader, &task, DeviceTree::Prefix, format).is_err());
        }
    }
    assert!((1000..15_000).contains(&failures), "{failures} of 16000 failed");
}
