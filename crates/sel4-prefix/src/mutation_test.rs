//! Damaged files: whatever happens to one, its reader gives a value or an error that names the
//! file, and soon. Every run tries the same files.

use std::fmt::Display;

use sel4_idl::bitfields::{self, Bitfields};
use sel4_idl::interfaces::{self, Interfaces};
use sel4_idl::syscalls::{self, Syscalls};

use crate::device_tree::{read_machine, test::machine};
use crate::prefix::parse_config;
use crate::{KernelConfig, Platform, Regions};

const FILE: &str = "damaged";

/// Pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }

    /// A short stretch of `bytes`.
    fn stretch(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len());
        let end = start + self.below(40);
        start..end.min(bytes.len())
    }

    /// Damages `bytes` in one to four places.
    fn damage(&mut self, bytes: &mut Vec<u8>, special: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.stretch(bytes);
            match self.below(7) {
                0 => bytes.truncate(at.start.max(1)),
                1 => drop(bytes.drain(at)),
                2 => bytes.extend_from_within(at),
                3 => {
                    let copy = bytes[at].to_vec();
                    let target = self.below(bytes.len());
                    bytes.splice(target..target, copy);
                }
                4 if at.start < bytes.len() => bytes[at.start] ^= 1 << self.below(8),
                _ => {
                    let byte = special[self.below(special.len())];
                    bytes.splice(at.start..(at.start + 1).min(bytes.len()), [byte]);
                }
            }
        }
    }
}

/// Reads `rounds` damaged copies of `good`; some must be refused, with the file's name first.
fn try_damaged<T, E: Display>(
    good: &[u8], rounds: usize, special: &[u8], read: impl Fn(&[u8]) -> Result<T, E>,
) {
    if let Err(error) = read(good) {
        panic!("the undamaged file is refused: {error}");
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for _ in 0..rounds {
        let mut bytes = good.to_vec();
        random.damage(&mut bytes, special);
        if let Err(error) = read(&bytes) {
            refused += 1;
            let error = error.to_string();
            assert!(error.starts_with(FILE), "{error}");
        }
    }
    assert!((rounds / 10..rounds).contains(&refused), "{refused} of {rounds} were refused");
}

fn text<T>(read: impl Fn(&str) -> T) -> impl Fn(&[u8]) -> T {
    move |bytes| read(&String::from_utf8_lossy(bytes))
}

fn own(name: &str) -> &'static str {
    let mut files = sel4_abi::interfaces::FILES.iter();
    files.find(|(file, _)| *file == name).expect(name).1
}

const XML: &[u8] = b"<>&;\"'=/!?- \n\0ax";

#[test]
fn interfaces() {
    for name in interfaces::FILES {
        let read = text(|text| Interfaces::parse(FILE, text));
        try_damaged(own(name).as_bytes(), 300, XML, read);
    }
}

#[test]
fn system_calls() {
    let read = text(|text| Syscalls::parse(FILE, text));
    try_damaged(own(syscalls::FILE).as_bytes(), 2000, XML, read);
}

#[test]
fn packed_structures() {
    for name in bitfields::FILES {
        let read = text(|text| Bitfields::parse(FILE, text));
        try_damaged(own(name).as_bytes(), 2000, b"{}()-#09 \n\0a", read);
    }
}

#[test]
fn configurations() {
    let config = KernelConfig::default();
    for json in [config.kernel_json(), config.libsel4_json()] {
        let read = text(|text| {
            let options = parse_config(FILE.as_ref(), text)?;
            // What is valid JSON may still lack options or have numbers that don't fit.
            if options.text("PLAT").is_some() {
                let _ = KernelConfig::from_options(FILE, &options)?;
            }
            Ok::<_, crate::Error>(())
        });
        try_damaged(json.as_bytes(), 2000, b"{}[]\",:\\0 \n\0tx", read);
    }
}

#[test]
fn memory_maps() {
    let platform = Platform::built_in("qemu-arm-virt").unwrap();
    let json = platform.regions(&KernelConfig::default()).unwrap().to_json();
    let read = text(|text| Regions::from_json(FILE, text));
    try_damaged(json.as_bytes(), 2000, b"{}[]\",:-.e9 \n\0", read);
}

#[test]
fn device_trees() {
    let platform =
        Platform { name: FILE.to_owned(), ..Platform::built_in("qemu-arm-virt").unwrap() };
    let config = KernelConfig::default();
    let read = |blob: &[u8]| match read_machine(blob, &platform, &config) {
        Err(error) => {
            // "device tree of P" or, where the tree is good and its memory isn't, "platform P".
            let error = error.to_string();
            let named = error.trim_start_matches("device tree of ").trim_start_matches("platform ");
            Err(named.to_owned())
        }
        Ok(machine) => Ok(machine),
    };
    let special = [0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff];
    try_damaged(&machine(0x800_0000, 0x8000_0000), 4000, &special, read);
}

/// Each of these would overflow the stack of a reader that recurses without a limit.
#[test]
fn deep_nesting() {
    const DEPTH: usize = 200_000;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(DEPTH), close.repeat(DEPTH));
    let refused = |error: String| assert!(error.starts_with(FILE), "{error}");

    let group = format!(
        "<syscalls><debug><config><condition>{}</condition></config></debug></syscalls>",
        nested("<not>", "</not>")
    );
    assert_eq!(
        Syscalls::parse(FILE, &group).unwrap_err().to_string(),
        "damaged:1: found a condition that is nested more than 32 deep, expected fewer levels"
    );
    let root = nested("<api>", "</api>");
    refused(Interfaces::parse(FILE, &root).unwrap_err().to_string());
    let list = nested("[", "]");
    refused(Regions::from_json(FILE, &list).unwrap_err().to_string());
    let value = format!("{{\"PLAT\": {list}}}");
    let error = parse_config(FILE.as_ref(), &value).unwrap_err();
    refused(error.to_string());
}
