//! Random changes of seeds.

use super::random::Random;

/// Texts that are likely to reach something: words of the language, edges of number ranges, unfinished things.
const WORDS: &[&str] = &[
    "assembly",
    "attribute",
    "binary_semaphore",
    "Buf",
    "char",
    "component",
    "composition",
    "configuration",
    "connection",
    "connector",
    "consumes",
    "control",
    "dataport",
    "Dataport",
    "Dataports",
    "emits",
    "Event",
    "Events",
    "export",
    "False",
    "from",
    "group",
    "hardware",
    "has",
    "import",
    "in",
    "include",
    "inout",
    "int",
    "integer",
    "int64_t",
    "maybe",
    "mutex",
    "out",
    "procedure",
    "Procedure",
    "Procedures",
    "provides",
    "refin",
    "semaphore",
    "schedule",
    "signed",
    "struct",
    "string",
    "ticks",
    "thread",
    "threads",
    "True",
    "to",
    "uint64_t",
    "unsigned",
    "us",
    "uses",
    "void",
    "with",
    "dtb",
    "gpio",
    "seL4RPCCall",
    "seL4DTBHardware",
    "seL4SharedData",
    "->",
    "<-",
    "<<",
    ">>",
    "**",
    "||",
    "&&",
    "==",
    "!=",
    "<=",
    ">=",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "[]",
    ";",
    ",",
    ".",
    "..",
    ":",
    "=",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "~",
    "&",
    "|",
    "^",
    "\"",
    "\"\"",
    "<",
    ">",
    "/*",
    "*/",
    "//",
    "#",
    "# 1 \"x\"",
    "#line 4294967296 \"\"",
    "\n",
    "\0",
    "\u{feff}",
    "\u{1f600}",
    "é",
    "0",
    "1",
    "-1",
    "0x",
    "0xffffffffffffffff",
    "18446744073709551616",
    "170141183460469231731687303715884105728",
    "1.5",
    "1.",
    "1e999",
    "0 / 0",
    "1 % 0",
    "1 << 200",
    "2 ** 100000",
    "-1 ** -1",
    "{\"path\": \"(\"}",
    "{\"path\": \"(a{999}){999}\"}",
    "dtb([{}])[\"query\"]",
];

/// Changes bytes: the result need not be text.
pub fn bytes(random: &mut Random, seeds: &[String]) -> Vec<u8> {
    let mut text = random.pick(seeds).clone().into_bytes();
    // A small input shows most mistakes as well as a large one does, and faster.
    if random.one_in(2) {
        let range = random.range(text.len(), 400);
        text = text[range].to_vec();
    }
    for _ in 0..=random.below(8) {
        match random.below(8) {
            0 if !text.is_empty() => {
                let at = random.below(text.len());
                text[at] = random.byte();
            }
            1 => {
                let range = random.range(text.len(), 64);
                text.drain(range);
            }
            2 => {
                let range = random.range(text.len(), 64);
                let copy = text[range].to_vec();
                insert(random, &mut text, &copy);
            }
            3 => {
                let other = random.pick(seeds).as_bytes();
                let range = random.range(other.len(), 128);
                insert(random, &mut text, &other[range]);
            }
            4 => {
                let length = random.below(text.len() + 1);
                text.truncate(length);
            }
            5 => {
                let deep = random.choose(&[
                    "(",
                    "[",
                    "{",
                    "-",
                    "!",
                    "{\"a\":",
                    "component a {",
                    "1?",
                    "((",
                    "~-",
                ]);
                let deep = deep.repeat(1 + random.below(5000));
                insert(random, &mut text, deep.as_bytes());
            }
            _ => {
                let word = random.choose(WORDS).as_bytes();
                insert(random, &mut text, word);
            }
        }
    }
    text
}

fn insert(random: &mut Random, text: &mut Vec<u8>, what: &[u8]) {
    let at = random.below(text.len() + 1);
    text.splice(at..at, what.iter().copied());
}

