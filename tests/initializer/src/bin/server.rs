//! A server that does what it is asked to, and a few things that nobody should.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![allow(unsafe_code)] // it provokes faults

#[cfg(target_os = "none")]
mod target {
    use core::sync::atomic::{AtomicU64, Ordering};

    use initializer_tests::{BROKEN, CLIENT_BADGE, address, method, reason, reply, say, slot};
    use sel4::{MessageInfo, cap, with_ipc_buffer_mut};

    /// Not in memory that a start fills: it survives restarts.
    static STARTS: AtomicU64 = AtomicU64::new(0);

    #[unsafe(no_mangle)]
    extern "C" fn main(config: u64, why: u64) -> ! {
        if why == reason::HALT {
            if config == BROKEN {
                misbehave(method::READ_NULL);
            }
            answer(reply::HALTED);
            serve_nothing();
        }
        let starts = STARTS.fetch_add(1, Ordering::Relaxed) + 1;
        if why == reason::RESTART {
            answer(reply::RESTARTED);
        }
        say!("server: start {starts}, reason {why}");
        let endpoint = cap::Endpoint::from_bits(slot::SERVER);
        loop {
            let received = endpoint.recv_with_mrs(());
            assert_eq!(received.badge, CLIENT_BADGE);
            let value = match received.info.label() {
                method::ADD_ONE => received.msg[0] + 1,
                method::STARTS => starts,
                other => misbehave(other),
            };
            with_ipc_buffer_mut(|buffer| {
                buffer.msg_regs_mut()[0] = value;
                sel4::reply(buffer, MessageInfo::new(reply::OK, 0, 0, 1));
            });
        }
    }

    fn answer(label: u64) {
        with_ipc_buffer_mut(|buffer| sel4::reply(buffer, MessageInfo::new(label, 0, 0, 0)));
    }

    fn serve_nothing() -> ! {
        let endpoint = cap::Endpoint::from_bits(slot::SERVER);
        loop {
            endpoint.recv(());
            answer(reply::HALTED);
        }
    }

    fn misbehave(how: u64) -> u64 {
        match how {
            // SAFETY: none; the access is to fault.
            method::READ_NULL => unsafe {
                core::ptr::with_exposed_provenance::<u64>(8).read_volatile()
            },
            // SAFETY: none; the access is to fault.
            method::WRITE_CODE => unsafe {
                let code = misbehave as *const () as usize;
                core::ptr::with_exposed_provenance_mut::<u8>(code).write_volatile(0);
                0
            },
            // SAFETY: none; the jump is to fault.
            method::RUN_STACK => unsafe {
                let target = address::STACK_END - 16;
                core::arch::asm!("br {}", in(reg) target, options(noreturn))
            },
            method::RECURSE => recurse(1),
            method::PANIC => panic!("asked to"),
            // SAFETY: none; the call is to fault.
            method::SYSTEM_CALL => unsafe {
                core::arch::asm!("svc #0", in("x7") 1234, options(noreturn))
            },
            method::CAPABILITY => {
                cap::Endpoint::from_bits(slot::EMPTY).recv(());
                0
            }
            // SAFETY: none; the instruction is to fault.
            method::UNDEFINED => unsafe { core::arch::asm!("udf #0", options(noreturn)) },
            method::LIE => {
                cap::Endpoint::from_bits(slot::FAULTS).call(MessageInfo::new(77, 0, 0, 0));
                0
            }
            other => panic!("no method {other}"),
        }
    }

    #[inline(never)]
    fn recurse(depth: u64) -> u64 {
        if depth == u64::MAX {
            return depth;
        }
        let mut room = [depth; 64];
        core::hint::black_box(&mut room);
        room[5] + recurse(depth + 1)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
