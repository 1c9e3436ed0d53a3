//! Systems of ten thousand objects.

mod common;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use common::Source;

#[test]
fn ten_thousand_objects_take_a_moment() {
    let mut text = String::from(
        "import <std_connector.camkes>;\n\
         procedure P { int f(in int x); }\n\
         component Client { control; uses P p; emits E e; }\n\
         component Server { provides P p; consumes E e; }\n\
         assembly { composition { component Server server;\n",
    );
    let count = 420;
    for number in 0..count {
        let _ = writeln!(text, "component Client client{number};");
        let _ =
            writeln!(text, "connection seL4RPCCall p{number}(from client{number}.p, to server.p);");
        let _ = writeln!(
            text,
            "connection seL4Notification e{number}(from client{number}.e, to server.e);"
        );
    }
    text.push_str("} configuration {\n");
    for number in 0..count {
        let _ = writeln!(text, "client{number}.heap_size = 0xa000;");
    }
    text.push_str("} }\n");
    let source = Source::new(&text);
    let start = Instant::now();
    let system = source.system();
    let encoded = system_spec::flat::encode(&system);
    let took = start.elapsed();
    println!("{} objects, {} bytes: {took:?}", system.objects.len(), encoded.len());
    assert!(system.objects.len() > 10_000, "{}", system.objects.len());
    // Far more than it takes, even unoptimized on a busy machine.
    assert!(took < Duration::from_secs(30), "{took:?}");
}
