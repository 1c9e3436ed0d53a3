//! Random assemblies, made from the grammar: small sets of names, so that most references meet something.

use std::fmt::Write as _;

use super::random::Random;

const NAMES: &[&str] = &["a", "b", "c", "d"];
const CONNECTORS: &[&str] = &[
    "seL4RPCCall",
    "seL4Notification",
    "seL4SharedData",
    "seL4HardwareMMIO",
    "seL4DTBHardware",
    "Own",
    "b",
];

/// An assembly with components, perhaps inside each other, connections, exports and settings.
pub fn assembly(random: &mut Random) -> String {
    let mut text = String::from("import <std_connector.camkes>;\n");
    text.push_str("procedure P { int m(in string s, out int r[]); }\nprocedure Q { }\n");
    text.push_str(
        "connector Own { from Procedures; to Procedures with 0 threads; attribute int k = 1; }\n",
    );
    for name in ["a", "b", "c"].iter().filter(|_| !random.one_in(8)).collect::<Vec<_>>() {
        let _ = writeln!(text, "component {name} {{");
        let mut interfaces = 0;
        while interfaces < 6 && !random.one_in(4) {
            interface(random, &mut text);
            interfaces += 1;
        }
        if random.one_in(2) {
            composition(random, &mut text);
            if random.one_in(2) {
                configuration(random, &mut text);
            }
        }
        text.push_str("}\n");
    }
    for _ in 0..=random.below(2) {
        text.push_str("assembly {\n");
        composition(random, &mut text);
        configuration(random, &mut text);
        if random.one_in(4) {
            let _ = writeln!(
                text,
                "schedule {{ [({}, 2 us), (0, {})] }}",
                number(random),
                number(random)
            );
        }
        text.push_str("}\n");
    }
    text
}

fn name(random: &mut Random) -> &'static str {
    random.choose(NAMES)
}

fn interface(random: &mut Random, text: &mut String) {
    let name = name(random);
    let value = value(random, 2);
    let _ = match random.below(12) {
        0 => writeln!(text, "uses P {name};"),
        1 => writeln!(text, "provides P {name};"),
        2 => writeln!(text, "maybe uses Q {name};"),
        3 => writeln!(text, "emits E {name};"),
        4 => writeln!(text, "consumes E {name};"),
        5 => writeln!(text, "dataport Buf({}) {name};", number(random)),
        6 => writeln!(text, "dataport Buf {name};"),
        7 => writeln!(text, "has mutex {name};"),
        8 => writeln!(text, "{}", if random.one_in(2) { "control;" } else { "hardware;" }),
        9 => writeln!(text, "attribute int {name} = {value};"),
        10 => writeln!(text, "attribute {{ int a; string b = {value}; }} {name}[] = [{value}];"),
        _ => writeln!(text, "attribute string {name}[];"),
    };
}

fn composition(random: &mut Random, text: &mut String) {
    text.push_str("composition {\n");
    for _ in 0..random.below(4) {
        let _ = writeln!(text, "component {} {};", name(random), name(random));
    }
    for number in 0..random.below(5) {
        let connector = random.choose(CONNECTORS);
        let mut ends = String::new();
        for _ in 0..=random.below(3) {
            let side = if random.one_in(2) { "from" } else { "to" };
            let end = if random.one_in(5) {
                name(random).into()
            } else {
                format!("{}.{}", name(random), name(random))
            };
            let _ = write!(ends, "{side} {end}, ");
        }
        let _ = writeln!(text, "connection {connector} c{number}({ends});");
    }
    if random.one_in(3) {
        let _ = writeln!(text, "export {}.{} -> {};", name(random), name(random), name(random));
    }
    text.push_str("}\n");
}

fn configuration(random: &mut Random, text: &mut String) {
    text.push_str("configuration {\n");
    for _ in 0..random.below(5) {
        let target = if random.one_in(4) { "c0" } else { name(random) };
        let key = if random.one_in(3) { "_priority" } else { name(random) };
        let _ = if random.one_in(4) {
            let outer = if random.one_in(2) { format!("{}.", name(random)) } else { String::new() };
            writeln!(text, "{target}.{key} <- {outer}{};", name(random))
        } else {
            writeln!(text, "{target}.{key} = {};", value(random, 3))
        };
    }
    text.push_str("}\n");
}

