//! Memory that others see, memory that devices see, and locks.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use component::AccessError;
use exam::Exam;

component::include_interfaces!();

struct Sharer(Interfaces);

impl Component for Sharer {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, witness, memory, with_caps, queue, runtime, .. } = &self.0;
        let Interfaces { door, seats, lamp, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        memory.write(12_280, b"shared!!").unwrap();
        exam.same(
            "the last byte of shared memory",
            witness.peek(false, 12_287),
            Ok(i32::from(b'!')),
        );
        exam.same("what the other side writes", witness.poke(false, 5, 77), Ok(true));
        exam.same("is read here", memory.load::<u8>(5), Ok(77));
        let beyond = AccessError::OutOfBounds { offset: 12_284, length: 8, size: 12_288 };
        exam.same("beyond the end", memory.read(12_284, &mut [0; 8]), Err(beyond));
        exam.same("other memory is apart", witness.peek(true, 5), Ok(0));
        with_caps.store(4096, 9_u8).unwrap();
        exam.same("shared memory with capabilities", witness.peek(true, 4096), Ok(9));

        let buffer = queue.memory().unwrap();
        buffer.write(0, b"avail").unwrap();
        queue.notify();
        queue.event().unwrap().wait();
        let mut used = [0; 5];
        buffer.read(0, &mut used).unwrap();
        exam.same("a virtqueue's memory and events", &used, b"AVAIL");

        let one = runtime.dma(4096, 4096).unwrap();
        let two = runtime.dma(100, 64).unwrap();
        exam.same("DMA memory is aligned", (one.physical() % 4096, two.physical() % 64), (0, 0));
        exam.same("DMA memory is zero", one.memory().load::<u64>(4088), Ok(0));
        let apart = one.physical().abs_diff(two.physical()) >= 100;
        exam.same("DMA memory is given once", apart, true);
        exam.same("the DMA pool has an end", runtime.dma(0x4000, 1).is_none(), true);

        let guard = door.lock();
        exam.same("a mutex is locked", door.try_lock().is_none(), true);
        drop(guard);
        exam.same("a mutex is free again", door.try_lock().is_some(), true);
        let taken = [seats.try_wait(), seats.try_wait(), seats.try_wait()];
        exam.same("a semaphore of 2", taken, [true, true, false]);
        lamp.post();
        lamp.post();
        exam.same("a binary semaphore", [lamp.try_wait(), lamp.try_wait()], [true, false]);

        verdicts.end().unwrap();
    }
}

component::main!(Sharer);
