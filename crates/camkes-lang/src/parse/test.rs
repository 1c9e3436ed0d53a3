use std::path::Path;

use super::*;
use crate::ast::{ComponentItem, CompositionItem, SettingValue, Type};
use crate::preprocess::Preprocessed;
use crate::source::{SourceMap, offset};

fn parse_text(text: &str) -> (Vec<Item>, Vec<String>) {
    let mut sources = SourceMap::default();
    let main = sources.add(Path::new("a.camkes"), || text.to_owned());
    let input = Preprocessed {
        text: text.to_owned(),
        origins: (0..text.split('\n').count()).map(|line| Some((main, line))).collect(),
        files: Vec::new(),
    };
    let tokens = crate::tokens::map(&input, main, &mut sources);
    let end = Span { file: main, start: offset(text.len()), end: offset(text.len()) };
    let (items, diagnostics) = parse(&tokens, end);
    let messages = diagnostics.iter().map(|diagnostic| diagnostic.summary(&sources)).collect();
    (items, messages)
}

fn good(text: &str) -> Vec<Item> {
    let (items, messages) = parse_text(text);
    assert_eq!(messages, [""; 0], "{text}");
    items
}

#[test]
fn every_kind_of_declaration_parses() {
    let items = good(
        r#"
        import <std_connector.camkes>; import "a" "b";;
        struct pair { int a; string b[] = ["x" "y",]; }
        procedure P {
            include <stdint.h>;
            void nothing(void);
            unsigned long_name(in int a, out uint64_t b[], inout struct s c, refin string d, char e,);
        }
        connector C { from hardware Events with 0 threads; to Procedure with 1 thread; attribute bool x = true; }
        component Inner {
            control; hardware;
            maybe uses P p; provides P q; emits E e; maybe consumes E f;
            dataport Buf(4096 * 2) d; maybe dataport Buf g; dataport frame_t h;
            has mutex m; has semaphore s; has binary_semaphore b;
            attribute { int a = 1; { int c; } b[]; } nested = {"a": 2};
            composition { component { control; } in_place; export in_place.x -> y; }
            configuration { in_place.a <- z.b["k"][1]; }
        }
        assembly name {
            composition c { component Inner i; connection C x(from i.e, to i.q, ); group g { component Inner j; } }
            configuration { i.a = dtb([{"path": "/a"}, {}])["reg"][0+0]; i.b = gpio(); i.c = 1 ? 2 : 3; }
            schedule { [(0, 10), (1, 5 us),] }
            composition other; configuration more;
        }
        "#,
    );
    assert_eq!(items.len(), 7);
}

#[test]
fn statements_keep_their_parts() {
    let items = good("component A { attribute { int a; } s[] = []; dataport Buf(8) d; }");
    let [Item::Component(component)] = items.as_slice() else {
        panic!("{items:?}");
    };
    let [ComponentItem::Attribute(attribute), ComponentItem::Interface(interface)] =
        component.items.as_slice()
    else {
        panic!("{component:?}");
    };
    assert!(attribute.array && matches!(attribute.ty, Type::Struct(_)));
    assert_eq!(interface.size, Some(8));
}

#[test]
fn a_setting_is_a_value_a_query_or_a_reference() {
    let items = good("configuration { a.b = \"x\n\" \"y\"; a.c = dtb({}); a.d <- e.f; }");
    let [Item::Configuration(configuration)] = items.as_slice() else {
        panic!("{items:?}");
    };
    let [a, b, c] = configuration.settings.as_slice() else {
        panic!("{configuration:?}");
    };
    assert!(matches!(&a.value, SettingValue::Value(value) if value.as_str() == Some("x\ny")));
    assert!(matches!(&b.value, SettingValue::Query(query) if query.arguments.len() == 1));
    assert!(matches!(&c.value, SettingValue::Reference(r) if r.path.text() == "e.f"));
}

#[test]
fn several_mistakes_are_found_in_one_run() {
    let (items, messages) = parse_text(
        "component A { contrl; uses P p; provides Q }\n\
         component B { attribute int x = ; control; }\n\
         assembly { composition { component A a component B b; connection C c(from a.p to b.q); } }\n",
    );
    assert_eq!(
        messages,
        [
            "a.camkes:1:15: error: expected a component statement, found `contrl` [syntax]",
            "a.camkes:1:44: error: expected a name or `.`, found `}` [syntax]",
            "a.camkes:2:33: error: expected a value, found `;` [syntax]",
            "a.camkes:3:38: error: expected `;` after `a` [syntax]",
            "a.camkes:3:79: error: expected `)`, `,` or `.`, found `to` [syntax]",
        ]
    );
    let [_, _, Item::Assembly(assembly)] = items.as_slice() else {
        panic!("{items:?}");
    };
    let crate::ast::AssemblyItem::Composition(crate::ast::Use::Inline(composition)) =
        &assembly.items[0]
    else {
        panic!("{assembly:?}");
    };
    assert!(matches!(
        composition.items.as_slice(),
        [CompositionItem::Instance(instance)] if instance.name.text == "b"
    ));
}

#[test]
fn a_missing_brace_does_not_hide_what_follows() {
    let (items, messages) = parse_text("component A { control;\ncomponent B { control; }\n");
    assert_eq!(items.len(), 2);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("a.camkes:2:1: error: expected"), "{messages:?}");
}

#[test]
fn nesting_up_to_the_limit_is_taken() {
    let nest = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    good(&format!("configuration {{ a.b = {}; }}", nest("(", "1", ")", 60)));
    good(&format!("configuration {{ a.b = {}; }}", nest("[", "1", "]", 60)));
    good(&format!("configuration {{ a.b = {}; }}", nest("1 ? ", "1", " : 1", 60)));
    good(&format!("component A {{ attribute {}; }}", nest("{ ", "int a", "; } b", 60)));
    good(&format!(
        "component A {{ {} }}",
        nest("composition { component { ", "control;", " } a; }", 30)
    ));
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!("configuration {{ a.b = {}1{}; }}", "(".repeat(5000), ")".repeat(5000)),
        format!("configuration {{ a.b = {}; }}", "[".repeat(100_000)),
        format!("configuration {{ a.b = {}1; }}", "1 ? ".repeat(100_000)),
        "component { composition {".repeat(50_000),
    ] {
        let (_, messages) = parse_text(&text);
        assert!(messages[0].contains("nested more than 64 deep"), "{messages:?}");
    }
    let many =
        format!("configuration {{ a.b = {}1 {}; }}", "- ".repeat(50_000), "+ 1".repeat(50_000));
    good(&many);
}

#[test]
fn a_lost_quote_is_found() {
    let (_, messages) = parse_text("configuration { a.b = \"x;\n a.c = \"y\"; }");
    assert_eq!(
        messages,
        [
            "a.camkes:2:9: error: expected a string or `;`, found `y` [syntax]",
            "a.camkes:2:14: error: expected a setting or `}`, found the end of the file [syntax]",
        ]
    );
}
