//! Sends events of every kind, and asks the other side what it saw.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use exam::Exam;

component::include_interfaces!();

struct Ringer(Interfaces);

impl Component for Ringer {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, witness, answer, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        self.0.native.emit();
        exam.same("a native notification", witness.handled(0), Ok(1));
        self.0.bound.emit();
        exam.same("a bound notification", witness.handled(1), Ok(1));
        self.0.queued.emit();
        self.0.queued.emit();
        exam.same("a queued notification", witness.handled(2).map(|times| times > 0), Ok(true));
        self.0.callback.emit();
        exam.same("a global asynch callback", witness.handled(3), Ok(1));
        exam.same("no event yet", witness.taken(), Ok(false));
        self.0.polled.emit();
        exam.same("a global asynch event", witness.taken(), Ok(true));
        exam.same("an event is taken once", witness.taken(), Ok(false));

        exam.same("nothing to poll", answer.poll(), false);
        witness.ring().unwrap();
        answer.wait();
        exam.same("an event that is waited for", answer.poll(), false);

        verdicts.end().unwrap();
    }
}

component::main!(Ringer);
