use std::path::Path;

use super::*;
use crate::model::{End, Origin};
use crate::options::LoadOptions;
use crate::preprocess::Preprocessed;
use crate::source::{SourceMap, offset};
use crate::value::Value;

/// Declarations for most of the tests.
const PRELUDE: &str = "procedure P { int f(in int a); } procedure Q { void g(); }
connector RPC { from Procedures; to Procedure; attribute int size = 1; }
connector Signal { from Events; to Events; }
connector Memory { from Dataports; to Dataports; }
";

fn resolve_text(text: &str) -> (Option<Model>, Vec<String>) {
    let mut sources = SourceMap::default();
    let main = sources.add(Path::new("a.camkes"), || text.to_owned());
    let input = Preprocessed {
        text: text.to_owned(),
        origins: (0..text.split('\n').count()).map(|line| Some((main, line))).collect(),
        files: Vec::new(),
    };
    let tokens = crate::tokens::map(&input, main, &mut sources);
    let end = Span { file: main, start: offset(text.len()), end: offset(text.len()) };
    let (items, mut diagnostics) = crate::parse::parse(&tokens, end);
    let options = LoadOptions::default();
    let model = resolve(&items, &mut Queries::new(&options), &mut diagnostics);
    let messages = diagnostics
        .iter()
        .map(|diagnostic| {
            let mut text = diagnostic.message.clone();
            for help in &diagnostic.help {
                text = format!("{text}; {help}");
            }
            text
        })
        .collect();
    (model, messages)
}

/// The model of a text without mistakes, the prelude before it.
fn good(text: &str) -> Model {
    let (model, messages) = resolve_text(&format!("{PRELUDE}{text}"));
    assert_eq!(messages, [""; 0], "{text}");
    model.expect("a model")
}

/// The messages of a text with mistakes, the prelude before it.
fn bad(text: &str) -> Vec<String> {
    resolve_text(&format!("{PRELUDE}{text}")).1
}

fn names(model: &Model, ends: &[End]) -> Vec<String> {
    ends.iter().map(|end| model.end_name(end)).collect()
}

fn value(model: &Model, instance: &str, attribute: &str) -> Option<String> {
    let id = model.instance_named(instance).expect("the instance");
    model[id].value(attribute).map(ToString::to_string)
}

#[test]
fn assemblies_are_merged() {
    let model = good(
        "component A { attribute int x; }
         composition inner { component A b; }
         configuration set { b.x = 2; }
         assembly { composition { component A a; } configuration { a.x = 1; } schedule { [(0, 3), (1, 5 us)] } }
         assembly { composition inner; configuration set; }",
    );
    let instances: Vec<&str> = model.instances.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(instances, ["a", "b"]);
    assert_eq!(value(&model, "b", "x").as_deref(), Some("2"));
    assert_eq!(model.schedule.expect("a schedule").slices.len(), 2);
}

#[test]
fn connections_that_share_an_end_are_one() {
    let model = good(
        "component A { uses P p; } component B { provides P p; dataport Buf d; }
         assembly { composition {
             component A a1; component A a2; component B b; component B c;
             connection RPC z(from a1.p, to b.p);
             connection Memory m(from b.d, to c.d);
             connection RPC y(from a2.p, to b.p);
         } configuration { z.size = 4; } }",
    );
    assert_eq!(model.connections.len(), 2);
    let merged = &model.connections[0];
    assert_eq!(merged.name, "y.z");
    assert_eq!(names(&model, &merged.from), ["a1.p", "a2.p"]);
    assert_eq!(names(&model, &merged.to), ["b.p"]);
    assert_eq!(merged.settings["size"].value.as_integer(), Some(4));
    assert_eq!(merged.parts.len(), 2);
}

#[test]
fn the_hierarchy_is_flat() {
    let model = good(
        "component Leaf { provides P p; attribute int x = 7; }
         component Middle {
             provides P q; emits E e; consumes E f; attribute int own = 3;
             composition {
                 component Leaf leaf; export leaf.p -> q;
                 connection Signal inner(from e, to f);
             }
             configuration { leaf.x <- own; e.key = 5; inner.size = 6; }
         }
         component Outer { provides P r; composition { component Middle m; export m.q -> r; } }
         component User { uses P p; }
         assembly { composition {
             component Outer o; component User u; connection RPC c(from u.p, to o.r);
         } configuration {} }",
    );
    let instances: Vec<&str> = model.instances.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(instances, ["o", "u", "o.m", "o.m.leaf"]);
    assert_eq!(names(&model, &model.connections[0].to), ["o.m.leaf.p"]);
    assert_eq!(value(&model, "o.m.leaf", "x").as_deref(), Some("3"));
    let inner = &model.connections[1];
    assert_eq!(inner.name, "o.m.inner");
    assert_eq!(names(&model, &inner.from), ["o.m.e"]);
    assert_eq!(inner.settings["size"].value.as_integer(), Some(6));
    let middle = &model[model.instance_named("o.m").expect("it is there")];
    assert_eq!(middle.parent, model.instance_named("o"));
    assert_eq!(middle.interface_value(1, "key").and_then(Value::as_integer), Some(5));
    assert!(model[middle.component].interfaces[0].exported);
}