/// Changes whole tokens, so that many results can still be read and the mistake is in what they mean.
pub fn tokens(random: &mut Random, seeds: &[String]) -> String {
    let seed: &String = random.pick(seeds);
    let mut tokens = split(seed);
    let other: &String = random.pick(seeds);
    let others = split(other);
    for _ in 0..=random.below(4) {
        let range = random.range(tokens.len(), 3);
        match random.below(6) {
            0 => drop(tokens.drain(range)),
            1 => {
                let copy = tokens[range].to_vec();
                let at = random.below(tokens.len() + 1);
                tokens.splice(at..at, copy);
            }
            2 if !others.is_empty() && !range.is_empty() => {
                tokens[range.start] = random.choose(&others)
            }
            3 if tokens.len() > 1 => {
                let (a, b) = (random.below(tokens.len()), random.below(tokens.len()));
                tokens.swap(a, b);
            }
            // A name for another name: references to the wrong kind of thing, doubled names, cycles.
            4 => {
                let names = |token: &&&str| token.starts_with(|c: char| c.is_ascii_alphabetic());
                let names: Vec<_> = tokens.iter().filter(names).copied().collect();
                if let Some(at) = (0..8)
                    .map(|_| random.below(tokens.len()))
                    .find(|&at| names.contains(&tokens[at]))
                {
                    tokens[at] = random.choose(&names);
                }
            }
            _ if !range.is_empty() => tokens[range.start] = random.choose(WORDS),
            _ => {}
        }
    }
    tokens.join(" ")
}

/// Words, numbers, strings, and everything else character by character.
fn split(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if token != " " && !token.starts_with("//") {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// Changes a device tree blob: bytes, or whole big-endian words, such as lengths and offsets.
pub fn blob(random: &mut Random, trees: &[Vec<u8>]) -> Vec<u8> {
    let mut blob = random.pick(trees).clone();
    for _ in 0..=random.below(6) {
        match random.below(6) {
            0 => {
                let length = random.below(blob.len() + 1);
                blob.truncate(length);
            }
            1 if !blob.is_empty() => {
                let at = random.below(blob.len());
                blob[at] = random.byte();
            }
            2 => {
                let range = random.range(blob.len(), 16);
                blob.drain(range);
            }
            _ if blob.len() >= 4 => {
                // Half of the changes in the header, which everything else is found by.
                let end = if random.one_in(2) { blob.len().min(40) } else { blob.len() };
                let at = random.below(end / 4) * 4;
                let word = match random.below(5) {
                    0 => 0,
                    1 => u32::MAX,
                    2 => 1 + u32::from(random.byte() % 9),
                    3 => u32::from(random.byte()) << 2,
                    _ => u32::from_be_bytes(
                        random.next().to_be_bytes()[..4].try_into().expect("four bytes"),
                    ),
                };
                blob[at..at + 4].copy_from_slice(&word.to_be_bytes());
            }
            _ => {}
        }
    }
    blob
}

/// A seed with line markers as the preprocessor writes them, and such as it never would.
pub fn markers(random: &mut Random, seeds: &[String]) -> String {
    let seed: &String = random.pick(seeds);
    let mut text = String::new();
    for line in seed.lines() {
        if random.one_in(4) {
            let number =
                random.choose(&["0", "1", "7", "-1", "4294967296", "99999999999999999999", ""]);
            let file = random.choose(&[
                "input.camkes",
                "other.h",
                "<built-in>",
                "",
                "a\\\"b",
                "/",
                "\\",
                "\u{e9}",
            ]);
            let flags = random.choose(&["", " 1", " 2", " 1 3 4", " 9", " x"]);
            let quote = random.choose(&["\"", "\"", "\"", ""]);
            let word = random.choose(&["#", "#line", "# ", "#pragma", "  #"]);
            text.push_str(&format!("{word} {number} {quote}{file}{quote}{flags}\n"));
        }
        text.push_str(line);
        text.push_str(random.choose(&["\n", "\n", "\n", "\r\n", "\\\n", ""]));
    }
    text
}

/// A list of pins, or something that only begins like one.
pub fn yaml(random: &mut Random) -> String {
    let parts = [
        "- ",
        "X",
        ": ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "&a ",
        "*a",
        "!!binary ",
        "|\n",
        ">\n",
        "? ",
        "---\n",
        "...\n",
        "%YAML 9.9\n",
        "<<: *a",
        "0x",
        "1e999",
        "~",
        "#",
        ",",
        "\t",
        "\0",
        "\u{feff}",
        "pins",
        "[*a, *a, *a]",
    ];
    let mut text = String::from(random.choose(&[
        "X: 1\nY: 2\n",
        "- name: X\n  pin: 1\n- name: Y\n  pin: 2\n",
        "",
    ]));
    for _ in 0..random.below(12) {
        let part = random.choose(&parts);
        let times = if random.one_in(6) { random.below(3000) } else { 1 };
        text.push_str(&part.repeat(times));
    }
    text
}
