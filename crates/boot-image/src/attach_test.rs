//! A description is attached, and comes out again.

use system_spec::attached::Place;
use system_spec::flat::encode;
use system_spec::model::{Content, Object, ObjectKind, System};
use system_spec::symbols;

use super::*;
use crate::symbols::function_symbols;
use crate::test_support::{Elf, Load, SYMBOL_TABLE, symbol};

const NAMES: &[u8] = b"\0caravan_attached_spec\0_RNvCs1234_7mycrate3foo\0";
const PLACE: u64 = 0x20_1810;

/// A program with a place for a description.
struct Initializer {
    data: Vec<u8>,
    symbols: Vec<u8>,
}

impl Initializer {
    fn new() -> Self {
        let mut data = vec![0; 0x10];
        data.extend(MAGIC.to_le_bytes());
        data.extend([0; 48]);
        let mut symbols = vec![0; 24];
        symbols.extend(symbol(1, 1, PLACE, PLACE_SIZE));
        symbols.extend(symbol(23, 2, 0x20_0040, 16));
        Self { data, symbols }
    }

    fn build(&self) -> Input {
        let load = |flags, virtual_start, data, size| Load {
            flags,
            virtual_start,
            physical: virtual_start,
            data,
            size,
        };
        let elf = Elf {
            kind: 2,
            machine: 183,
            entry: 0x20_0040,
            loads: vec![
                load(5, 0x20_0000, &[0x43; 0x234], 0x234),
                load(6, 0x20_1800, &self.data, 0x3000),
            ],
            sections: vec![
                (".symtab", SYMBOL_TABLE, 0, self.symbols.len() as u64, &self.symbols),
                (".strtab", 3, 0, NAMES.len() as u64, NAMES),
            ],
        };
        elf.build("initializer.elf")
    }
}

fn spec() -> Vec<u8> {
    let objects =
        vec![Object { name: "events".to_owned(), owner: None, kind: ObjectKind::Notification }];
    let contents = vec![Content { name: "file".to_owned(), bytes: vec![7; 5000] }];
    encode(&System { objects, contents, ..System::default() })
}

fn error(change: impl FnOnce(&mut Initializer)) -> String {
    let mut initializer = Initializer::new();
    change(&mut initializer);
    attach_spec(&initializer.build(), &spec()).unwrap_err().to_string()
}

#[test]
fn the_description_is_found_by_its_place() {
    let (file, spec) = (Initializer::new().build(), spec());
    let bytes = attach_spec(&file, &spec).unwrap();
    assert_eq!(bytes, attach_spec(&file, &spec).unwrap(), "the same input gives the same bytes");

    let attached = Input { name: "attached.elf".to_owned(), bytes };
    let program = Program::parse(&attached).unwrap();
    assert_eq!(program.segments.len(), 3);
    let place = &program.segments[1].data[0x10..];
    let words: Vec<u64> = place
        .chunks_exact(8)
        .take(size_of::<Place>() / 8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let [magic, address, size, work, work_size] = words[..] else { panic!() };
    let last = program.segments[2];
    assert_eq!(magic, MAGIC);
    assert_eq!((last.range.start, last.data), (address, spec.as_slice()));
    assert_eq!(address, 0x20_5000);
    assert_eq!(size, spec.len() as u64);
    assert!(work >= address + size && work_size >= work_size_of_one());
    assert_eq!(work + work_size, last.range.end);
    assert_eq!(last.range.end % PAGE, 0);
    assert!(last.writable && !last.executable);
    let offset = last.data.as_ptr().addr() - attached.bytes.as_ptr().addr();
    assert_eq!(offset % 4096, 0);
    // The rest is as it was.
    assert_eq!(program.entry, 0x20_0040);
    assert_eq!(program.segments[0].data, [0x43; 0x234]);
}

fn work_size_of_one() -> u64 {
    system_spec::attached::work_size(1, 0) as u64
}

#[test]
fn unaligned_descriptions_are_attached_as_well() {
    let spec = spec();
    let moved = [&[0; 3], spec.as_slice()].concat();
    let file = Initializer::new().build();
    assert_eq!(attach_spec(&file, &moved[3..]).unwrap(), attach_spec(&file, &spec).unwrap());
}

#[test]
fn says_why_nothing_can_be_attached() {
    assert_eq!(
        error(|initializer| initializer.symbols.truncate(24)),
        "initializer.elf: it has no symbol caravan_attached_spec, expected the initializer, not \
         stripped"
    );
    assert_eq!(
        error(|initializer| initializer.data[0x10 + 7] = 9),
        "initializer.elf: caravan_attached_spec at 0x201810 is of another version, expected an \
         initializer that belongs to this program"
    );
    assert_eq!(
        error(|initializer| initializer.data[0x10 + 8] = 1),
        "initializer.elf: a system is attached to it already"
    );
    let file = Initializer::new().build();
    assert_eq!(
        attach_spec(&file, &[0; 300]).unwrap_err().to_string(),
        "the system that is attached to initializer.elf: starts with [00, 00, 00, 00, 00, 00, 00, \
         00], expected a system's description ([63, 61, 72, 61, 76, 61, 6e, 01])"
    );
    let twice = attach_spec(&file, &spec()).unwrap();
    let twice = Input { name: "twice.elf".to_owned(), bytes: twice };
    assert_eq!(
        attach_spec(&twice, &spec()).unwrap_err().to_string(),
        "twice.elf: a system is attached to it already"
    );
}

#[test]
fn damaged_files_are_refused_or_taken() {
    let (good, spec) = (Initializer::new().build(), spec());
    let mut number = 7_u32;
    for _ in 0..2000 {
        let mut file = good.clone();
        for _ in 0..3 {
            number = number.wrapping_mul(1_103_515_245).wrapping_add(12345);
            let at = (number >> 8) as usize % file.bytes.len();
            file.bytes[at] = number.to_le_bytes()[3];
        }
        match attach_spec(&file, &spec) {
            Ok(bytes) => assert!(bytes.len() > file.bytes.len()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let _ = function_symbols(&file);
    }
}

#[test]
fn functions_are_named_without_hashes() {
    let table = function_symbols(&Initializer::new().build()).unwrap();
    let name = symbols::find(&table, 0x20_0044).map(|symbol| symbol.to_string());
    assert_eq!(name.as_deref(), Some("mycrate::foo+0x4"));
    assert_eq!(symbols::find(&table, PLACE), None, "data is no function");
}
