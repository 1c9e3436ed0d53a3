use super::*;

const TEXT: &str = r#"<?xml version="1.0" ?>
<api name="Test">
    <struct name="seL4_Pair"><member name="a"/><member name="b"/></struct>
    <interface name="seL4_Thing">
        <method id="ThingSet" name="Set">
            <condition><not><config var="CONFIG_KERNEL_MCS"/></not></condition>
            <brief>
                Set
                it.
            </brief>
            <param dir="in" name="value" type="seL4_Word" description="What to set."/>
            <param dir="out" name="old" type="seL4_Pair"/>
            <error name="seL4_RangeError"/>
        </method>
        <method id="ThingSet" name="Set">
            <condition><config var="CONFIG_KERNEL_MCS"/></condition>
        </method>
        <method id="ThingTrace" name="Trace">
            <condition><and><config var="CONFIG_A"/><or><config var="CONFIG_B"/><config var="CONFIG_C"/></or></and></condition>
        </method>
        <method id="ThingClear" name="Clear"/>
    </interface>
</api>"#;

fn parse(text: &str) -> Result<Interfaces> {
    Interfaces::parse("object-api.xml", text)
}

fn error(text: &str) -> String {
    parse(text).map_or_else(|error| error.to_string(), |_| String::from("no error"))
}

#[test]
fn reads_structs_methods_and_parameters() {
    let all = parse(TEXT).unwrap();
    assert_eq!(all.structs[0].members, ["a", "b"]);
    let method = &all.interfaces[0].methods[0];
    assert_eq!((method.id.as_str(), method.name.as_str()), ("ThingSet", "Set"));
    assert_eq!(method.brief, "Set it.");
    let input: Vec<_> = method.params(Direction::In).collect();
    assert_eq!(input.len(), 1);
    assert_eq!(input[0].ty, "seL4_Word");
    assert_eq!(input[0].description, "What to set.");
    assert_eq!(method.params(Direction::Out).next().unwrap().name, "old");
}

#[test]
fn labels_count_enabled_methods_only() {
    let all = parse(TEXT).unwrap();
    let labels = |names: &[&str]| {
        let config = Config::with_enabled(names.iter().copied());
        all.labels(&config).unwrap().join(" ")
    };
    assert_eq!(labels(&[]), "InvalidInvocation ThingSet ThingClear");
    assert_eq!(labels(&["KERNEL_MCS"]), "InvalidInvocation ThingSet ThingClear");
    assert_eq!(labels(&["A"]), "InvalidInvocation ThingSet ThingClear");
    assert_eq!(labels(&["A", "C"]), "InvalidInvocation ThingSet ThingTrace ThingClear");
}

#[test]
fn an_id_counts_once() {
    let text = TEXT.replace(
        "<not><config var=\"CONFIG_KERNEL_MCS\"/></not>",
        "<config var=\"CONFIG_KERNEL_MCS\"/>",
    );
    let all = parse(&text).unwrap();
    let config = Config::with_enabled(["KERNEL_MCS"]);
    assert_eq!(
        all.labels(&config).unwrap_err().to_string(),
        "the method \"ThingSet\" is defined twice for this configuration, expected once"
    );
}

#[test]
fn errors_name_place_and_expectation() {
    assert_eq!(
        error("<syscalls/>"),
        "object-api.xml:1: found <syscalls>, expected <api> as the root of an interface file"
    );
    assert_eq!(
        error("<api>\n <method/>\n</api>"),
        "object-api.xml:2: found <method>, expected <struct> or <interface>"
    );
    assert_eq!(
        error("<api><interface/></api>"),
        "object-api.xml:1: <interface> has no attribute \"name\""
    );
    assert_eq!(
        error(&TEXT.replace("dir=\"out\"", "dir=\"up\"")),
        "object-api.xml:12: found the direction \"up\", expected \"in\" or \"out\""
    );
    assert_eq!(
        error(&TEXT.replace("CONFIG_A", "A")),
        "object-api.xml:19: found the option \"A\", expected a name that starts with CONFIG_"
    );
    assert_eq!(
        error(&TEXT.replace("<not>", "<not><config var=\"CONFIG_X\"/>")),
        "object-api.xml:6: found 2 conditions in <not>, expected exactly one"
    );
    assert!(error("<api>").starts_with("object-api.xml: not well-formed XML: "));
}

#[test]
fn cut_off_files_are_errors() {
    for length in 0..TEXT.len() {
        assert!(parse(&TEXT[..length]).is_err(), "cut off at {length}");
    }
}
