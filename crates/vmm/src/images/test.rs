use super::*;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use guest_memory::{GuestMemory, Region, Regions, VecBacking};
use proptest::prelude::*;

/// The plain image of the compressed fixtures, made by `gzip -9` and by
/// `zstd --zstd=wlog=16`, whose window is 64 KiB.
const GZIP: &[u8] = include_bytes!("fixtures/image.gz");
const ZSTD: &[u8] = include_bytes!("fixtures/image.zst");
const IMAGE_LEN: u64 = 300_000;
const IMAGE_SIZE: u64 = IMAGE_LEN + 0x1_0000;

/// The content of the fixtures. It is longer than the windows and blocks of the compressions.
fn image() -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..IMAGE_LEN).map(|at| ((at * 7) ^ (at >> 13)).to_le_bytes()[0]).collect();
    bytes[..64].copy_from_slice(&header(0, IMAGE_SIZE, 0xa));
    bytes
}

fn header(text_offset: u64, size: u64, flags: u64) -> [u8; 64] {
    let mut header = [0; 64];
    header[..4].copy_from_slice(&0x9100_5a4d_u32.to_le_bytes());
    header[7] = 0x14;
    header[8..16].copy_from_slice(&text_offset.to_le_bytes());
    header[16..24].copy_from_slice(&size.to_le_bytes());
    header[24..32].copy_from_slice(&flags.to_le_bytes());
    header[56..60].copy_from_slice(b"ARM\x64");
    header[60] = 0x40;
    header
}

fn zboot(name: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 0x1000];
    bytes[..8].copy_from_slice(b"MZ\0\0zimg");
    bytes[8..12].copy_from_slice(&0x1000_u32.to_le_bytes());
    bytes[12..16].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
    bytes[24..24 + name.len()].copy_from_slice(name);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&[0; 100]);
    bytes
}

fn zimage(start: u32, end: u32) -> Vec<u8> {
    let mut bytes = vec![0; 0x200];
    bytes[0x24..0x28].copy_from_slice(&0x016f_2818_u32.to_le_bytes());
    bytes[0x28..0x2c].copy_from_slice(&start.to_le_bytes());
    bytes[0x2c..0x30].copy_from_slice(&end.to_le_bytes());
    bytes[0x30..0x34].copy_from_slice(&0x0403_0201_u32.to_le_bytes());
    bytes
}

/// An ELF file for AArch64: the entry, and segments of virtual, physical address, content and
/// size in memory.
fn elf(entry: u64, segments: &[(u64, u64, &[u8], u64)]) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16..20].copy_from_slice(&[2, 0, 183, 0]);
    bytes[20] = 1;
    bytes[24..32].copy_from_slice(&entry.to_le_bytes());
    bytes[32] = 64;
    bytes[52] = 64;
    bytes[54] = 56;
    bytes[56] = u8::try_from(segments.len()).unwrap();
    let mut offset = 64 + 56 * segments.len() as u64;
    for (address, physical, content, size) in segments {
        bytes.extend_from_slice(&[1, 0, 0, 0, 7, 0, 0, 0]);
        for field in [offset, *address, *physical, content.len() as u64, *size, 4096] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        offset += content.len() as u64;
    }
    for (_, _, content, _) in segments {
        bytes.extend_from_slice(content);
    }
    bytes
}

fn inspect(bytes: &[u8]) -> Result<Kernel<'_>, ImageError> {
    Kernel::inspect("linux", bytes, Options::default())
}

fn error(bytes: &[u8]) -> String {
    inspect(bytes).unwrap_err().to_string()
}

const RAW: Options =
    Options { unrecognised: Unrecognised::Raw(Mode::AArch64), most_window: 1 << 20 };

const RAM: u64 = 0x4000_0000;

fn memory(size: usize) -> Regions<VecBacking> {
    let backing = VecBacking::new(size);
    let mut memory = Regions::new();
    memory.add(Region::new("ram", GuestAddress(RAM), backing).unwrap()).unwrap();
    for at in (0..size as u64).step_by(64) {
        let len = 64.min(size as u64 - at);
        memory.write(GuestAddress(RAM + at), &vec![0xee; usize::try_from(len).unwrap()]).unwrap();
    }
    memory
}

