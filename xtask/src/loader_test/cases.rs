//! What is booted, and what has to come of it.

use anyhow::Result;
use boot_image::{DeviceTree, Format, Packed};
use loader::Description;

use super::patch;
use super::{Case, Expected};
use crate::build::Parts;
use crate::qemu::Machine;

/// Room for a device tree in x0: QEMU's take 1 MiB.
const ROOM: u64 = 2 << 20;
/// Less than any image has: source and destination overlap.
const NEAR: i64 = 64 << 10;
/// More than any image has.
const FAR: i64 = 64 << 20;

/// All cases, with images of `parts`, which are made for `machine`.
pub fn all(parts: &Parts, machine: &Machine) -> Result<Vec<Case>> {
    let elf = parts.pack(DeviceTree::Prefix, Format::Elf)?;
    let raw = parts.pack(DeviceTree::Prefix, Format::Image)?;
    let given_tree = DeviceTree::BootLoader { room: ROOM };
    let elf_given_tree = parts.pack(given_tree, Format::Elf)?;
    let raw_given_tree = parts.pack(given_tree, Format::Image)?;
    let other_version = Description::MAGIC.swap_bytes();

    let boots = |name, image: Vec<u8>, packed: &Packed| Case {
        name,
        machine: machine.clone(),
        image,
        expected: Expected::RootTask { level: 2, layout: packed.layout },
    };
    let refused = |name, machine: Machine, image: Vec<u8>, sentence: String| Case {
        name,
        machine,
        image,
        expected: Expected::Refusal(sentence),
    };
    let no_el2 = machine.with_property("virtualization", "off");
    let mut cases = vec![
        boots("an ELF image", elf.bytes.clone(), &elf),
        Case {
            name: "an ELF image entered at EL3",
            // QEMU enters raw images, which it takes for Linux, at EL2 at most.
            machine: machine.with_property("secure", "on"),
            image: elf.bytes.clone(),
            expected: Expected::RootTask { level: 3, layout: elf.layout },
        },
        boots("a raw image", raw.bytes.clone(), &raw),
        boots("a raw image at the start of memory", patch::placed(&raw.bytes, 2 << 20)?, &raw),
        boots("a raw image just below its place", patch::moved(&raw.bytes, -NEAR)?, &raw),
        boots("a raw image just above its place", patch::moved(&raw.bytes, NEAR)?, &raw),
        boots("a raw image far above its place", patch::moved(&raw.bytes, FAR)?, &raw),
        boots(
            "a raw image with a device tree in x0",
            raw_given_tree.bytes.clone(),
            &raw_given_tree,
        ),
        boots(
            "a raw image far above its place, with a device tree in x0",
            patch::moved(&raw_given_tree.bytes, FAR)?,
            &raw_given_tree,
        ),
        refused(
            "an ELF image without a device tree in x0",
            machine.clone(),
            elf_given_tree.bytes,
            "the device tree's address in x0 is 0x0, expected a multiple of 8 that isn't 0; ELF \
             images get none from QEMU"
                .to_owned(),
        ),
        refused(
            "an image of another version",
            machine.clone(),
            patch::described_as(&raw.bytes, raw.layout.kernel.start, other_version)?,
            format!(
                "the image's description starts with {other_version:#x}, expected {:#x}; pack \
                 the image with a boot-image of the same version",
                Description::MAGIC
            ),
        ),
    ];
    for (name, image) in
        [("an ELF image entered at EL1", &elf.bytes), ("a raw image entered at EL1", &raw.bytes)]
    {
        let sentence = "entered at EL1 on a CPU that gives no access to EL2, but the kernel is a \
                        hypervisor and needs EL2; in QEMU add virtualization=on to -M virt, on a \
                        board let the firmware start the image at EL2";
        let case = refused(name, no_el2.clone(), image.clone(), sentence.to_owned());
        cases.push(case);
    }
    if machine.cpu != "cortex-a53" {
        cases.push(refused(
            "a kernel for another CPU",
            Machine { cpu: "cortex-a53".to_owned(), ..machine.clone() },
            elf.bytes,
            "the kernel was built for 44-bit physical addresses, this CPU has 40 bits; take a \
             kernel that was configured for this CPU"
                .to_owned(),
        ));
    }
    Ok(cases)
}
