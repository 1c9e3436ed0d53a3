use std::path::Path;

use super::*;
use crate::source::{SourceMap, Span};
use crate::value::{Key, Value, ValueKind};

/// Writes a structure block.
#[derive(Default)]
struct Builder {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Builder {
    fn word(mut self, word: u32) -> Self {
        self.structure.extend(word.to_be_bytes());
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.structure.extend(bytes);
        while !self.structure.len().is_multiple_of(4) {
            self.structure.push(0);
        }
        self
    }

    fn begin(self, name: &str) -> Self {
        self.word(1).bytes(format!("{name}\0").as_bytes())
    }

    fn end(self) -> Self {
        self.word(2)
    }

    fn property(mut self, name: &str, value: &[u8]) -> Self {
        let offset = u32::try_from(self.strings.len()).expect("a small block");
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
        let length = u32::try_from(value.len()).expect("a small value");
        self.word(3).word(length).word(offset).bytes(value)
    }

    fn words(self, name: &str, words: &[u32]) -> Self {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        self.property(name, &bytes)
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.property(name, format!("{text}\0").as_bytes())
    }

    fn finish(self) -> Vec<u8> {
        let done = self.word(9);
        let structure = 56u32;
        let strings = structure + u32::try_from(done.structure.len()).expect("small");
        let total = strings + u32::try_from(done.strings.len()).expect("small");
        let size = total - strings;
        let header = [
            0xd00d_feed,
            total,
            structure,
            strings,
            40,
            17,
            16,
            0,
            size,
            strings - structure,
            0,
            0,
            0,
            0,
        ];
        let mut blob: Vec<u8> = header.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
        blob.extend(done.structure);
        blob.extend(done.strings);
        blob
    }
}

/// A tree with a bus that moves addresses up by 0x1000_0000.
fn blob() -> Vec<u8> {
    Builder::default()
        .begin("")
        .words("#address-cells", &[2])
        .words("#size-cells", &[2])
        .begin("aliases")
        .text("serial0", "/soc/uart@1000")
        .text("lost", "/nowhere")
        .end()
        .begin("chosen")
        .text("stdout-path", "serial0:115200n8")
        .text("other", "/soc")
        .words("number", &[1])
        .end()
        .begin("soc")
        .words("#address-cells", &[1])
        .words("#size-cells", &[1])
        .words("ranges", &[0, 0, 0x1000_0000, 0x10000])
        .begin("uart@1000")
        .property("compatible", b"arm,pl011\0arm,primecell\0")
        .words("reg", &[0x1000, 0x100, 0x2000, 0x100])
        .words("interrupts", &[0, 1, 4])
        .property("wakeup-source", b"")
        .property("mac", &[1, 2, 0xff])
        .end()
        .begin("UART@2000")
        .property("compatible", b"arm,pl011\0")
        .words("reg", &[0xff80, 0x100])
        .end()
        .end()
        .end()
        .finish()
}

fn span() -> Span {
    let file = SourceMap::default().add(Path::new("a"), String::new);
    Span { file, start: 0, end: 0 }
}

fn make(kind: ValueKind) -> Value {
    Value { kind, span: span() }
}

fn string(text: &str) -> Value {
    make(ValueKind::String(text.to_owned()))
}

fn integer(value: i128) -> Value {
    make(ValueKind::Integer(value))
}

fn dictionary(entries: &[(&str, Value)]) -> Value {
    let key = |text: &str| Key { text: text.to_owned(), span: span() };
    make(ValueKind::Dict(entries.iter().map(|(name, value)| (key(name), value.clone())).collect()))
}

/// The path of the node that a query selects, or its complaint.
fn ask(query: &Value) -> Result<Option<String>, String> {
    let tree = Tree::parse(&blob()).expect("a good blob");
    select(&tree, query)
        .map(|found| found.map(|index| tree.node(index).path.clone()))
        .map_err(|error| error.message)
}

fn path(pattern: &str) -> Result<Option<String>, String> {
    ask(&dictionary(&[("path", string(pattern))]))
}

fn properties(entries: &[(&str, Value)]) -> Result<Option<String>, String> {
    ask(&dictionary(&[("properties", dictionary(entries))]))
}

fn found(path: &str) -> Result<Option<String>, String> {
    Ok(Some(path.to_owned()))
}

#[test]
fn paths_are_searched_for_without_case_and_the_first_wins() {
    assert_eq!(path("/soc/uart@1000"), found("/soc/uart@1000"));
    assert_eq!(path("uart"), found("/soc/uart@1000"));
    assert_eq!(path("/soc/uart@2"), found("/soc/UART@2000"));
    assert_eq!(path("^/SOC$"), found("/soc"));
    assert_eq!(path("/spi"), Ok(None));
    assert_eq!(path("("), Err("`(` is not a regular expression".to_owned()));
    assert_eq!(ask(&dictionary(&[])), Ok(None));
}

#[test]
fn aliases_and_chosen_lead_to_one_node() {
    let query = |key, name| ask(&dictionary(&[(key, string(name))]));
    assert_eq!(query("aliases", "serial0"), found("/soc/uart@1000"));
    assert_eq!(query("chosen", "stdout-path"), found("/soc/uart@1000"));
    assert_eq!(query("chosen", "other"), found("/soc"));
    assert_eq!(
        query("aliases", "lost"),
        Err("alias `lost` is `/nowhere`, which is not in the device tree".to_owned())
    );
    assert_eq!(
        query("aliases", "serial1"),
        Err("`/aliases` of the device tree has no property `serial1`".to_owned())
    );
    assert_eq!(query("chosen", "number"), Err("`number` of `/chosen` is not a path".to_owned()));
}

#[test]
fn properties_are_compared_by_element_or_whole() {
    let uart = || found("/soc/uart@1000");
    let other = || found("/soc/UART@2000");
    let list = |items: &[Value]| make(ValueKind::List(items.to_vec()));
    assert_eq!(properties(&[("compatible", string("arm,pl011"))]), uart());
    assert_eq!(properties(&[("compatible[1]", string("arm,primecell"))]), uart());
    assert_eq!(properties(&[("compatible[*]", list(&[string("arm,pl011")]))]), other());
    assert_eq!(properties(&[("reg[0]", integer(0xff80))]), other());
    assert_eq!(properties(&[("reg[ 0x2 ]", integer(0x2000))]), uart());
    assert_eq!(properties(&[("reg[9]", integer(0))]), Ok(None));
    assert_eq!(properties(&[("wakeup-source", integer(0))]), uart());
    assert_eq!(properties(&[("mac[2]", integer(-1))]), uart());
    assert_eq!(
        properties(&[("compatible", string("arm,pl011")), ("interrupts[1]", integer(7))]),
        Ok(None)
    );
    assert_eq!(properties(&[("reg[x]", integer(0))]), Err("`reg[x]` has a bad index".to_owned()));
    assert_eq!(
        properties(&[("reg[*]", integer(0))]),
        Err("`reg[*]` takes a list, not an integer".to_owned())
    );
}

#[test]
fn a_path_and_properties_must_both_match() {
    let query = dictionary(&[
        ("path", string("/soc/.*@2")),
        ("properties", dictionary(&[("compatible", string("arm,pl011"))])),
    ]);
    assert_eq!(ask(&query), found("/soc/UART@2000"));
}

#[test]
fn unknown_keys_are_refused() {
    assert_eq!(
        ask(&dictionary(&[("paths", string("/a"))])),
        Err("`dtb()` has no key `paths`".to_owned())
    );
}

#[test]
fn reg_is_translated_and_the_rest_kept() {
    let tree = Tree::parse(&blob()).expect("a good blob");
    let index = tree.find("/soc/uart@1000").expect("it is there");
    let value = node_value(&tree, index, span()).expect("a value");
    let text = |name: &str| value.get(name).map(ToString::to_string);
    assert_eq!(text("reg").as_deref(), Some("[268439552, 256, 268443648, 256]"));
    assert_eq!(text("interrupts").as_deref(), Some("[0, 1, 4]"));
    assert_eq!(text("compatible").as_deref(), Some("[\"arm,pl011\", \"arm,primecell\"]"));
    assert_eq!(text("wakeup-source").as_deref(), Some("[]"));
    assert_eq!(text("mac").as_deref(), Some("[1, 2, -1]"));
    assert_eq!(text("this-address-cells").as_deref(), Some("[1]"));
    assert_eq!(text("this-node-path").as_deref(), Some("\"/soc/uart@1000\""));
}

#[test]
fn a_region_that_leaves_its_bus_is_refused() {
    let tree = Tree::parse(&blob()).expect("a good blob");
    let index = tree.find("/soc/UART@2000").expect("it is there");
    assert_eq!(
        node_value(&tree, index, span()).expect_err("it leaves the range"),
        "`reg` of `/soc/UART@2000`: the region 0xff80+0x100 leaves the bus's range 0x0+0x10000"
    );
}

#[test]
fn every_damaged_blob_is_refused_or_read_without_panic() {
    let good = blob();
    for cut in 0..good.len() {
        assert!(Tree::parse(&good[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            if let Ok(tree) = Tree::parse(&bad) {
                for index in tree.below_root() {
                    let _ = node_value(&tree, index, span());
                }
            }
        }
    }
}

#[test]
fn deep_trees_are_refused() {
    let mut builder = Builder::default();
    for _ in 0..100 {
        builder = builder.begin("a");
    }
    assert_eq!(
        Tree::parse(&builder.finish()).expect_err("too deep"),
        "nodes are nested more than 64 deep"
    );
}
