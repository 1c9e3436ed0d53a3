//! Comparison of interface files.

use sel4_abi::{CapData, CapRights, InvocationLabel, MessageInfo, interfaces as ours};
use sel4_idl::bitfields::{self, Bitfields};
use sel4_idl::interfaces::{Interfaces, Method};
use sel4_idl::syscalls::Syscalls;

use super::Report;
use crate::error::Result;
use crate::prefix::Prefix;

const MISSING: &str = "nothing";

pub(super) fn compare(prefix: &Prefix, report: &mut Report) -> Result<()> {
    let files = ours::FILES[..3].iter().copied();
    let interfaces = Interfaces::parse_all(files)?;
    compare_lists(
        report,
        "interfaces",
        &interface_items(&interfaces),
        &interface_items(prefix.interfaces()),
    );
    let labels = InvocationLabel::ALL.iter().map(|label| label.name());
    compare_lists(
        report,
        "invocation labels",
        &labels.map(str::to_owned).collect::<Vec<_>>(),
        &prefix
            .interfaces()
            .labels(prefix.config())?
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    );
    let syscalls = Syscalls::parse("syscall.xml", ours::SYSCALL)?;
    compare_lists(
        report,
        "system calls",
        &syscall_items(&syscalls),
        &syscall_items(prefix.syscalls()),
    );
    let texts = [ours::SHARED_TYPES, ours::SEL4_ARCH_TYPES];
    for ((file, text), theirs) in bitfields::FILES.iter().zip(texts).zip(prefix.bitfields()) {
        compare_lists(
            report,
            file,
            &bitfield_items(&Bitfields::parse(file, text)?),
            &bitfield_items(theirs),
        );
    }
    compare_packing(prefix, report);
    Ok(())
}

/// Compares lists of one line per item, place by place.
fn compare_lists(report: &mut Report, name: &str, ours: &[String], theirs: &[String]) {
    for index in 0..ours.len().max(theirs.len()) {
        let item = |list: &[String]| list.get(index).map_or(MISSING.to_owned(), Clone::clone);
        report.value(format!("{name}, item {index}"), item(ours), item(theirs));
    }
}

fn interface_items(all: &Interfaces) -> Vec<String> {
    let structs = all
        .structs
        .iter()
        .map(|item| format!("struct {} {{ {} }}", item.name, item.members.join(", ")));
    let methods = all.interfaces.iter().flat_map(|interface| {
        interface.methods.iter().map(|method| method_item(&interface.name, method))
    });
    structs.chain(methods).collect()
}

fn method_item(interface: &str, method: &Method) -> String {
    let params: Vec<_> = method
        .params
        .iter()
        .map(|param| format!("{:?} {}: {}", param.direction, param.name, param.ty))
        .collect();
    format!(
        "{interface}.{} {}({}) if {:?}",
        method.name,
        method.id,
        params.join(", "),
        method.condition
    )
}

fn syscall_items(all: &Syscalls) -> Vec<String> {
    [false, true]
        .into_iter()
        .flat_map(|mcs| all.numbered(mcs))
        .map(|(number, call)| format!("{} = {number} if {:?}", call.name, call.condition))
        .collect()
}

fn bitfield_items(all: &Bitfields) -> Vec<String> {
    let blocks = all.blocks.iter().flat_map(|block| {
        let name = &block.name;
        let bits = format!("{name}: {} bits", block.bits);
        let fields = block.fields.iter().map(move |field| {
            format!("{name}.{}: {} bits at {}", field.name, field.width, field.offset)
        });
        std::iter::once(bits).chain(fields)
    });
    let tags = all.unions.iter().flat_map(|union| {
        union
            .tags
            .iter()
            .map(|(block, tag)| format!("{}.{} = {tag} ({block})", union.name, union.tag_field))
    });
    blocks.chain(tags).collect()
}

/// Compares the hand-written packing of words with the prefix's fields.
fn compare_packing(prefix: &Prefix, report: &mut Report) {
    let info =
        |label, unwrapped, caps, length| MessageInfo::new(label, unwrapped, caps, length).as_word();
    let all = usize::MAX;
    let rights =
        |grant_reply, grant, read, write| CapRights::new(grant_reply, grant, read, write).as_word();
    for (block, field, mask) in [
        ("seL4_MessageInfo", "label", info(all, 0, 0, 0)),
        ("seL4_MessageInfo", "capsUnwrapped", info(0, all, 0, 0)),
        ("seL4_MessageInfo", "extraCaps", info(0, 0, all, 0)),
        ("seL4_MessageInfo", "length", info(0, 0, 0, all)),
        ("seL4_CapRights", "capAllowGrantReply", rights(true, false, false, false)),
        ("seL4_CapRights", "capAllowGrant", rights(false, true, false, false)),
        ("seL4_CapRights", "capAllowRead", rights(false, false, true, false)),
        ("seL4_CapRights", "capAllowWrite", rights(false, false, false, true)),
        ("seL4_CNode_CapData", "guard", CapData::new(all, 0).as_word()),
        ("seL4_CNode_CapData", "guardSize", CapData::new(0, all).as_word()),
    ] {
        let theirs = prefix.block(block).and_then(|block| block.field(field)).map_or_else(
            || MISSING.to_owned(),
            |field| format!("{} bits at {}", field.width, field.offset),
        );
        let ours = format!("{} bits at {}", mask.count_ones(), mask.trailing_zeros());
        report.value(format!("{block}.{field}"), ours, theirs);
    }
}
