use std::fs;

use super::*;
use crate::export::test::exported;
use crate::prefix::INCLUDE;

fn drift_after(file: &str, old: &str, new: &str) -> String {
    let dir = exported();
    let path = dir.path().join(INCLUDE).join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(&path, text.replacen(old, new, 1)).unwrap();
    let prefix = Prefix::open(dir.path()).unwrap();
    compare_descriptions(&prefix).unwrap().to_text()
}

#[test]
fn an_exported_prefix_agrees() {
    let prefix = exported();
    let prefix = Prefix::open(prefix.path()).unwrap();
    let report = compare_descriptions(&prefix).unwrap();
    assert_eq!(report.to_text(), "");
    assert!(report.compared > 200, "{}", report.compared);
}

#[test]
fn changes_are_found_and_named() {
    let text = drift_after("interfaces/object-api.xml", "seL4_Uint8", "seL4_Uint16");
    assert!(
        text.starts_with("interfaces, item 3: sel4-abi has seL4_TCB.ReadRegisters")
            && text.contains("In arch_flags: seL4_Uint16"),
        "{text}"
    );
    let text = drift_after("interfaces/object-api.xml", "TCBSetMCPriority", "TCBSetMCP");
    assert!(
        text.contains(
            "invocation labels, item 7: sel4-abi has TCBSetMCPriority, the prefix has TCBSetMCP\n"
        ),
        "{text}"
    );
    let text = drift_after("api/syscall.xml", "<syscall name=\"Yield\"/>", "");
    assert!(
        text.contains("system calls, item 6: sel4-abi has Yield = -7 if Always, the prefix has NBRecv = -7 if Always\n"),
        "{text}"
    );
}

#[test]
fn packing_is_compared_with_the_fields() {
    let old = "field extraCaps 2\n    field length 7";
    let new = "field extraCaps 3\n    field length 6";
    let text = drift_after("sel4/shared_types.pbf", old, new);
    assert!(
        text.contains(
            "seL4_MessageInfo.length: sel4-abi has 7 bits at 0, the prefix has 6 bits at 0\n"
        ),
        "{text}"
    );
}
