//! Attributes of every type.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::vec::Vec;

use exam::Exam;

component::include_interfaces!();

struct Settings(Interfaces);

impl Component for Settings {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, attributes: own, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        exam.same("a negative number", own.negative, Some(-12));
        exam.same("a number of 64 bits", own.wide, Some(u64::MAX));
        exam.same("a boolean", own.yes, Some(true));
        exam.same("a character", own.letter, Some(b'A'));
        exam.same("a fraction", own.ratio, Some(2.5));
        exam.same("a text's default", own.text, "the default");
        exam.same("a list of numbers", own.numbers.iter().collect::<Vec<_>>(), [3, 1, 2]);
        exam.same("a list of texts", own.words.iter().collect::<Vec<_>>(), ["one", "two words"]);
        let origin = own.origin.map(|point| (point.x, point.y, point.label));
        exam.same("a struct with defaults", origin, Some((Some(-1), 7, "here")));
        let path: Vec<_> = own.path.iter().map(|point| (point.x, point.y, point.label)).collect();
        exam.same("a list of structs", path, [(Some(1), 2, "a"), (Some(3), 7, "here")]);

        verdicts.end().unwrap();
    }
}

component::main!(Settings);
