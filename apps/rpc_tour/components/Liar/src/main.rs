//! Sends what no generated client sends: its servers refuse it, and go on.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::string::String;

use component::config::label::BAD_ARGUMENTS;
use component::config::read::Kind;
use component::{CallError, Runtime, Word};
use exam::Exam;
use file_archive::errno::Errno;

component::include_interfaces!();

/// The numbers of methods of `Arithmetic`.
const ADD: u16 = 0;
const IS_BETWEEN: u16 = 3;
const GREET: u16 = 5;

struct Liar(Interfaces);

impl Component for Liar {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, math, bulk, fs, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        let bad = CallError::BadArguments;
        let missing = math.call::<_, ()>(99, ());
        exam.same("a method that isn't there", missing, Err(CallError::BadMethod));
        exam.same("no arguments", math.call::<_, i64>(ADD, ()), Err(bad));
        exam.same("too many arguments", math.call::<_, i64>(ADD, (1, 2, 3)), Err(bad));
        exam.same(
            "a number that is too large",
            math.call::<_, bool>(IS_BETWEEN, (1, 1_u64 << 40, 2)),
            Err(bad),
        );
        let endless = math.call::<_, String>(GREET, (u64::MAX,));
        exam.same("a text longer than its message", endless, Err(bad));
        let not_text = math.call::<_, String>(GREET, (2, 0xffff));
        exam.same("a text that isn't UTF-8", not_text, Err(bad));

        exam.same("more than the shared memory", claim("bulk", Word::MAX), Some(BAD_ARGUMENTS));
        exam.same("nothing in the shared memory", claim("bulk", 0), Some(BAD_ARGUMENTS));
        exam.same("the servers go on", (math.add(1, 2), bulk.sum(&[1, 2])), (Ok(3), Ok(3)));

        let hello = fs.open("hello.txt", 0).unwrap();
        let other = fs.read(hello + 1, 1);
        exam.same("a descriptor of nobody", other, Ok(Errno::EBADF.returned() as isize));
        exam.same("a size that doesn't fit is clipped", fs.read(hello, usize::MAX), Ok(27));

        verdicts.end().unwrap();
    }
}

/// Says to the server of an interface that this many words of arguments are in the shared memory.
/// The label of its answer.
fn claim(interface: &str, words: Word) -> Option<Word> {
    let Kind::Uses(uses) = Runtime::new().interface(interface)?.kind else {
        return None;
    };
    let endpoint = sel4::cap::Endpoint::from_bits(uses.endpoint.into());
    let answer = endpoint.call_with_mrs(sel4::MessageInfo::new(0, 0, 0, 1), [words]);
    Some(answer.info.label())
}

component::main!(Liar);