fn number(random: &mut Random) -> String {
    match random.below(6) {
        0 => "0".into(),
        1 => "0xffffffffffffffff".into(),
        2 => random.next().to_string(),
        3 => format!("{}", u128::from(random.next()) << 64),
        _ => random.below(300).to_string(),
    }
}

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.one_in(3) {
        return number(random);
    }
    let (left, right) = (expression(random, depth - 1), expression(random, depth - 1));
    let operators =
        ["+", "-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^", "&&", "||", "==", "<", ">="];
    match random.below(6) {
        0 => format!("({left})"),
        1 => format!("-{left}"),
        2 => format!("~!{left}"),
        3 => format!("{left} ? {right} : {left}"),
        _ => format!("{left} {} {right}", random.choose(&operators)),
    }
}

fn value(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 3 } else { 6 }) {
        0 => expression(random, depth + 1),
        1 => random.choose(&["\"\"", "\"text\"", "\"a\" \"b\"", "true", "False"]).to_owned(),
        2 => query(random),
        3 => format!("[{}, {}]", value(random, depth - 1), value(random, depth - 1)),
        4 => {
            format!("{{\"a\": {}, \"b\": {}}}", value(random, depth - 1), value(random, depth - 1))
        }
        _ => "[]".into(),
    }
}

fn query(random: &mut Random) -> String {
    let paths = [
        "/pl011@9000000",
        "pl0.1",
        ".*",
        "^/$",
        "",
        "(",
        "[",
        "a{1,1000}{1,1000}",
        "(.*)*x",
        "\\\\p{Greek}",
        "VIRTIO",
        "/soc",
        "serial0",
        "(?i)intc",
        "$",
        "\u{e9}",
    ];
    let properties = [
        "compatible",
        "compatible[0]",
        "compatible[99]",
        "compatible[*]",
        "compatible[-1]",
        "compatible[",
        "reg",
        "reg[0]",
        "reg[*]",
        "interrupts[1]",
        "#address-cells",
        "nothing",
        "",
        "[0]",
        "compatible[18446744073709551616]",
    ];
    let values = [
        "\"arm,pl011\"",
        "[\"arm,pl031\", \"arm,primecell\"]",
        "2",
        "0x9000000",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "[9, \"mixed\"]",
        "0xffffffffffffffffffff",
    ];
    let part = match random.below(6) {
        0 => format!("{{\"path\": \"{}\"}}", random.choose(&paths)),
        1 => format!(
            "{{\"properties\": {{\"{}\": {}}}}}",
            random.choose(&properties),
            random.choose(&values)
        ),
        2 => format!(
            "{{\"chosen\": \"{}\"}}",
            random.choose(&["stdout-path", "nothing", "", "(", "bootargs"])
        ),
        3 => format!("{{\"aliases\": \"{}\"}}", random.choose(&["serial0", "nothing", "", ".*"])),
        4 => "{}".into(),
        _ => format!(
            "{{\"path\": {}, \"unknown\": {}}}",
            random.choose(&values),
            random.choose(&values)
        ),
    };
    let lookup = random.choose(&[
        "",
        "[\"reg\"]",
        "[\"compatible\"][0]",
        "[\"reg\"][99999999999999999999]",
        "[\"reg\"][\"x\"][-1]",
        "[\"x\"]",
        "[7]",
    ]);
    match random.below(5) {
        0 => format!("dtb(){lookup}"),
        1 => format!("dtb({part}){lookup}"),
        2 => format!("dtb([{part}, {part}]){lookup}"),
        3 => "gpio({\"pins\": [\"a\", \"b\"]})".into(),
        _ => format!("dtb([{part}]){lookup}"),
    }
}

/// An assembly whose settings are queries.
pub fn query_assembly(random: &mut Random) -> String {
    let mut text = String::from("component C { control; attribute int n; attribute string s; }\n");
    text.push_str("assembly {\n composition { component C c; component C d; }\n configuration {\n");
    for key in ["n", "s", "dtb", "other"] {
        let _ = writeln!(text, "{}.{key} = {};", random.choose(&["c", "d"]), query(random));
    }
    text.push_str(" }\n}\n");
    text
}