fn bytes_at(memory: &Regions<VecBacking>, at: u64, len: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    memory.read(GuestAddress(at), &mut bytes).unwrap();
    bytes
}

#[test]
fn every_packing_of_an_image_loads_the_same() {
    let plain = image();
    let files = [
        ("arm64 Image", plain.clone()),
        ("arm64 Image, gzip", GZIP.to_vec()),
        ("arm64 Image, zstd", ZSTD.to_vec()),
        ("arm64 Image, EFI zboot, gzip", zboot(b"gzip", GZIP)),
        ("arm64 Image, EFI zboot, zstd", zboot(b"zstd22", ZSTD)),
    ];
    for (name, file) in files {
        let kernel = inspect(&file).unwrap();
        assert_eq!((kernel.to_string().as_str(), kernel.size()), (name, IMAGE_SIZE));
        let Form::Arm64(header) = kernel.form() else { panic!() };
        assert_eq!((header.text_offset, header.anywhere), (0, true));
        assert_eq!((header.page_size, kernel.mode()), (PageSize::Kib4, Mode::AArch64));
        let memory = memory(0x6_0000);
        kernel.load(GuestAddress(RAM), &memory).unwrap();
        assert!(bytes_at(&memory, RAM, IMAGE_LEN) == plain, "{name}");
        assert_eq!(bytes_at(&memory, RAM + IMAGE_LEN, 0x1_0000), vec![0; 0x1_0000], "{name}");
        assert_eq!(bytes_at(&memory, RAM + IMAGE_SIZE, 1), [0xee], "{name}");
    }
}

#[test]
fn an_old_image_has_an_offset_and_no_size() {
    let mut file = header(0, 0, 0);
    // A branch: kernels were no EFI programs then.
    file[..4].copy_from_slice(&0x1400_0010_u32.to_le_bytes());
    let kernel = inspect(&file).unwrap();
    let Form::Arm64(header) = kernel.form() else { panic!() };
    assert_eq!((header.text_offset, kernel.size()), (0x8_0000, 64));
}

#[test]
fn damaged_images_are_named() {
    assert_eq!(
        error(&header(0x20_0000, 0x1000, 0)),
        "linux: the Image header is damaged: text_offset is 0x200000, but whole pages below 2 MiB \
         were expected"
    );
    assert_eq!(
        error(&header(0, u64::MAX, 0)),
        "linux: the Image header is damaged: image_size is 0xffffffffffffffff, but at most 4 GiB \
         was expected"
    );
    assert_eq!(
        error(&header(0, 0x1000, 1)),
        "linux: a big-endian kernel; only little-endian ones are supported"
    );
}

/// An Image that is an EFI program as well, with two sections that end at these bytes.
fn efi_image(len: usize, ends: [u32; 2]) -> Vec<u8> {
    let mut bytes = vec![0; len];
    bytes[..64].copy_from_slice(&header(0, IMAGE_SIZE, 0xa));
    bytes[64..68].copy_from_slice(b"PE\0\0");
    bytes[70] = 2;
    // Of the optional header, which comes before the sections.
    bytes[84] = 0xa0;
    for (at, end) in [0x40 + 24 + 0xa0, 0x40 + 24 + 0xa0 + 40].into_iter().zip(ends) {
        bytes[at + 16..at + 20].copy_from_slice(&(end - 0x1000).to_le_bytes());
        bytes[at + 20..at + 24].copy_from_slice(&0x1000_u32.to_le_bytes());
    }
    bytes
}

