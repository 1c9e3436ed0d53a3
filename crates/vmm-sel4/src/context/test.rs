use super::*;
use crate::testing::FakeProcessor;
use sel4::UserContext;

/// Position by position what the kernel's structure has there.
#[test]
fn the_order_is_the_kernels() {
    let mut context = UserContext::default();
    let mut place = |register| {
        let field = match register {
            Register::Pc => context.pc_mut(),
            Register::SpEl0 => context.sp_mut(),
            Register::Pstate => context.spsr_mut(),
            Register::X(number) => context.gpr_mut(number.into()),
            Register::TpidrEl0 => &mut context.inner_mut().tpidr_el0,
            _ => &mut context.inner_mut().tpidrro_el0,
        };
        core::ptr::from_mut(field).addr()
    };
    let start = place(Register::Pc);
    let others = [Register::SpEl0, Register::Pstate, Register::TpidrEl0, Register::TpidrroEl0];
    for register in others.into_iter().chain((0..31).map(Register::X)) {
        assert_eq!(position(register).map(|at| at * 8), Some(place(register) - start));
    }
    assert_eq!((position(Register::SpEl1), position(Register::X(31))), (None, None));
}

#[test]
fn only_what_is_needed_is_read_and_written() {
    let mut processor = FakeProcessor::default();
    for (at, word) in processor.words.iter_mut().enumerate() {
        *word = 100 + at as u64;
    }
    let mut context = Context::default();
    context.learn(Register::Pc, 0x1000);
    // A store moves nothing but the program counter.
    assert_eq!(context.read(Register::Pc, &mut processor), Some(0x1000));
    assert!(context.write(Register::Pc, 0x1004));
    context.store(false, &mut processor);
    assert_eq!(processor.calls, ["write 1"]);
    assert_eq!(processor.words[..2], [0x1004, 101]);

    // A load into x1 has to know what stands before it.
    processor.calls.clear();
    context.forget();
    context.learn(Register::Pc, 0x1004);
    context.write(Register::X(1), 7);
    context.write(Register::Pc, 0x1008);
    context.store(true, &mut processor);
    assert_eq!(processor.calls, ["read 5", "write 5 and resume"]);
    assert_eq!(processor.words[..6], [0x1008, 101, 102, 103, 7, 105]);

    // Nothing changed: the thread just goes on.
    processor.calls.clear();
    assert_eq!(context.read(Register::X(28), &mut processor), Some(133));
    context.store(true, &mut processor);
    assert_eq!(processor.calls, ["read 34", "resume"]);
}

#[test]
fn registers_of_the_vcpu_are_somebody_elses() {
    let mut context = Context::default();
    let mut processor = FakeProcessor::default();
    assert_eq!(context.read(Register::VbarEl1, &mut processor), None);
    assert!(!context.write(Register::VbarEl1, 1));
    assert!(processor.calls.is_empty() && !context.is_changed());
}
