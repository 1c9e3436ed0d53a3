//! Guests that can't work are found before anything boots, with a message that says what is wrong.

mod bench;

use bench::{Bench, text};

/// A guest with a kernel, an initrd and a generated device tree; `more` are settings that come
/// last.
fn system(ram: &str, initrd: &str, tree: &str, vcpus: &str) -> String {
    format!(
        "#include <configurations/vm.h>
import <std_connector.camkes>;
import <global-connectors.camkes>;
import <vm-connectors.camkes>;
import <VM_Arm/VM.camkes>;
assembly {{
    composition {{
        VM_GENERAL_COMPOSITION_DEF()
        VM_COMPOSITION_DEF(0)
        connection seL4VMDTBPassthrough vm_dtb(from vm0.dtb_self, to vm0.dtb);
    }}
    configuration {{
        VM_GENERAL_CONFIGURATION_DEF()
        VM_CONFIGURATION_DEF(0)
        vm0.num_extra_frame_caps = 0;
        vm0.extra_frame_map_address = 0;
        vm0.num_vcpus = {vcpus};
        vm0.vm_address_config = {{
            \"ram_base\": \"{ram}\",
            \"ram_paddr_base\": \"{ram}\",
            \"ram_size\": \"0x8000000\",
            \"dtb_addr\": \"{tree}\",
            \"initrd_addr\": \"{initrd}\",
        }};
        vm0.vm_image_config = {{
            \"provide_dtb\": false,
            \"generate_dtb\": true,
            \"map_one_to_one\": true,
        }};
        vm0.dtb = dtb([{{}}]);
    }}
}}
"
    )
}

/// An arm64 Image of 1 MiB (Linux, Documentation/arch/arm64/booting.rst, section 4).
fn image() -> Vec<u8> {
    let mut bytes = vec![0; 1 << 20];
    bytes[16..24].copy_from_slice(&(1_u64 << 20).to_le_bytes());
    bytes[24..32].copy_from_slice(&0xa_u64.to_le_bytes());
    bytes[56..60].copy_from_slice(b"ARM\x64");
    bytes
}

/// What `camkes spec` says about a system and its kernel, without the quoted source.
fn said(system: &str, kernel: &[u8]) -> Vec<String> {
    said_with_files(system, kernel, &["linux=linux", "linux-initrd=initrd"])
}

fn said_with_files(system: &str, kernel: &[u8], files: &[&str]) -> Vec<String> {
    let bench = Bench::new();
    bench.put("app.camkes", system.as_bytes());
    bench.put("linux", kernel);
    bench.put("initrd", &vec![0x1f; 0x30_0000]);
    let library = bench.library();
    let include = format!("{library}/components/VM_Arm");
    let output = bench.run(
        "spec",
        &["VM", "FileServer"],
        &[
            &["--platform", "qemu-arm-virt", "--cpp-include", &include],
            files.iter().flat_map(|file| ["--file", file]).collect::<Vec<_>>().as_slice(),
        ]
        .concat(),
    );
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    errors
        .lines()
        .filter_map(|line| Some(format!("error{}", line.split_once("error")?.1)))
        .filter(|line| line.starts_with("error: "))
        .collect()
}

#[test]
fn a_kernel_that_is_no_kernel() {
    let system = system("0x40000000", "0x44000000", "0x43000000", "1");
    let start = "error: the guest of `vm0` can't be started: linux: no kernel";
    assert_eq!(
        said(&system, b"#!/bin/sh\necho no kernel\n"),
        [format!("{start} for a virtual machine here, but a script [guest]")]
    );
    assert_eq!(
        said(&system, b"no kernel either"),
        [format!(
            "{start}: it starts with 6e 6f 20 6b 65 72 6e 65, which is none of Image (plain, gzip, \
             zstd, EFI zboot), zImage and ELF; a raw binary has to be declared as one [guest]"
        )]
    );
}

#[test]
fn a_kernel_that_the_heap_has_no_room_to_unpack() {
    let system = system("0x40000000", "0x44000000", "0x43000000", "1");
    let start =
        "error: the guest of `vm0` can't be started: linux: the zstd data needs a window of";
    let kernel = include_bytes!("../../vmm/src/images/fixtures/image.zst");
    assert_eq!(
        said(&system, kernel),
        [format!(
            "{start} 65536 bytes, for which the heap is too small; set `vm0.heap_size` (VM_HEAP_SIZE \
             if VM_CONFIGURATION_DEF sets it) to 0xc0000 or more, or unpack the file with `zstd -d` \
             [guest]"
        )]
    );
    // One segment of 2^64 - 1 bytes (RFC 8878, 3.1.1.1).
    let mut damaged = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    damaged.extend([0xff; 8]);
    damaged.extend([0; 64]);
    let found = said(&system, &damaged);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&format!("{start} {}", u64::MAX)), "{found:?}");
    assert!(found[0].contains("but there is memory for"), "{found:?}");
}

#[test]
fn a_kernel_that_was_cut_off() {
    let system = system("0x40000000", "0x44000000", "0x43000000", "1");
    let kernel = include_bytes!("../../vmm/src/images/fixtures/image.gz");
    assert_eq!(
        said(&system, &kernel[..kernel.len() - 100]),
        ["error: the guest of `vm0` can't be started: linux: the gzip data is cut off [guest]"]
    );
}

#[test]
fn files_that_the_own_server_lacks() {
    let system = system("0x40000000", "0x44000000", "0x43000000", "1");
    let start = "error: the guest of `vm0` can't be started: its FileServer fserv has no file";
    assert_eq!(said_with_files(&system, &image(), &[]), [format!("{start} \"linux\" [guest]")]);
    let other = system
        .replace("VM_COMPOSITION_DEF(0)", "VM_COMPOSITION_DEF(0)\n component FileServer other;");
    assert_eq!(
        said_with_files(&other, &image(), &["linux=linux", "other:linux-initrd=initrd"]),
        [format!("{start} \"linux-initrd\", but other has [guest]")]
    );
}

#[test]
fn an_initrd_that_overlaps_the_device_tree() {
    let system = system("0x40000000", "0x42f00000", "0x43000000", "1");
    assert_eq!(
        said(&system, &image()),
        [
            "error: the guest of `vm0` can't be started: linux-initrd (0x42f00000..=0x431fffff) overlaps \
          device tree (0x43000000..=0x430003ff) [guest]"
        ]
    );
}

#[test]
fn memory_that_the_board_lacks() {
    let system = system("0x800000000", "0x804000000", "0x803000000", "1");
    assert_eq!(
        said(&system, &image()),
        [
            "error: the guest of `vm0` can't be started: its memory is 0x8000000 bytes at 0x800000000, \
          and the board has 0x40000000..=0xbfffffff [guest]"
        ]
    );
}

#[test]
fn processors_that_cannot_be() {
    for (count, shown) in [("0", "0"), ("99", "99"), ("-1", "-1")] {
        let system = system("0x40000000", "0x44000000", "0x43000000", count);
        assert_eq!(
            said(&system, &image()),
            [format!(
                "error: `vm0.num_vcpus`: {shown} is out of range; expected 1 to 8 [out-of-range]"
            )]
        );
    }
}