#[test]
fn an_image_that_was_cut_off_is_named() {
    // What follows the sections is a signature, for example.
    for len in [0x3000, 0x3200] {
        assert!(inspect(&efi_image(len, [0x2000, 0x3000])).is_ok());
    }
    let cut = "linux: cut off: the Image's last section ends at byte 12288, but the file has";
    assert_eq!(error(&efi_image(0x2fff, [0x2000, 0x3000])), alloc::format!("{cut} 12287"));
    assert_eq!(error(&efi_image(0x2000, [0x3000, 0x2000])), alloc::format!("{cut} 8192"));
    // The second section's header ends at byte 0x148.
    let cut = "linux: cut off: the Image's section table ends at byte 328, but the file has";
    for len in [0x58, 0x100, 0x147] {
        let bytes = &efi_image(0x2000, [0x2000, 0x3000])[..len];
        assert_eq!(error(bytes), alloc::format!("{cut} {len}"));
    }
    let cut = "linux: cut off: the Image's EFI header ends at byte 88, but the file has";
    assert_eq!(error(&efi_image(0x2000, [0x2000; 2])[..0x57]), alloc::format!("{cut} 87"));
    // Without EFI there is nothing that tells.
    let mut bytes = efi_image(0x2000, [0x2000, 0x3000]);
    bytes[0] = 0;
    assert!(inspect(&bytes[..0x100]).is_ok());
    // The header isn't whole.
    let expected = "linux: no kernel for a virtual machine here, but an EFI program";
    assert_eq!(error(&header(0, 0, 0)[..63]), expected);
}

#[test]
fn any_place_of_an_efi_header_is_looked_at() {
    for (offset, sections, cut) in [
        // There is none.
        (0_u32, 0_u8, None),
        (60, 0, None),
        (0x2fe8, 0, None),
        (0x2fe8, 0xff, Some("section table ends at byte 22488")),
        (0x2ff0, 0, Some("EFI header ends at byte 12296")),
        (0x3000, 0, Some("EFI header ends at byte 12312")),
        (u32::MAX, 0, Some("EFI header ends at byte 4294967319")),
    ] {
        let mut bytes = efi_image(0x3000, [0x2000, 0x3000]);
        bytes[60..64].copy_from_slice(&offset.to_le_bytes());
        bytes[0x2fe8..0x2fec].copy_from_slice(b"PE\0\0");
        bytes[0x2fee] = sections;
        let found = inspect(&bytes).err().map(|error| error.to_string());
        let expected = cut
            .map(|cut| alloc::format!("linux: cut off: the Image's {cut}, but the file has 12288"));
        assert_eq!(found, expected, "{offset:#x}");
    }
}

