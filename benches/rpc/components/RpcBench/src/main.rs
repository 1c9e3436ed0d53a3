//! Counts the instructions of calls: in QEMU with `-icount shift=0` one takes a nanosecond.
#![cfg_attr(target_os = "none", no_std, no_main)]

use component::{counter, counter_frequency, println};
use file_client::FileServer;

extern crate alloc;

component::include_interfaces!();

/// How often something is repeated between two looks at the counter.
const REPEAT: u64 = 1000;
/// How much is copied at once: all of the shared memory.
const SIZE: usize = 0x1_0000;
/// The same, as the other side takes it.
const COUNT: i32 = 0x1_0000;

struct RpcBench {
    add: clients::Add,
    files: FileServer,
}

impl Component for RpcBench {
    fn new(interfaces: Interfaces) -> Self {
        Self { add: interfaces.add, files: FileServer::new(*interfaces.fs) }
    }

    fn run(&mut self) {
        let add = self.add;
        operation("RPC, two numbers", || add.add(2, 3) == Ok(5));
        let text = "a text of sixty-four bytes, so that it is no longer in registers";
        operation("RPC, 64 bytes of text", || add.length(text) == Ok(64));
        let time = median(|| add.fill(COUNT) == Ok(COUNT));
        println!("bench copy to a client, of 1,000 bytes {}", time * 1000 / SIZE as u64);
        let mut file = self.files.open("lines.txt").expect("the file is there");
        let mut bytes = alloc::vec![0; SIZE];
        let time = median(|| file.seek(0).is_ok() && file.read_exact(&mut bytes).is_ok());
        println!("bench read of a file, of 1,000 bytes {}", time * 1000 / SIZE as u64);
        println!("caravan: done");
    }
}

fn operation(name: &str, operation: impl FnMut() -> bool) {
    println!("bench {name} {}", median(operation));
}

/// Nanoseconds of one operation.
fn median(mut operation: impl FnMut() -> bool) -> u64 {
    let mut rounds = [0; 9];
    for round in &mut rounds {
        let start = counter();
        for _ in 0..REPEAT {
            assert!(operation(), "a wrong answer");
        }
        let picoseconds = (counter() - start) * (1_000_000_000_000 / counter_frequency());
        *round = picoseconds / REPEAT / 1000;
    }
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

component::main!(RpcBench);