#[test]
fn references_follow_settings_then_defaults() {
    let model = good(
        "component A {
             attribute int x = 1; attribute int y = 2; attribute int z; attribute int w = 4;
         }
         assembly { composition { component A a; component A b; } configuration {
             b.x <- a.x; b.y <- a.z; b.w <- b.key; b.key <- a.deep[\"k\"][1]; a.deep = {\"k\": [5, 6]};
             b.z <- a.z; } }",
    );
    assert_eq!(value(&model, "b", "x").as_deref(), Some("1"), "the other's default");
    assert_eq!(value(&model, "b", "y").as_deref(), Some("2"), "the own default");
    assert_eq!(value(&model, "b", "w").as_deref(), Some("6"), "through a chain and a look-up");
    assert_eq!(value(&model, "b", "z"), None);
    let b = &model[model.instance_named("b").expect("it is there")];
    assert_eq!(b.settings["w"].origin, Origin::Reference);
    assert_eq!(b.settings["y"].origin, Origin::Default);
}

#[test]
fn structs_are_completed_with_their_defaults() {
    let model = good(
        "struct inner { int a = 1; int b; }
         component A {
             attribute { int c = 3; inner i = {\"b\": 2}; string s; } one;
             attribute inner many[] = [];
             attribute inner unset;
         }
         assembly { composition { component A a; } configuration {
             a.one = {\"s\": \"x\"}; a.many = [{\"b\": 9}, {\"a\": 8, \"b\": 7}]; } }",
    );
    assert_eq!(
        value(&model, "a", "one").as_deref(),
        Some("{\"s\": \"x\", \"c\": 3, \"i\": {\"b\": 2, \"a\": 1}}")
    );
    assert_eq!(
        value(&model, "a", "many").as_deref(),
        Some("[{\"b\": 9, \"a\": 1}, {\"a\": 8, \"b\": 7}]")
    );
    assert_eq!(value(&model, "a", "unset"), None);
}

#[test]
fn types_in_place_are_named_after_what_they_are_for() {
    let model = good(
        "assembly { composition {
             component { uses P p; } a; component { provides P p; composition { component { control; } inner; } } b;
             connection { from Procedure; to Procedure; } c(from a.p, to b.p);
         } configuration {} }",
    );
    assert_eq!(model.component_of(model.instance_named("b").expect("b")).name, "b");
    assert_eq!(model.instances.len(), 3);
    assert_eq!(model[model.connections[0].connector].name, "c");
}

#[test]
fn settings_of_nothing_are_kept_for_the_checks() {
    let model = good(
        "component A { control; } assembly { composition { component A a; } configuration { b.x = 1; } }",
    );
    assert_eq!(model.unbound.len(), 1);
    assert_eq!(model.unbound[0].target, "b");
}

#[test]
fn unknown_names_are_reported_with_the_nearest() {
    assert_eq!(
        bad("component Alpha { uses Pp p; attribute vswitch x; }
             assembly { composition {
                 component Alpa a; component Alpha b;
                 connection RCP c(from b.p, to b.p);
                 connection RPC d(from b.q, to z.p, to p);
             } configuration { b.x <- bb.x; } }"),
        [
            "unknown procedure `Pp`; did you mean `P`?",
            "unknown type `vswitch`",
            "unknown component `Alpa`; did you mean `Alpha`?",
            "unknown connector `RCP`; did you mean `RPC`?",
            "component `Alpha` has no interface `q`",
            "unknown instance `z`",
            "`p` names no instance; write `instance.p`; only inside a component may the instance be left out",
            "unknown instance `bb`; did you mean `b`?",
        ]
    );
}

#[test]
fn doubles_are_reported() {
    assert_eq!(
        bad("component A { uses P p; provides P p; attribute int x; attribute int x; }
             component A { control; }
             procedure R { void f(in int a, in int a); void f(); }
             assembly { composition {
                 component A a; component A a;
                 connection RPC c(from a.p, to a.p); connection RPC c(from a.p, to a.p);
             } configuration { a.x = 1; a.x = 2; } }"),
        [
            "component `A` is declared twice",
            "method `f` has two parameters `a`",
            "method `f` is declared twice",
            "component `A` has two interfaces `p`",
            "attribute `x` is declared twice",
            "there are two instances `a`",
            "there are two connections `c`",
            "`a.x` is set twice",
            "`a.p` is at both ends of a connection; connections that share an interface are one: \
             name it on the same side",
        ]
    );
}

#[test]
fn what_contains_itself_is_refused() {
    assert_eq!(
        bad("struct s { t x; } struct t { s y = {}; }
             component A { composition { component B b; } } component B { composition { component A a; } }
             assembly { composition { component A a; } configuration { a.x <- a.y; a.y <- a.z; a.z <- a.x; } }"),
        [
            "struct `s` contains itself, or far too many fields",
            "component `A` contains itself",
            "settings refer to each other: a.x <- a.y <- a.z <- a.x",
        ]
    );
}

#[test]
fn exports_must_fit() {
    let messages = bad("component Leaf { provides P p; provides Q q; }
         component A { provides P p; composition {
             component Leaf l; export l.q -> p; export p -> p; export l.x -> p; export l.p -> z; } }
         assembly { composition { component A a; export a.p -> p; } configuration {} }");
    assert_eq!(messages.len(), 5, "{messages:?}");
    assert!(messages[0].contains("can't stand for `l.q`"), "{messages:?}");
    assert!(messages[4].contains("nobody to export to"), "{messages:?}");
}

#[test]
fn groups_are_refused_with_advice() {
    let messages = bad("component A { control; }
         assembly { composition { group g { component A a; } } configuration { a.x = 1; } }");
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("`group` is not supported; declare the instances outside"));
}

#[test]
fn connectors_can_not_be_mixed() {
    let messages = bad(
        "connector Other { from Procedures; to Procedure; }
         component A { uses P p; provides P q; }
         assembly { composition { component A a; component A b;
             connection RPC c(from a.p, to a.q); connection Other d(from b.p, to a.q); } configuration {} }",
    );
    assert_eq!(
        messages,
        [
            "connections `c` and `d` share an interface but have different connectors, `RPC` and `Other`"
        ]
    );
}

#[test]
fn unknown_c_types_matter_only_where_they_are_used() {
    let text = |user: &str| {
        format!(
            "procedure R {{ include <x.h>; frame_t f(in uint23_t a); }} component A {{ uses R r; }}
             component B {{ control; }} assembly {{ composition {{ component {user} a; }} configuration {{}} }}"
        )
    };
    good(&text("B"));
    assert_eq!(
        bad(&text("A")),
        [
            "method `R.f` has the unknown type `frame_t`; declare it beside the procedure, with the fields that the C header gives it: `struct frame_t { uint32_t first; uint8_t second; }`",
            "method `R.f` has the unknown type `uint23_t`; did you mean `uint32_t`?",
        ]
    );
}

#[test]
fn a_declared_struct_is_a_type_of_methods() {
    let model = good(
        "struct pair { int32_t a; int32_t b; }
         procedure R { pair f(in struct pair x, in int y); } component A { control; uses R r; }
         assembly { composition { component A a; } configuration {} }",
    );
    let procedure = model.procedures.iter().find(|it| it.name == "R");
    let method = &procedure.expect("it is declared").methods[0];
    let declared = method.returns.as_ref().and_then(|ty| ty.declared);
    assert_eq!(model[declared.expect("a struct")].fields.len(), 2);
    assert_eq!(method.parameters[0].ty.declared, declared);
    assert_eq!(method.parameters[1].ty.declared, None);
}

#[test]
fn an_assembly_is_needed() {
    assert!(resolve_text("component A { control; }").0.is_none());
    assert_eq!(bad("assembly { composition {} }"), ["the assembly has no instances"]);
    assert_eq!(
        bad(
            "component A { control; } assembly { composition { component A a; } schedule { [(-1, 1), (1, 0)] } }"
        ),
        ["a domain is a number from 0, not -1", "a time slice has a positive length, not 0"]
    );
}

#[test]
fn queries_need_something_to_ask() {
    let component =
        "component A { control; } assembly { composition { component A a; } configuration";
    assert_eq!(
        bad(&format!("{component} {{ a.x = dtb({{}}); a.y = dbt({{}}); a.z = gpio({{}}); }} }}")),
        [
            "there is no device tree to ask; give the platform's device tree, a `.dtb` file, with `--dtb`",
            "unknown query `dbt()`; did you mean `dtb`?",
            "`gpio()` takes one dictionary with the key `pins`; write `gpio({\"pins\": [\"NAME\", ...]})`",
        ]
    );
}