#[test]
fn a_kernel_that_is_no_kernel_is_named() {
    assert_eq!(error(b""), "linux: the file is empty");
    assert_eq!(
        error(b"hello world"),
        "linux: no kernel: it starts with 68 65 6c 6c 6f 20 77 6f, which is none of Image (plain, \
         gzip, zstd, EFI zboot), zImage and ELF; a raw binary has to be declared as one"
    );
    let mut bzimage = vec![0; 0x400];
    bzimage[0x202..0x206].copy_from_slice(b"HdrS");
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, what) in [
        (&b"\xd0\x0d\xfe\xed\0\0"[..], "a device tree (dtb)"),
        (b"0707010000", "a cpio archive, such as an initrd"),
        (b"\xfd7zXZ\0\0", "an xz file; unpack it first"),
        (b"!<arch>\ndebian-binary", "an archive, such as a Debian package"),
        (b"MZ\0\0\0\0\0\0", "an EFI program"),
        (&bzimage, "a bzImage for x86"),
        (&tar, "a tar archive"),
    ] {
        let expected = alloc::format!("linux: no kernel for a virtual machine here, but {what}");
        assert_eq!(error(bytes), expected);
        // Not even as a raw binary.
        let raw = Kernel::inspect("linux", bytes, RAW);
        assert_eq!(raw.unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_raw_binary_has_to_be_declared() {
    let bytes = [0x0a, 0, 0, 0x14, 1, 2];
    let kernel = Kernel::inspect("u-boot", &bytes, RAW).unwrap();
    assert_eq!((kernel.to_string(), kernel.size()), ("raw binary".to_string(), 6));
    assert_eq!(kernel.entry(GuestAddress(RAM)), GuestAddress(RAM));
    let memory = memory(64);
    kernel.load(GuestAddress(RAM + 8), &memory).unwrap();
    assert_eq!(bytes_at(&memory, RAM + 7, 8), [0xee, 0x0a, 0, 0, 0x14, 1, 2, 0xee]);
}

#[test]
fn zimages() {
    let bytes = zimage(0, 0x180);
    let kernel = inspect(&bytes).unwrap();
    assert_eq!(
        (kernel.form(), kernel.size()),
        (&Form::Zimage(ZimageHeader { size: 0x180 }), 0x200)
    );
    assert_eq!(kernel.mode(), Mode::AArch32);
    assert_eq!(
        error(&zimage(0, 0x1000)),
        "linux: cut off: the zImage ends at byte 4096, but the file has 512"
    );
    assert_eq!(
        error(&zimage(0x100, 0x80)),
        "linux: the zImage header is damaged: the end is 0x80, but an address above the start was \
         expected"
    );
}

#[test]
fn elf_segments_go_to_their_addresses() {
    let segments: [(u64, u64, &[u8], u64); 2] = [
        (0xffff_0000_0000_1000, RAM + 0x1000, b"data", 0x20),
        (0xffff_0000_0000_0000, RAM, b"code", 4),
    ];
    let bytes = elf(0xffff_0000_0000_1002, &segments);
    let kernel = inspect(&bytes).unwrap();
    assert_eq!(kernel.entry(GuestAddress(0)), GuestAddress(RAM + 0x1002));
    assert_eq!((kernel.size(), kernel.to_string().as_str()), (0x1020, "ELF"));
    let memory = memory(0x2000);
    kernel.load(GuestAddress(0), &memory).unwrap();
    assert_eq!(bytes_at(&memory, RAM, 5), *b"code\xee");
    assert_eq!(bytes_at(&memory, RAM + 0x1000, 6), *b"data\0\0");
    assert_eq!(bytes_at(&memory, RAM + 0x101f, 2), [0, 0xee]);
}

#[test]
fn bad_elf_files_say_why() {
    let one: [(u64, u64, &[u8], u64); 1] = [(0, RAM, b"code", 4)];
    let good = elf(0, &one);
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        error(&bytes)
    };
    assert_eq!(changed(18, 62), "linux: the ELF file is for another processor than AArch64 or Arm");
    assert_eq!(changed(24, 9), "linux: the ELF file has its entry point outside of all segments");
    assert_eq!(changed(64, 2), "linux: the ELF file has nothing to load");
    assert_eq!(error(&good[..good.len() - 1]), "linux: the ELF file ends inside of a segment");
    let twice = [one[0], (0x100, RAM + 3, b"x", 1)];
    assert_eq!(error(&elf(0, &twice)), "linux: the ELF file has segments that overlap");
    let past: [(u64, u64, &[u8], u64); 1] = [(0, u64::MAX, b"code", 4)];
    assert_eq!(
        error(&elf(0, &past)),
        "linux: the ELF file has a segment past the end of the address space"
    );
}

#[test]
fn bad_compressed_files_say_why() {
    assert_eq!(
        error(&zboot(b"lz4", GZIP)),
        "linux: compressed as \"lz4\", but only gzip and zstd can be unpacked"
    );
    assert_eq!(
        error(&zboot(b"gzip", GZIP)[..0x1010]),
        "linux: cut off: the compressed kernel ends at byte END, but the file has 4112"
            .replace("END", &(0x1000 + GZIP.len()).to_string())
    );
    assert_eq!(
        error(&zboot(b"gzip", ZSTD)),
        "linux: the EFI zboot header is damaged: the offset of the compressed kernel is 0x1000, \
         but no data compressed as the header says is there"
    );
    let load = |bytes: &[u8]| {
        let kernel = inspect(bytes).unwrap();
        kernel.load(GuestAddress(RAM), &memory(0x6_0000)).unwrap_err().to_string()
    };
    assert_eq!(load(&GZIP[..GZIP.len() - 200]), "linux: the gzip data is cut off");
    let verify = |bytes: &[u8]| inspect(bytes).unwrap().verify().map_err(|error| error.to_string());
    assert_eq!(verify(GZIP), Ok(()));
    assert_eq!(verify(&GZIP[..GZIP.len() - 200]), Err("linux: the gzip data is cut off".into()));
    assert_eq!(verify(&image()), Ok(()));
    assert_eq!(load(&GZIP[..GZIP.len() - 3]), "linux: the gzip data is cut off");
    assert_eq!(load(&ZSTD[..ZSTD.len() - 3]), "linux: the zstd data is cut off");
    // A checksum, the size behind it, and the other format's checksum.
    for (packed, from_end) in [(GZIP, 6), (GZIP, 2), (ZSTD, 1)] {
        let mut wrong = packed.to_vec();
        *wrong.iter_mut().nth_back(from_end).unwrap() ^= 1;
        let error = load(&wrong);
        assert!(error.ends_with("data is damaged: its checksum is another one"), "{error}");
    }
    // A compressed file with something else inside: an empty one.
    let empty = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(error(&empty), "linux: its compressed content is no Image: unpack the file first");
    assert!(error(&ZSTD[..9]).starts_with("linux: the zstd data is"));
}

#[test]
fn a_window_beyond_the_monitors_memory_is_refused() {
    let options = Options { most_window: 60_000, ..Options::default() };
    assert_eq!(
        Kernel::inspect("linux", ZSTD, options).unwrap_err().to_string(),
        "linux: the zstd data needs a window of 65536 bytes, but there is memory for 60000"
    );
}

/// An archive that unpacks to more than its header promises must not run over what follows.
#[test]
fn a_kernel_larger_than_its_header_says_stops_at_its_end() {
    let kernel = inspect(GZIP).unwrap();
    let Form::Arm64(header) = kernel.form().clone() else { panic!() };
    let small = Kernel { form: Form::Arm64(Arm64Header { size: 0x2_0000, ..header }), ..kernel };
    let memory = memory(0x6_0000);
    let error = small.load(GuestAddress(RAM), &memory).unwrap_err();
    assert_eq!(
        error.to_string(),
        "linux: it has more than the 131072 bytes that there is room for"
    );
    assert_eq!(bytes_at(&memory, RAM + 0x2_0000, 16), [0xee; 16]);
}

#[test]
fn a_kernel_without_memory_says_where() {
    let kernel = inspect(GZIP).unwrap();
    let error = kernel.load(GuestAddress(RAM), &memory(0x1_0000)).unwrap_err();
    assert!(error.to_string().starts_with("linux: no guest memory at 0x40010000"), "{error}");
}

fn fixtures() -> Vec<Vec<u8>> {
    let segments: [(u64, u64, &[u8], u64); 2] =
        [(0, RAM, b"code", 4), (0x1000, RAM + 0x1000, b"data", 0x20)];
    vec![
        image()[..0x1000].to_vec(),
        GZIP.to_vec(),
        ZSTD.to_vec(),
        zboot(b"gzip", GZIP),
        zboot(b"zstd", ZSTD),
        zimage(0, 0x180),
        elf(0, &segments),
        efi_image(0x2000, [0x1800, 0x2000]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Files with bytes changed and ends cut off: an error or a kernel, and never more memory
    /// written than it said that it needs.
    #[test]
    fn damaged_files_are_survived(
        which in 0usize..8,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fixtures().swap_remove(which);
        for (at, byte, early) in changes {
            let len = if early { bytes.len().min(256) } else { bytes.len() };
            bytes[at.index(len)] = byte;
        }
        if let Some(cut) = cut {
            let at = cut.index(bytes.len());
            bytes.truncate(at);
        }
        if let Ok(kernel) = Kernel::inspect("linux", &bytes, RAW) {
            let memory = memory(0x6_0000);
            if kernel.load(GuestAddress(RAM), &memory).is_ok() && !matches!(kernel.form(), Form::Elf(_)) {
                let end = RAM + kernel.size();
                if end < RAM + 0x6_0000 {
                    prop_assert_eq!(bytes_at(&memory, end, 1), [0xee]);
                }
            }
        }
    }

    #[test]
    fn noise_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2048), magic in 0usize..5) {
        let magics: [&[u8]; 5] =
            [b"\x7fELF\x02\x01\x01", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"MZ\0\0zimg", b""];
        let mut file = magics[magic].to_vec();
        file.extend_from_slice(&bytes);
        if let Ok(kernel) = inspect(&file) {
            let _ = kernel.load(GuestAddress(RAM), &memory(0x1000));
        }
    }
}
