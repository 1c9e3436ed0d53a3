use super::*;
use crate::guest::Conduit;
use crate::testing::{assert_dtc_is_content, board};
use alloc::string::{String, ToString};
use alloc::vec;

const GIC: Gic<'_> = Gic::V2 {
    distributor: Region { base: 0x300_0000, size: 0x1000 },
    cpu_interface: Region { base: 0x301_0000, size: 0x2000 },
};

fn paths(tree: &Tree<'_>) -> Vec<String> {
    tree.places().iter().map(|place| place.path()).collect()
}

#[test]
fn nothing_changes_nothing() {
    let mut given = board();
    given.reservations = vec![(0x8000_0000, 0x1000)];
    let patched = apply(&given, &Changes::default()).unwrap();
    assert_eq!(patched.tree, given);
    assert_eq!(patched.dropped, []);
}

#[test]
fn memory_cpus_controller_and_chosen() {
    let given = board();
    let memory = [Region { base: 0x4000_0000, size: 0x2000_0000 }];
    let changes = Changes {
        gic: Some(GIC),
        memory: Some(&memory),
        cpus: Some(Cpus {
            affinities: &[0, 1],
            compatible: "arm,cortex-a53",
            conduit: Conduit::Smc,
        }),
        chosen: Chosen {
            bootargs: Some("quiet maxcpus=2"),
            initrd: Some(Region { base: 0x4d70_0000, size: 0x10 }),
            ..Chosen::default()
        },
        virtio: &[Device { region: Region { base: 0xa00_0000, size: 0x200 }, intid: 48 }],
        ..Changes::default()
    };
    let tree = apply(&given, &changes).unwrap().tree;
    let found = paths(&tree);
    let of = |name: &str| found.iter().filter(|path| path.contains(name)).count();
    assert_eq!((of("/memory@"), of("/cpu@"), of("/interrupt-controller@")), (1, 2, 1));
    assert_eq!(tree.find("/memory").unwrap().regions().unwrap(), memory);
    // The devices' interrupts go to the new controller under the old phandle.
    let serial = tree.find("serial0").unwrap();
    assert_eq!(serial.interrupt_parent().unwrap().path(), "/interrupt-controller@3000000");
    assert_eq!(serial.interrupts().unwrap()[0].intid, 33);
    let virtio = tree.find("/virtio_mmio@a000000").unwrap();
    assert_eq!(virtio.interrupts().unwrap()[0].intid, 48);
    let chosen = tree.chosen().unwrap();
    assert_eq!(chosen.text("bootargs"), Some("quiet maxcpus=2"));
    assert_eq!(chosen.text("stdout-path"), Some("serial0:115200n8"), "as it was");
    assert_eq!(chosen.cells("linux,initrd-end"), Some(vec![0, 0x4d70_0010]));
}

#[test]
fn kept_devices_without_disabled_ones() {
    let given = board();
    let keep = [Keep::subtree("/soc"), Keep::node("/chosen")];
    let changes = Changes {
        keep: Some(&keep),
        follow: true,
        remove_disabled: true,
        gic: Some(GIC),
        ..Changes::default()
    };
    let patched = apply(&given, &changes).unwrap();
    let found = paths(&patched.tree);
    assert!(!found.iter().any(|path| path.contains("i2c") || path.contains("pcie")));
    assert!(found.iter().any(|path| path == "/clock"), "followed");
    assert_eq!(patched.dropped, []);
}

#[test]
fn what_a_change_would_break() {
    let mut given = board();
    let clock = given.get_mut("/clock").unwrap();
    clock.set_text("status", "disabled");
    let mut changes = Changes { remove_disabled: true, ..Changes::default() };
    assert_eq!(
        apply(&given, &changes).unwrap_err().to_string(),
        "/soc/serial@1000: \"clocks\" refers to /clock, which is not in the guest's tree"
    );
    changes.missing = Missing::Drop;
    assert_eq!(apply(&given, &changes).unwrap().dropped.len(), 1);
    changes.keep = Some(&[]);
    changes.virtio = &[Device { region: Region { base: 0xa00_0000, size: 0x200 }, intid: 48 }];
    assert_eq!(
        apply(&given, &changes).unwrap_err().to_string(),
        "guest device tree: virtio device has no GIC for its interrupt; expected a tree that \
         keeps its GIC, or a new one"
    );
}

/// The output of the generator, patched once more, is still a tree without warnings.
#[test]
fn dtc_accepts_a_patched_tree() {
    let mut given = Tree::default();
    given.root.set_u32("#address-cells", 2);
    given.root.set_u32("#size-cells", 2);
    given.root.set_text("compatible", "test,board");
    given.root.set_text("model", "test");
    let memory = [Region { base: 0x4000_0000, size: 0x1000 }];
    let changes = Changes { gic: Some(GIC), memory: Some(&memory), ..Changes::default() };
    let once = apply(&given, &changes).unwrap().tree;
    let twice = apply(&once, &changes).unwrap().tree;
    assert_dtc_is_content(&twice);
    let sorted = |tree: &Tree<'_>| {
        let mut paths = paths(tree);
        paths.sort();
        paths
    };
    assert_eq!(sorted(&once), sorted(&twice), "replaced, not added");
}
